"""JSON lines output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from emoscope.batch.writing.digits import DigitRows
from emoscope.batch.writing.encoders import PIECE, label_lists, top_labels, utf8
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.answers import Answers, LabelSet
from emoscope.io.chunks import Chunk


class JsonLinesEncoder:
    """One object a line: the fields of the input, then those that labelling adds."""

    def __init__(self, added: AddedColumns) -> None:
        self._added = added
        self._keys = [
            (_key(added.labels(each)), _key(added.top_label(each))) for each in added.sets
        ]
        self._notes = _key(added.notes)
        self._error = _key(added.error)
        self._words = [{name: _json(name) for name in each.labels} for each in added.sets]
        self._numbers = [] if added.style == "none" else [self._digits(s) for s in added.sets]
        self._unread = self._of_unread()

    def header(self) -> bytes:
        """Nothing: every line names its fields."""
        return b""

    def encode(self, chunk: Chunk, errors: Mapping[int, str], answers: Answers) -> bytes:
        """The rows of a chunk."""
        parts: list[Sequence[str]] = []
        sets = zip(self._added.sets, self._keys, self._words, answers.sets, strict=True)
        for each, (labels, top), words, found in sets:
            lists = label_lists(found, each.labels)
            parts.append([f"{labels}[{', '.join([words[n] for n in names])}]" for names in lists])
            parts.append([top + words[name] for name in top_labels(found, each.labels)])
        parts.append([self._notes + json.dumps(notes) for notes in answers.notes])
        parts.append([f"{self._error}null"] * len(chunk))
        for digits, found in zip(self._numbers, answers.sets, strict=False):
            parts.append(digits(found.probabilities))
        added = list(map(", ".join, zip(*parts, strict=True)))
        for row, reason in errors.items():
            added[row] = self._unread.replace(_REASON, _json(reason))
        lines = [
            f"{{{fields}, {more}}}" if fields else f"{{{more}}}"
            for fields, more in zip(chunk.records.fields(), added, strict=True)
        ]
        lines.append("")
        return utf8("\n".join(lines))

    def count_rows(self, encoded: BinaryIO) -> int:
        """Lines: a line end inside a value is escaped."""
        return sum(piece.count(b"\n") for piece in iter(lambda: encoded.read(PIECE), b""))

    def _digits(self, each: LabelSet) -> DigitRows:
        names = self._added.probabilities(each)
        if self._added.style == "wide":
            keys, end = [_key(name) for name in names], ""
            return DigitRows([", " * (i > 0) + key for i, key in enumerate(keys)], end)
        keys = [_key(label) for label in each.labels]
        keys[0] = f"{_key(names[0])}{{{keys[0]}"
        return DigitRows([", " * (i > 0) + key for i, key in enumerate(keys)], "}")

    def _of_unread(self) -> str:
        """What is added to a row that cannot be read."""
        parts = [f"{labels}[], {top}null" for labels, top in self._keys]
        parts.append(f"{self._notes}[]")
        parts.append(self._error + _REASON)
        numbers = self._added.names[len(self._added.short) :]
        parts += [f"{_key(name)}null" for name in numbers]
        return ", ".join(parts)


_REASON = "\0reason\0"  # no name of a column holds it


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    return _json(name) + ": "
