"""One list of 0 and 1 a text, with a place for every label: ``[0, 1, 0, 0]`` or ``0100``."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from emoscope.data.label_values import Tokens
from emoscope.errors import UnreadableFile

_HELD = {
    "1": True, "1.0": True, "1.": True, "True": True, "true": True,
    "0": False, "0.0": False, "0.": False, "False": False, "false": False,
}  # fmt: skip


def read_multi_hot_lists(
    tokens: Mapping[Hashable, Tokens], names: Sequence[str], at_key: Callable[[Hashable], str]
) -> tuple[list[str], dict[Hashable, Tokens], str] | None:
    """(label names, labels of each cell, a note), or None where cells are no multi-hot lists.

    Lists of indices name an index once. So lists of nothing but 0 and 1 are multi-hot when they
    are all equally long, from two places on. Labels are called by ``names`` or by their place.

    Raises :class:`UnreadableFile` naming the row where lists repeat 0 or 1 and differ in length,
    miss a value, or have another length than ``names``.
    """
    filled = {key: found for key, found in tokens.items() if found}
    if not all(token in _HELD or not token for found in filled.values() for token in found):
        return None
    longest = max(map(len, filled.values()), default=0)
    repeating = [key for key, found in filled.items() if _repeats(found)]
    equal = all(len(found) == longest for found in filled.values())
    if longest < 2 or not (equal or repeating):
        return None
    if names and len(names) != longest and not repeating:
        return None
    missing = next((key for key, found in filled.items() if "" in found), None)
    if missing is not None:
        if not repeating:
            return None
        raise UnreadableFile(
            f"{at_key(missing)}: a value is missing in a list of 0 and 1. Write 1 for every label "
            "that the text has, else 0."
        )
    odd = next((key for key, found in filled.items() if len(found) != longest), None)
    if odd is not None:
        raise UnreadableFile(
            f"{at_key(odd)}: {len(filled[odd])} values of 0 and 1, and other rows have {longest}. "
            "Give every row one value for each label, or the names or indices of its labels."
        )
    if names and len(names) != longest:
        raise UnreadableFile(
            f"{at_key(repeating[0])}: {longest} values of 0 and 1, and there are {len(names)} "
            "labels. Give one value for each label, or all label names in the order of the values."
        )
    called = list(names) or [str(place) for place in range(longest)]
    advice = "" if names else "; they are called by their place, give label_names for their names"
    held = {
        key: tuple(name for name, token in zip(called, found, strict=False) if _HELD[token])
        for key, found in tokens.items()
    }
    order = f"first {called[0]!r}, last {called[-1]!r}"
    note = f"label cells are read as {longest} values of 0 or 1, one a label ({order}){advice}"
    return called, held, note


def split_digits(
    strings: Sequence[str], names: Sequence[str], at_key: Callable[[Hashable], str]
) -> bool:
    """Whether strings such as ``0100`` hold one digit a label: equally long, of 0 and 1 alone.

    One at least begins with 0, as numbers do not. Raises :class:`UnreadableFile` where there are
    not as many label names as digits: nothing else says that these are not names.
    """
    digits = [text for text in strings if text and not set(text) - {"0", "1"}]
    if len(digits) < len(strings) or not any(text[0] == "0" and len(text) > 1 for text in digits):
        return False
    length = len(digits[0])
    if any(len(text) != length for text in digits) or set(digits) <= set(names):
        return False
    if len(names) == length:
        return True
    count = f"there are {len(names)} label names" if names else "no label names are given"
    raise UnreadableFile(
        f"{at_key(digits[0])}: {digits[0]!r} and all other labels are {length} digits of 0 and 1, "
        f"and {count}. If each digit is a label, give their {length} names in order "
        f"(--label-names); else write the labels with a letter, such as {'L' + digits[0]!r}."
    )


def _repeats(found: Tokens) -> bool:
    held = [_HELD[token] for token in found if token]
    return len(set(held)) < len(held)
