"""One column of labels: names, indices, lists, annotations, or strings that join several."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from emoscope.data.label_interpretation import At, Indices, Labelling, taxonomy_of
from emoscope.data.label_literals import is_structured, parse_structure
from emoscope.data.label_names import (
    MISSING,
    doubt_notes,
    exact_key,
    find_joined,
    merge_spellings,
    spelling_notes,
)
from emoscope.data.label_values import Tokens, label_tokens, scalar_token
from emoscope.data.multi_hot_lists import read_multi_hot_lists, split_digits
from emoscope.errors import DataError, UnknownLabel, UnreadableFile, listing, nearest

DELIMITERS = ("\n", "\t", "|", ";", ",")
"""Tried in this order when none is given; ``#`` last, where its parts are labels elsewhere."""
MOST_LABELS = 2_000
"""More labels than this are a column of something else."""

_INDEX = re.compile(r"[0-9]{1,9}(\.0*)?", re.ASCII)  # 3.0 is what a table with gaps makes of 3
_SPACED_NUMBERS = re.compile(r"\d+(?:[ ]+\d+)*", re.ASCII)
_UNSEEN = " \t\r\n\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_LONGEST_SHOWN = 80


def read_label_cells(
    cells: Sequence[Any],
    at: At,
    *,
    names: Sequence[str] = (),
    delimiter: str | None = None,
    may_split: bool = True,
) -> Labelling:
    """Understand a column of labels.

    ``names`` are all labels in order, when known: cells then hold these names or their indices.
    Without them, labels are the different names found, sorted. ``delimiter`` separates labels in a
    string; None looks for one unless ``may_split`` is False. A cell that is empty has no label.
    Lists that are equally long and hold 0 and 1 alone have one place a label (multi-hot).

    Raises :class:`UnknownLabel` or :class:`DataError` naming row and label.
    """
    keys = [_key(cell, row, at) for row, cell in enumerate(cells)]
    first_row: dict[Hashable, int] = {}
    for row, key in enumerate(keys):
        first_row.setdefault(key, row)

    def at_key(key: Hashable) -> str:
        return at(first_row[key])

    notes: list[str] = []
    strings = [key for key in first_row if isinstance(key, str) and key and key not in MISSING]
    if delimiter is None and split_digits(strings, names, at_key):
        keys = [tuple(key) if isinstance(key, str) and key not in MISSING else key for key in keys]
        first_row = {}
        for row, key in enumerate(keys):
            first_row.setdefault(key, row)
    elif delimiter is None and may_split:
        delimiter = _find_delimiter(first_row, names)
        if delimiter is not None:
            notes.append(
                f"label cells are split at {delimiter!r}; another can be given (label_delimiter)"
            )
    written = {key: _tokens(key, delimiter, names, at_key) for key in first_row}
    multi_hot = read_multi_hot_lists(written, names, at_key)
    tokens = {key: tuple(filter(None, found)) for key, found in written.items()}
    if multi_hot is not None:
        names, tokens, note = multi_hot
        places = {name: place for place, name in enumerate(names)}
        notes.append(note)
    elif names:
        places = _places_of_known(tokens, names, at_key)
    else:
        rows = Counter(keys)
        names, places, note_lines = _places_of_found(tokens, rows, at_key)
        notes += note_lines
    if not names:
        raise UnknownLabel(f"{at(0)}: all label cells are empty. Name the column with the labels.")
    notes += _missing_notes(keys, names)
    taxonomy = taxonomy_of(names)
    moved = [taxonomy.index(name) for name in names]  # a known taxonomy may have another order
    indices: dict[Hashable, Indices] = {
        key: tuple(dict.fromkeys(moved[places[token]] for token in found))
        for key, found in tokens.items()
    }
    lists = any(isinstance(key, tuple) or is_structured(str(key)) for key in first_row)
    return Labelling([indices[key] for key in keys], taxonomy, lists, tuple(notes))


def _key(cell: Any, row: int, at: At) -> Hashable:
    """The cell as something hashable: a string, or the labels of a list or mapping."""
    if isinstance(cell, str):
        return cell.strip(_UNSEEN)
    try:
        if isinstance(cell, (list, tuple, set, frozenset, dict)):
            return label_tokens(cell)
        return scalar_token(cell)
    except ValueError as error:
        raise _no_label(at(row), repr(cell), error) from None


def _no_label(where: str, cell: str, reason: ValueError) -> UnreadableFile:
    shown = cell if len(cell) <= _LONGEST_SHOWN else cell[: _LONGEST_SHOWN - 1] + "…"
    return UnreadableFile(
        f"{where}: {shown} is no label: {reason}. Give a name, an index, or a list of either."
    )


def _find_delimiter(keys: Iterable[Hashable], names: Sequence[str]) -> str | None:
    strings = [key for key in keys if isinstance(key, str) and key and not is_structured(key)]
    if names and set(strings) <= set(names):
        return None  # every cell is one label, even if its name holds a comma
    found = next((d for d in DELIMITERS if any(d in text for text in strings)), None)
    if found is not None:
        return found
    if any("#" in text for text in strings) and len(strings) <= MOST_LABELS:
        with_mark = {text for text in strings if "#" in text.strip("#")}
        joined = find_joined([*strings, *names])
        if with_mark and all(joined.get(text, ("",))[0] == "#" for text in with_mark):
            return "#"
    spaced = any(" " in text for text in strings)
    return " " if spaced and all(map(_SPACED_NUMBERS.fullmatch, strings)) else None


def _tokens(
    key: Hashable, delimiter: str | None, names: Sequence[str], at_key: Callable[[Hashable], str]
) -> Tokens:
    """The labels in a cell, as written; empty ones are missing values in a list."""
    if isinstance(key, tuple):
        return key
    text = str(key)
    if not text or text in names:
        return (text,) if text else ()
    if text in MISSING:
        return ()
    if is_structured(text):
        try:
            return label_tokens(parse_structure(text))
        except ValueError as error:
            raise _no_label(at_key(key), repr(text), error) from None
    if delimiter is None:
        return (_bare(text),)
    parts = text.split() if delimiter == " " else text.split(delimiter)
    return tuple(bare for part in parts if (bare := _bare(part.strip(_UNSEEN))))


def _bare(text: str) -> str:
    """``text`` without the quotes around it."""
    inner = text[1:-1]
    return (
        inner.strip() if inner and text[0] == text[-1] in "'\"" and text[0] not in inner else text
    )


def _number(token: str) -> int:
    return int(token.partition(".")[0])


def _places_of_known(
    tokens: Mapping[Hashable, Tokens], names: Sequence[str], at_key: Callable[[Hashable], str]
) -> dict[str, int]:
    """Token -> position in ``names``, by name, or by index if every token is a number."""
    by_name = {exact_key(name): place for place, name in enumerate(names)}
    by_name |= {name: place for place, name in enumerate(names)}
    different = dict.fromkeys(chain.from_iterable(tokens.values()))
    places = {}
    for token in different:
        place = by_name.get(token, by_name.get(exact_key(token)))
        if place is not None:
            places[token] = place
    if len(places) == len(different):
        return places
    by_index = all(_INDEX.fullmatch(token) for token in different)
    if by_index:
        places = {token: _number(token) for token in different if _number(token) < len(names)}
    for key, found in tokens.items():
        for token in found:
            if token in places:
                continue
            if by_index:
                raise UnknownLabel(
                    f"{at_key(key)}: label index {token} is out of range: the {len(names)} labels "
                    f"have the indices 0 to {len(names) - 1}. Correct the cell, or give all label "
                    "names in their order."
                )
            raise UnknownLabel(
                f"{at_key(key)}: unknown label {token!r}. {nearest(token, names)}"
                f"The labels are: {listing(names, 30)}. Correct the cell, or the label names."
            )
    return places


def _places_of_found(
    tokens: Mapping[Hashable, Tokens],
    rows: Mapping[Hashable, int],
    at_key: Callable[[Hashable], str],
) -> tuple[list[str], dict[str, int], list[str]]:
    """(names, token -> position in names, notes) from the labels that occur."""
    counts: Counter[str] = Counter()
    first_key: dict[str, Hashable] = {}
    for key, found in tokens.items():
        for token in dict.fromkeys(found):
            counts[token] += rows[key]
            first_key.setdefault(token, key)
    if len(counts) > MOST_LABELS:
        raise DataError(
            f"The label column holds {len(counts):,} different labels, such as "
            f"{listing(map(repr, sorted(counts)), 3)}. More than {MOST_LABELS:,} are rarely "
            "meant: name the right column, the delimiter, or all label names."
        )
    if counts and all(_INDEX.fullmatch(token) for token in counts):
        numbers = sorted({_number(token) for token in counts})
        names = [str(number) for number in numbers]
        places = {token: numbers.index(_number(token)) for token in counts}
        return names, places, ["labels are numbers; give label_names to call them by their names"]
    merged = merge_spellings(counts, lambda token: at_key(first_key[token]))
    by_name: Counter[str] = Counter()
    for token, name in merged.items():
        by_name[name] += counts[token]
    names = sorted(by_name)
    place_of = {name: place for place, name in enumerate(names)}
    notes = spelling_notes(counts, merged) + doubt_notes(by_name)
    return names, {token: place_of[name] for token, name in merged.items()}, notes


def _missing_notes(keys: Sequence[Hashable], names: Sequence[str]) -> list[str]:
    missing = Counter(key for key in keys if key in MISSING and key not in names)
    return [
        f"{count:,} label cells hold {word!r}, read as no label" for word, count in missing.items()
    ]
