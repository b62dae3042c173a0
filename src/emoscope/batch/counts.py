"""Running counts: rows, rows that could not be read, labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emoscope.inference.answers import Answers, LabelSet
from emoscope.io.chunks import Chunk

_EXAMPLES = 5


@dataclass(frozen=True)
class RowCounts:
    """What has been written so far; part of every commit, so that a resumed job continues it."""

    rows: int = 0
    unread: int = 0
    """Rows without a prediction."""
    examples: tuple[str, ...] = ()
    """The first of them: where, and why."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """How many rows have each of the classifier's own labels."""
    notes: Mapping[str, int] = field(default_factory=dict)
    """How many rows have each note, such as ``low_coverage``."""

    def plus(
        self, chunk: Chunk, errors: Mapping[int, str], answers: Answers, own: LabelSet
    ) -> RowCounts:
        """With one chunk more; ``own`` are the classifier's own labels, the first of its sets."""
        room = _EXAMPLES - len(self.examples)
        counts = answers.sets[0].held.sum(axis=0).tolist()
        return RowCounts(
            self.rows + len(chunk),
            self.unread + len(errors),
            (*self.examples, *(f"{chunk.place(i)}: {errors[i]}" for i in sorted(errors)[:room])),
            Counter(self.labels) + Counter(dict(zip(own.labels, counts, strict=True))),
            Counter(self.notes) + Counter(note for notes in answers.notes for note in notes),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data for the journal."""
        return {
            "rows": self.rows,
            "unread": self.unread,
            "examples": list(self.examples),
            "labels": dict(self.labels),
            "notes": dict(self.notes),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RowCounts:
        """Inverse of :meth:`to_json`; raises :class:`ValueError` for counts that cannot be."""
        rows = whole_number(data["rows"])
        unread = whole_number(data["unread"], most=rows)
        read = rows - unread
        labels = {str(k): whole_number(n, most=read) for k, n in data["labels"].items()}
        notes = {str(k): whole_number(n, most=read) for k, n in data["notes"].items()}
        examples = tuple(map(str, data["examples"]))
        if len(examples) != min(unread, _EXAMPLES):
            raise ValueError(f"{len(examples)} examples of {unread} unreadable rows")
        return cls(rows, unread, examples, labels, notes)


def whole_number(value: object, most: int | None = None) -> int:
    """``value``, if it is an integer from 0 to ``most``; raises :class:`ValueError` otherwise."""
    if type(value) is not int or value < 0 or (most is not None and value > most):
        raise ValueError(f"{value!r} is not a whole number from 0 to {most}")
    return value
