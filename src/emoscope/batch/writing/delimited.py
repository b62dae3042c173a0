"""CSV and TSV output."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import BinaryIO

import numpy as np

from emoscope.batch.writing.digits import DigitRows
from emoscope.batch.writing.encoders import PIECE, label_lists, top_labels, utf8
from emoscope.inference.added_columns import SEPARATOR, AddedColumns
from emoscope.inference.answers import Answers, LabelSet
from emoscope.io.cell_values import as_json, without_formula
from emoscope.io.chunks import Chunk


class DelimitedEncoder:
    """Rows with a header, quoted where needed, lines ended by a line feed."""

    def __init__(
        self,
        columns: Sequence[str],
        added: AddedColumns,
        delimiter: str,
        *,
        escape_formulas: bool = False,
    ) -> None:
        """``escape_formulas``: see :func:`emoscope.io.cell_values.without_formula`."""
        self._columns = columns
        self._added = added
        self._delimiter = delimiter
        self._escape_formulas = escape_formulas
        self._needs_quotes = re.compile(f'[{re.escape(delimiter)}"\r\n]').search
        self._cell = [self._label_cell(each) for each in added.sets]
        self._numbers = [] if added.style == "none" else [self._digits(s) for s in added.sets]
        n_numbers = len(added.names) - len(added.short)
        self._no_numbers = delimiter * n_numbers

    def header(self) -> bytes:
        """The names of all columns."""
        return utf8(self._line([*self._columns, *self._added.names]) + "\n")

    def encode(self, chunk: Chunk, errors: Mapping[int, str], answers: Answers) -> bytes:
        """The rows of a chunk."""
        comma, line = self._delimiter, self._line
        cells = list(map(line, chunk.records.cells(self._columns)))
        parts: list[Iterable[str]] = [cells]
        for each, cell, found in zip(self._added.sets, self._cell, answers.sets, strict=True):
            parts.append([cell(names) for names in label_lists(found, each.labels)])
            parts.append([cell((name,)) for name in top_labels(found, each.labels)])
        parts.append([SEPARATOR.join(notes) for notes in answers.notes])
        lines = [comma.join(row) + comma for row in zip(*parts, strict=True)]  # no error
        if self._numbers:
            numbers = [
                digits(found.probabilities)
                for digits, found in zip(self._numbers, answers.sets, strict=True)
            ]
            lines = list(map("".join, zip(lines, *numbers, strict=True)))
        for row, reason in errors.items():
            gaps = comma * (len(parts) - 1)
            lines[row] = f"{cells[row]}{gaps}{comma}{line([reason])}{self._no_numbers}"
        lines.append("")
        return utf8("\n".join(lines))

    def count_rows(self, encoded: BinaryIO) -> int:
        """Line ends outside quotes, less the header's."""
        ends, inside = 0, False
        for piece in iter(lambda: encoded.read(PIECE), b""):
            data = np.frombuffer(piece, dtype=np.uint8)
            quoted = np.logical_xor.accumulate(data == ord('"')) ^ inside
            ends += int(np.count_nonzero((data == ord("\n")) & ~quoted))
            inside = bool(quoted[-1])
        return max(0, ends - 1)

    def _label_cell(self, each: LabelSet) -> Callable[[Sequence[str]], str]:
        """Makes a cell of labels; a JSON list where a label holds the separator itself."""
        if any(SEPARATOR in label for label in each.labels):
            return lambda names: self._line([as_json(names)])
        if self._escape_formulas or any(map(self._needs_quotes, each.labels)):
            return lambda names: self._line([SEPARATOR.join(names)])
        return SEPARATOR.join

    def _digits(self, each: LabelSet) -> DigitRows:
        """Writes the cells with probabilities, the delimiter before them included."""
        if self._added.style == "wide":
            return DigitRows([self._delimiter] * len(each.labels), "")
        keys = [f"{json.dumps(label, ensure_ascii=False)}: " for label in each.labels]
        keys = [("{" if i == 0 else ", ") + key for i, key in enumerate(keys)]
        quoted = [key.replace('"', '""') for key in keys]  # one CSV field, quotes doubled
        return DigitRows([f'{self._delimiter}"{quoted[0]}', *quoted[1:]], '}"')

    def _line(self, row: Sequence[str]) -> str:
        """A row with those fields in quotes that hold a delimiter, a quote or a line end.

        As the csv module does it, at half the cost: most rows are joined and looked at once.
        """
        if self._escape_formulas:
            row = [without_formula(cell) for cell in row]
        line = self._delimiter.join(row)
        if '"' in line or "\n" in line or "\r" in line or line.count(self._delimiter) >= len(row):
            needs, comma = self._needs_quotes, self._delimiter
            return comma.join([_quoted(cell) if needs(cell) else cell for cell in row])
        return line


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
