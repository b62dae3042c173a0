"""The columns that labelling adds, and their names.

========================  ========================================================================
``labels``                the labels that hold, most probable first; perhaps none
``top_label``             the most probable label, whether or not it holds
``ekman_labels``, ...     the same for every roll-up asked for, here ekman
``notes``                 what is odd about the text, such as ``low_coverage``; mostly nothing
``error``                 why the row has no prediction; empty when it has one
``probabilities``         the calibrated probability of every label, by name
``ekman_probabilities``   the same for every roll-up
``probability_joy``, ...  instead of these, one column a label (``ekman_probability_joy``, ...)
========================  ========================================================================

In CSV, labels and notes are joined with ``|`` and probabilities are a JSON object of six-digit
numbers. JSON lines hold lists and an object. Parquet holds lists, and a struct of 32-bit floats. A
row that cannot be read has no labels, no top label, no notes, no probabilities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from emoscope.errors import DataError, listing
from emoscope.inference.answers import LabelSet

ProbabilityStyle = Literal["object", "wide", "none"]

SEPARATOR = "|"


@dataclass(frozen=True)
class AddedColumns:
    """Names of what is added, in order: short columns first, then the many numbers."""

    sets: tuple[LabelSet, ...]
    style: ProbabilityStyle
    prefix: str = ""

    def __post_init__(self) -> None:
        """Refuse a style that there is not."""
        check_style(self.style)

    @property
    def notes(self) -> str:
        """The column that says what is odd about a text."""
        return f"{self.prefix}notes"

    @property
    def error(self) -> str:
        """The column that says why a row could not be read."""
        return f"{self.prefix}error"

    def labels(self, each: LabelSet) -> str:
        """The column with the labels of one set that hold."""
        return self._name(each, "labels")

    def top_label(self, each: LabelSet) -> str:
        """The column with the most probable label of one set."""
        return self._name(each, "top_label")

    def probabilities(self, each: LabelSet) -> tuple[str, ...]:
        """The column or columns with the probabilities of one set."""
        if self.style == "none":
            return ()
        if self.style == "object":
            return (self._name(each, "probabilities"),)
        return tuple(self._name(each, f"probability_{label}") for label in each.labels)

    @property
    def short(self) -> tuple[str, ...]:
        """All columns but probabilities."""
        names = [name for each in self.sets for name in (self.labels(each), self.top_label(each))]
        return (*names, self.notes, self.error)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return (*self.short, *(name for each in self.sets for name in self.probabilities(each)))

    def refuse_clash(self, columns: Iterable[str], source: str) -> None:
        """Raise :class:`DataError` when the input has a column that is going to be added."""
        taken = [name for name in self.names if name in set(columns)]
        if taken:
            raise DataError(
                f"{source} already has {listing(map(repr, taken))}, which labelling adds. Give the "
                "added columns a prefix, such as --prefix emo_, or rename those of the file."
            )

    def _name(self, each: LabelSet, name: str) -> str:
        rollup = f"{each.rollup}_" if each.rollup else ""
        return f"{self.prefix}{rollup}{name}"


def check_style(style: str) -> None:
    """Raise :class:`DataError` for a style of probabilities that there is not."""
    if style not in get_args(ProbabilityStyle):
        known = listing(get_args(ProbabilityStyle))
        raise DataError(f"probabilities is {style!r}; it must be one of: {known}.")
