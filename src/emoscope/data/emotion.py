"""Emotion: tweets with one of six emotions, a ``text;label`` line each, no header.

Source: Saravia et al., "CARER: Contextualized Affect Representations for Emotion Recognition",
EMNLP 2018; labels came from hashtags, and texts are lower-cased without punctuation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from emoscope.data.assemble import Part, join_parts, source_file
from emoscope.data.examples import SPLITS, Examples
from emoscope.errors import UnknownLabel, UnreadableFile, listing, nearest
from emoscope.io.files import missing
from emoscope.io.table import TEXT_LINES, Table, read_table
from emoscope.taxonomy import EMOTION

NAME = "emotion"
FILES = {"train": "train.txt", "validation": "val.txt", "test": "test.txt"}
_HEADERS = {"text;label", "text;label_name"}  # some copies in circulation have one
_INDEX = {label: index for index, label in enumerate(EMOTION.labels)}


def is_emotion_folder(folder: Path) -> bool:
    """Tell whether ``folder`` holds the three files."""
    return all((folder / name).is_file() for name in FILES.values())


def read_emotion(folder: Path, splits: Collection[str] = SPLITS) -> Examples:
    """Read the files of ``folder`` for ``splits``: six labels, single-label.

    Raises :class:`DataNotFound`, :class:`UnreadableFile` or :class:`UnknownLabel`, naming the file
    and the line.
    """
    if not folder.exists():
        raise missing(folder)
    parts = [
        _read_part(split, folder / file_name)
        for split, file_name in FILES.items()
        if split in splits
    ]
    return join_parts(parts, name=NAME, taxonomy=EMOTION, task="single_label")


def _read_part(split: str, path: Path) -> Part:
    table = read_table(path, options=TEXT_LINES)
    texts: list[str] = []
    indices: list[tuple[int]] = []
    ids: list[str] = []
    for row, line in enumerate(table.columns["text"]):
        if not line or (row == 0 and line in _HEADERS):
            continue
        text, index = _parse(table, row, line)
        texts.append(text)
        indices.append((index,))
        ids.append(f"{split}:{table.places[row]}")
    return Part(split, texts, indices, ids, replace(source_file(table), rows=len(texts)))


def _parse(table: Table, number: int, row: str) -> tuple[str, int]:
    text, separator, label = row.rpartition(";")  # the last one, should a text hold one too
    if not separator:
        raise UnreadableFile(
            f"{table.at(number)}: no ';' between text and label. An Emotion file has one "
            "'text;label' a line; read your own data as a CSV file with a header."
        )
    index = _INDEX.get(label.strip())
    if index is None:
        raise UnknownLabel(
            f"{table.at(number)}: unknown label {label.strip()!r}. {nearest(label, EMOTION.labels)}"
            f"Emotion has: {listing(EMOTION.labels)}."
        )
    return text, index
