"""Counting along: rows, rows that could not be read, labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emoscope.inference.answers import Answers, LabelSet
from emoscope.io.chunks import Chunk

_EXAMPLES = 5


@dataclass(frozen=True)
class Tally:
    """What has been written so far; goes into the journal, so that a resumed run counts on."""

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
    ) -> Tally:
        """With a chunk more; ``own`` are the classifier's own labels, the first of its sets."""
        room = _EXAMPLES - len(self.examples)
        counts = answers.sets[0].held.sum(axis=0).tolist()
        return Tally(
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
    def from_json(cls, data: Mapping[str, Any]) -> Tally:
        """Inverse of :meth:`to_json`."""
        return cls(
            data["rows"], data["unread"], tuple(data["examples"]), data["labels"], data["notes"]
        )
