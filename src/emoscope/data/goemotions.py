"""GoEmotions as published: train.tsv, dev.tsv and test.tsv, CSV-quoted, without header.

Source: Demszky et al., "GoEmotions: A Dataset of Fine-Grained Emotions", ACL 2020. A line is
``text TAB label indices, comma-joined TAB comment id``. Trap: 1,383 texts hold a double quote and
are written CSV-style, so splitting at tabs alone leaves wrong quotes in them.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from emoscope.data.assemble import Part, join_parts, source_file
from emoscope.data.examples import SPLITS, Examples
from emoscope.errors import UnknownLabel, UnreadableFile
from emoscope.io.files import missing
from emoscope.io.read_options import ReadOptions
from emoscope.io.table import TEXT_LINES, Table, read_table
from emoscope.taxonomy import GOEMOTIONS

NAME = "goemotions"
FILES = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}
_COLUMNS = ("text", "labels", "id")
_AS_WRITTEN = ReadOptions(input_format="tsv", delimiter="\t", quoting="csv", header=False)
_INDEX = {str(index): index for index in range(len(GOEMOTIONS))}
_LABEL_FILES = ("labels.txt", "emotions.txt")  # the second is upstream's name


def is_goemotions_folder(folder: Path) -> bool:
    """Tell whether ``folder`` holds the three official files."""
    return all((folder / name).is_file() for name in FILES.values())


def read_goemotions(folder: Path, splits: Collection[str] = SPLITS) -> Examples:
    """Read the official files of ``folder`` for ``splits``: 28 labels, multi-label.

    Raises :class:`DataNotFound`, :class:`UnreadableFile` or :class:`UnknownLabel`, naming the file
    and the line.
    """
    if not folder.exists():
        raise missing(folder)
    _check_label_file(folder)
    parts = [
        _read_part(split, folder / file_name)
        for split, file_name in FILES.items()
        if split in splits
    ]
    return join_parts(parts, name=NAME, taxonomy=GOEMOTIONS, task="multi_label")


def _read_part(split: str, path: Path) -> Part:
    table = read_table(path, options=_AS_WRITTEN)
    if len(table.columns) != len(_COLUMNS):
        raise UnreadableFile(
            f"{table.at(0)}: {len(table.columns)} fields, and GoEmotions has three: text, label "
            "indices, id, separated by tabs. Take the official file again, or read your own data "
            "as a CSV file with a header."
        )
    texts, cells, ids = table.columns.values()
    parsed: dict[str, tuple[int, ...]] = {}  # 43,410 rows repeat a few hundred label cells
    for row, cell in enumerate(cells):
        if cell not in parsed:
            parsed[cell] = _parse_indices(table, row, cell)
    indices = [parsed[cell] for cell in cells]
    return Part(split, texts, indices, ids, source_file(table))


def _parse_indices(table: Table, row: int, cell: str) -> tuple[int, ...]:
    found = []
    for part in cell.split(","):
        index = _INDEX.get(part.strip())
        if index is None:
            raise UnknownLabel(
                f"{table.at(row)}: label index {part!r} is not one of 0 to {len(GOEMOTIONS) - 1}. "
                "GoEmotions counts its 28 labels from zero, admiration is 0 and neutral 27."
            )
        found.append(index)
    return tuple(found)


def _check_label_file(folder: Path) -> None:
    """Refuse a label file in another order: every index would silently mean another emotion."""
    for name in _LABEL_FILES:
        path = folder / name
        if not path.is_file():
            continue
        listed = " ".join(read_table(path, options=TEXT_LINES).columns["text"]).split()
        if tuple(listed) != GOEMOTIONS.labels:
            pairs = zip(listed, GOEMOTIONS.labels, strict=False)
            at = next((i for i, (a, b) in enumerate(pairs) if a != b), len(listed))
            raise UnknownLabel(
                f"{path}, line {at + 1}: this is not the official list of 28 labels in their order "
                "(admiration first, neutral last). Take the official file, or read the data as a "
                "CSV file with label names of your own."
            )
