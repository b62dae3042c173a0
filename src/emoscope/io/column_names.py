"""Names of columns that are told apart."""

from __future__ import annotations

from collections.abc import Sequence

from emoscope.errors import listing


def distinct_names(header: Sequence[str], source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(column names, notes): a name that occurs again gets ``_2``, ``_3`` behind it.

    Linear in the length of the header.
    """
    original = set(header)
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    names: list[str] = []
    renamed: list[str] = []
    for name in header:
        distinct = name
        if name in taken:
            number = numbers.get(name, 1)
            while distinct in taken or distinct in original:
                number += 1
                distinct = f"{name}_{number}"
            numbers[name] = number
            renamed.append(f"{distinct!r}" if name else f"{distinct!r} (without a name)")
        taken.add(distinct)
        names.append(distinct)
    if not renamed:
        return tuple(names), ()
    note = f"{source} has more than one column of the same name; the later ones are called "
    return tuple(names), (note + listing(renamed, 5),)


def repeated_names(header: Sequence[str]) -> frozenset[str]:
    """Names that more than one column has."""
    seen: set[str] = set()
    return frozenset(name for name in header if name in seen or seen.add(name))  # type: ignore[func-returns-value]
