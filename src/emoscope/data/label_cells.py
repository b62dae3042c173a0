"""One column of labels: names, indices, lists, or strings that join several with a delimiter."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable, Sequence
from typing import Any

from emoscope.data.label_interpretation import At, Indices, Labelling, taxonomy_of
from emoscope.errors import DataError, UnknownLabel, UnreadableFile, listing, nearest

DELIMITERS = ("|", ";", ",")
"""Tried in this order when none is given."""
MOST_LABELS = 2_000
"""More labels than this are a column of something else."""

_INDEX = re.compile(r"[0-9]{1,9}(\.0+)?")  # 3.0 is what a table with gaps makes of 3
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_NOTHING = frozenset(("", "[]"))

Tokens = tuple[str, ...]


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

    Raises :class:`UnknownLabel` or :class:`DataError` naming row and label.
    """
    keys = [_key(cell, row, at) for row, cell in enumerate(cells)]
    first_row: dict[Hashable, int] = {}
    for row, key in enumerate(keys):
        first_row.setdefault(key, row)
    notes: list[str] = []
    if delimiter is None and may_split:
        delimiter = _find_delimiter(first_row, names)
        if delimiter is not None:
            notes.append(
                f"label cells are split at {delimiter!r}; another can be given (delimiter)"
            )
    tokens = {key: _tokens(key, delimiter) for key in first_row}
    if names:
        places = _places_of_known(tokens, names, lambda key: at(first_row[key]))
    else:
        names, places, note = _places_of_found(tokens)
        notes += note
    if not names:
        raise UnknownLabel(f"{at(0)}: all label cells are empty. Name the column with the labels.")
    taxonomy = taxonomy_of(names)
    moved = [taxonomy.index(name) for name in names]  # a known taxonomy may have another order
    indices: dict[Hashable, Indices] = {
        key: tuple(dict.fromkeys(moved[places[token]] for token in found))
        for key, found in tokens.items()
    }
    lists = any(isinstance(key, tuple) or _is_bracketed(key) for key in first_row)
    return Labelling([indices[key] for key in keys], taxonomy, lists, tuple(notes))


def _key(cell: Any, row: int, at: At) -> Hashable:
    """The cell as something hashable: a string, or a tuple of strings for a list."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, list):
        return tuple(_scalar(item, row, at) for item in cell)
    return _scalar(cell, row, at)


def _scalar(cell: Any, row: int, at: At) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, (int, float)):  # truth values too: True and False are names
        return str(cell)
    raise UnreadableFile(
        f"{at(row)}: {cell!r} is no label. Give a name, an index, or a list of either."
    )


def _is_bracketed(key: Hashable) -> bool:
    return isinstance(key, str) and key.startswith("[") and key.endswith("]")


def _find_delimiter(keys: dict[Hashable, int], names: Sequence[str]) -> str | None:
    strings = [key for key in keys if isinstance(key, str) and not _is_bracketed(key)]
    if names and set(strings) <= {*names, ""}:
        return None  # every cell is one label, even if its name holds a comma
    return next((d for d in DELIMITERS if any(d in text for text in strings)), None)


def _tokens(key: Hashable, delimiter: str | None) -> Tokens:
    """The labels in a cell, as written."""
    if isinstance(key, tuple):
        return tuple(part for part in key if part)
    text = str(key)
    if text in _NOTHING:
        return ()
    if _is_bracketed(text):
        return _bracketed(text)
    if delimiter is None:
        return (text,)
    parts = text.split() if delimiter.isspace() else map(str.strip, text.split(delimiter))
    return tuple(part for part in parts if part)


def _bracketed(text: str) -> Tokens:
    """A list written into a string, by JSON, Python (``['joy', 'fear']``) or numpy (``[2 27]``)."""
    try:
        return tuple(str(item).strip() for item in json.loads(text))
    except (ValueError, RecursionError):
        inner = text[1:-1]
    quoted = _QUOTED.findall(inner)
    if quoted:
        return tuple((single or double).strip() for single, double in quoted)
    parts = re.split(r"[,\s]+" if not re.search(r"[^\d,\s]", inner) else ",", inner)
    return tuple(part.strip() for part in parts if part.strip())


def _number(token: str) -> int:
    return int(token.partition(".")[0])


def _places_of_known(
    tokens: dict[Hashable, Tokens], names: Sequence[str], at_key: Any
) -> dict[str, int]:
    """Token -> position in ``names``, by name, or by index if every token is a number."""
    by_name = {name: place for place, name in enumerate(names)}
    different = dict.fromkeys(token for found in tokens.values() for token in found)
    if all(token in by_name for token in different):
        return by_name
    by_index = all(_INDEX.fullmatch(token) for token in different)
    places: dict[str, int] = {}
    for key, found in tokens.items():
        for token in found:
            if by_index and _number(token) < len(names):
                places[token] = _number(token)
            elif not by_index and token in by_name:
                places[token] = by_name[token]
            elif by_index:
                raise UnknownLabel(
                    f"{at_key(key)}: label index {token} is out of range: the {len(names)} labels "
                    f"have the indices 0 to {len(names) - 1}. Correct the cell, or give all label "
                    "names in their order."
                )
            else:
                raise UnknownLabel(
                    f"{at_key(key)}: unknown label {token!r}. {nearest(token, names)}"
                    f"The labels are: {listing(names, 30)}. Correct the cell, or the label names."
                )
    return places


def _places_of_found(
    tokens: dict[Hashable, Tokens],
) -> tuple[list[str], dict[str, int], list[str]]:
    """(names, token -> position in names, notes) from the labels that occur."""
    different = {token for found in tokens.values() for token in found}
    if len(different) > MOST_LABELS:
        raise DataError(
            f"The label column holds {len(different):,} different labels, such as "
            f"{listing(map(repr, sorted(different)), 3)}. More than {MOST_LABELS:,} are rarely "
            "meant: name the right column, the delimiter, or all label names."
        )
    if different and all(_INDEX.fullmatch(token) for token in different):
        numbers = sorted({_number(token) for token in different})
        names = [str(number) for number in numbers]
        places = {token: numbers.index(_number(token)) for token in different}
        return names, places, ["labels are numbers; give label_names to call them by their names"]
    names = sorted(different)
    return names, {name: place for place, name in enumerate(names)}, []
