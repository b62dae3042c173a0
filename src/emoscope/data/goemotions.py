"""GoEmotions as published: train.tsv, dev.tsv and test.tsv, CSV-quoted, without header.

Source: Demszky et al., "GoEmotions: A Dataset of Fine-Grained Emotions", ACL 2020. A line is
``text TAB label indices, comma-joined TAB comment id``. Trap: 1,383 texts hold a double quote and
are written CSV-style, so splitting at tabs alone leaves wrong quotes in them.
"""

from __future__ import annotations

from pathlib import Path

from emoscope.data.assemble import Part, join_parts
from emoscope.data.delimited import delimited_rows
from emoscope.data.examples import Examples
from emoscope.errors import UnknownLabel, UnreadableFile
from emoscope.io.text_file import TextFile, missing, read_text_file
from emoscope.taxonomy import GOEMOTIONS

NAME = "goemotions"
FILES = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}
_INDEX = {str(index): index for index in range(len(GOEMOTIONS))}
_LABEL_FILES = ("labels.txt", "emotions.txt")  # the second is upstream's name


def is_goemotions_folder(folder: Path) -> bool:
    """Tell whether ``folder`` holds the three official files."""
    return all((folder / name).is_file() for name in FILES.values())


def read_goemotions(folder: Path) -> Examples:
    """Read the official files of ``folder``: 28 labels, multi-label, official splits.

    Raises :class:`DataNotFound`, :class:`UnreadableFile` or :class:`UnknownLabel`, naming the file
    and the line.
    """
    if not folder.exists():
        raise missing(folder)
    _check_label_file(folder)
    parts = [_read_part(split, folder / file_name) for split, file_name in FILES.items()]
    return join_parts(parts, name=NAME, taxonomy=GOEMOTIONS, task="multi_label")


def _read_part(split: str, path: Path) -> Part:
    file = read_text_file(path)
    texts: list[str] = []
    indices: list[tuple[int, ...]] = []
    ids: list[str] = []
    parsed: dict[str, tuple[int, ...]] = {}  # 43,410 rows repeat a few hundred label cells
    for line, fields in delimited_rows(file, "\t"):
        if len(fields) != 3:
            raise UnreadableFile(
                f"{file.at(line)}: {len(fields)} fields, and GoEmotions has three: text, label "
                "indices, id, separated by tabs. Take the official file again, or read your own "
                "data as a CSV file with a header."
            )
        text, cell, row_id = fields
        if cell not in parsed:
            parsed[cell] = _parse_indices(file, line, cell)
        texts.append(text)
        indices.append(parsed[cell])
        ids.append(row_id)
    return Part(split, texts, indices, ids, file.source(len(texts)))


def _parse_indices(file: TextFile, line: int, cell: str) -> tuple[int, ...]:
    found = []
    for part in cell.split(","):
        index = _INDEX.get(part.strip())
        if index is None:
            raise UnknownLabel(
                f"{file.at(line)}: label index {part!r} is not one of 0 to {len(GOEMOTIONS) - 1}. "
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
        listed = read_text_file(path).text.split()
        if tuple(listed) != GOEMOTIONS.labels:
            pairs = zip(listed, GOEMOTIONS.labels, strict=False)
            at = next((i for i, (a, b) in enumerate(pairs) if a != b), len(listed))
            raise UnknownLabel(
                f"{path}, line {at + 1}: this is not the official list of 28 labels in their order "
                "(admiration first, neutral last). Take the official file, or read the data as a "
                "CSV file with label names of your own."
            )
