"""CSV and TSV records with the line they begin on, and errors that name it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from emoscope.errors import UnreadableFile
from emoscope.io.text_file import TextFile

_LONGEST_FIELD = 2**31 - 1  # what a C long holds on every platform


def delimited_rows(file: TextFile, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, fields) of every record, by the CSV rules of RFC 4180; blank lines are skipped.

    A field that begins with ``"`` ends at the next single ``"``, and ``""`` inside it stands for
    one. A quote elsewhere is an ordinary character. Lines are counted from one; a record that spans
    several has the number of its first.

    Raises :class:`UnreadableFile` for a quote that is never closed or not doubled.
    """
    # The limit is the process's, and guards nobody here: the file is in memory already.
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
    # newline="" leaves line ends to the csv module, which alone knows which of them are quoted;
    # str.splitlines would also break at U+2028 and U+0085, which texts do hold.
    records = csv.reader(io.StringIO(file.text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for fields in records:
            if fields:
                yield line, fields
            line = records.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(
            f"{file.at(line)}: a double quote opens a field here and is not closed as CSV wants "
            f"({error}). Wrap the field in quotes and double every quote inside it, or remove the "
            "quote at its beginning."
        ) from None
