"""Spellings of label names: which are one label, which look like several, which like nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from emoscope.data.text_identity import text_key, without_format_characters
from emoscope.errors import UnknownLabel, listing
from emoscope.taxonomy import TAXONOMIES
from emoscope.text import normalise

MISSING = frozenset(("nan", "NaN", "NAN", "<NA>", "NaT", "null", "NULL"))
"""Cells that programs write where a value is missing; no emotion has such a name."""

_PERHAPS_MISSING = frozenset(("None", "NA", "N/A", "n/a", "na", "-", "--", "?"))
_JOINING = (" and ", " AND ", " And ", "&", "+", "/")
"""Marks that are named wherever they stand between two parts."""
_MAY_JOIN = (
    " or ", " und ", " et ", "*", ">", "\u3001", "\uff0c", "\uff1b", "\u00b7", "\u2022",
)  # fmt: skip
"""Of these, one part that is a label elsewhere is enough."""
_BETWEEN_ALL = ("#", "\\", "^", "~", "|", ";", ",", "\t", "\n")
_BETWEEN_NAMES = ("  ", " ", "_", "-", ".", ":")
"""Marks that names themselves hold: they count where every part is a label by itself."""
_WITH_NUMBER = re.compile(r".*\w\)?\s*[:=(]\s*(?:[01]|\d?\.\d+|\d+ ?%)\)?")
"""``joy: 0.9``, ``joy=0``, ``joy (80 %)``."""


def exact_key(name: str) -> str:
    """What is equal in names that no reader can tell apart: invisible characters, NFKC, blanks."""
    return text_key(without_format_characters(name), fold_case=False)


def merge_spellings(counts: Counter[str], where: Callable[[str], str]) -> dict[str, str]:
    """Spelling -> label name, one for all that differ in nothing visible: the most frequent one.

    ``counts`` has the rows of each spelling, ``where`` tells the first of them. Raises
    :class:`UnknownLabel` for names that differ in case alone, with their counts.
    """
    spellings: dict[str, list[str]] = {}
    for spelling, _ in counts.most_common():
        spellings.setdefault(exact_key(spelling), []).append(spelling)
    by_case: dict[str, list[list[str]]] = {}
    for key, same in spellings.items():
        by_case.setdefault(key.casefold(), []).append(same)
    alike = [group for group in by_case.values() if len(group) > 1]
    if alike:
        shown = "; ".join(
            " and ".join(
                f"{normalise(same[0])!r} ({_rows(sum(counts[s] for s in same))}, "
                f"such as {where(same[0])})"
                for same in group
            )
            for group in alike[:5]
        )
        more = f"; and {len(alike) - 5} more" if len(alike) > 5 else ""
        raise UnknownLabel(
            f"Labels differ in nothing but case: {shown}{more}. Write each label in one way, or "
            "name all labels (label_names) if these are different ones."
        )
    return {s: normalise(same[0]) for same in spellings.values() for s in same}


def spelling_notes(counts: Counter[str], merged: Mapping[str, str]) -> list[str]:
    """Which spellings were read as one label, with their counts."""
    spellings: dict[str, list[str]] = {}
    for spelling, name in merged.items():
        spellings.setdefault(name, []).append(spelling)
    return [
        f"label {name!r} is written in {len(same)} ways that look alike, read as one: "
        + ", ".join(f"{spelling!a} ({_rows(counts[spelling])})" for spelling in same[:5])
        for name, same in sorted(spellings.items())
        if len(same) > 1
    ]


def doubt_notes(counts: Mapping[str, int]) -> list[str]:
    """Labels that look joined, or like a missing value, with their counts; names are unique."""
    notes = []
    joined = find_joined(counts)
    for name, (mark, parts) in list(joined.items())[:5]:
        alone = listing(f"{part!r} ({_rows(counts[part])})" for part in parts if part in counts)
        apart = f"; {alone} by themselves" if alone != "none" else ""
        notes.append(
            f"label {name!r} ({_rows(counts[name])}) looks like {len(parts)} labels joined with "
            f"{mark!r}{apart}. If so, split it with --label-delimiter {mark!r}"
        )
    if len(joined) > 5:
        notes.append(f"{len(joined) - 5} more labels look joined")
    notes += [
        f"label {name!r} ({_rows(counts[name])}) looks like a missing value; if it is one, leave "
        "these cells empty"
        for name in counts
        if name in _PERHAPS_MISSING
    ]
    scored = [name for name in counts if _WITH_NUMBER.fullmatch(name)]
    if scored:
        rows = sum(counts[name] for name in scored)
        notes.append(
            f"{len(scored):,} labels ({_rows(rows)}) look like a label with a number, such as "
            f"{listing(map(repr, scored), 3)}; give the names of the labels that hold alone"
        )
    return notes


def find_joined(names: Mapping[str, int] | Sequence[str]) -> dict[str, tuple[str, list[str]]]:
    """Name -> (mark, parts) of names whose every part is a label, here or in a known taxonomy.

    Of marks that names hardly hold, a part may also be one that several names have.
    """
    known = set(names)
    emotions = {label for taxonomy in TAXONOMIES.values() for label in taxonomy.labels}
    found: dict[str, tuple[str, list[str]]] = {}
    for mark in (*_JOINING, *_MAY_JOIN, *_BETWEEN_ALL, *_BETWEEN_NAMES):
        split = {name: [part.strip() for part in name.split(mark)] for name in known}
        split = {n: parts for n, parts in split.items() if len(parts) > 1 and all(parts)}
        often = Counter(part for parts in split.values() for part in set(parts))
        for name, parts in sorted(split.items()):
            labels = [part in known for part in parts]
            if mark not in _BETWEEN_NAMES:
                labels = [
                    label or often[part] > 1 or part.lower() in emotions
                    for label, part in zip(labels, parts, strict=True)
                ]
            enough = any(labels) if mark in _MAY_JOIN else mark in _JOINING or all(labels)
            if enough and name not in found:
                found[name] = mark, parts
    return found


def _rows(n: int) -> str:
    return f"{n:,} row{'' if n == 1 else 's'}"
