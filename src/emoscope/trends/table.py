"""Trends as a file: one row a share, in a form that other programs take.

Columns: ``period`` (its beginning, UTC), ``group`` (only with groups), ``label``, ``texts``,
``with_label`` (how many of them have it), ``share``, ``low`` and ``high`` (its 95 % interval).
Periods without texts have no rows; where only some groups have none, the last three are empty, or
null in JSON lines.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TextIO, cast

from emoscope.errors import DataError
from emoscope.io.atomic_files import atomic_file, exists_already
from emoscope.io.cell_values import without_formula
from emoscope.io.formats import output_format
from emoscope.trends.result import Trends

_DIGITS = 6
Row = dict[str, str | int | float | None]


def rows(trends: Trends) -> Iterator[Row]:
    """Every share, group by group, in each period by period."""
    low, high = trends.interval()
    share, periods, names = trends.share, trends.periods, columns(trends)
    for i, group in enumerate(trends.groups):
        for t, period in enumerate(periods):
            if not trends.texts[:, t].any():
                continue
            texts = int(trends.texts[i, t])
            for j, label in enumerate(trends.labels):
                ends = (share[i, t, j], low[i, t, j], high[i, t, j])
                numbers = [round(float(end), _DIGITS) if texts else None for end in ends]
                where = [period] if trends.by is None else [period, group]
                counts = [texts, int(trends.held[i, t, j])]
                yield dict(zip(names, [*where, label, *counts, *numbers], strict=True))


def columns(trends: Trends) -> list[str]:
    """Names of the columns, in the order of :func:`rows`."""
    grouped = [] if trends.by is None else ["group"]
    return ["period", *grouped, "label", "texts", "with_label", "share", "low", "high"]


def check_table_name(path: Path) -> None:
    """Raise :class:`DataError` for a name whose format cannot be written."""
    if output_format(path).format == "parquet":
        raise DataError(f"{path}: trends are written as .csv, .tsv or .jsonl. Choose one of these.")


def write_table(
    trends: Trends, path: Path, *, overwrite: bool = False, escape_formulas: bool = False
) -> None:
    """Write all shares as CSV, TSV or JSON lines, by the suffix of ``path``, ``.gz`` allowed.

    The file appears when it is complete. ``escape_formulas`` guards CSV and TSV that is opened in
    a spreadsheet. Raises :class:`DataError` for other suffixes, for a file that exists while
    ``overwrite`` is off, and when it cannot be written.
    """
    check_table_name(path)
    found = output_format(path)
    escape = without_formula if escape_formulas else str
    try:
        with (
            atomic_file(path, overwrite=overwrite) as staged,
            _text_file(staged, zipped=found.gzip) as out,
        ):
            if found.format == "jsonl":
                for row in rows(trends):
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
            else:
                _write_delimited(trends, out, "\t" if found.format == "tsv" else ",", escape)
    except FileExistsError as error:
        raise exists_already(path) from error
    except OSError as error:
        raise DataError(
            f"Writing {path} failed: {error.strerror or error}. Correct that, or choose another "
            "name."
        ) from error


@contextlib.contextmanager
def _text_file(path: Path, *, zipped: bool) -> Iterator[TextIO]:
    with contextlib.ExitStack() as files:
        raw = files.enter_context(path.open("wb"))
        inside: IO[bytes] = raw
        if zipped:  # neither time nor name in its header: same numbers, same bytes
            inside = cast("IO[bytes]", gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
        yield files.enter_context(io.TextIOWrapper(inside, "utf-8", newline=""))


def _write_delimited(
    trends: Trends, out: TextIO, delimiter: str, escape: Callable[[str], str]
) -> None:
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns(trends))
    for row in rows(trends):
        writer.writerow(
            escape(cell) if isinstance(cell, str) else _number(cell) for cell in row.values()
        )


def _number(cell: float | None) -> str | int | None:
    return f"{cell:.{_DIGITS}f}" if isinstance(cell, float) else cell
