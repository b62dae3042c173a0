"""``everyday``, the corpus that ships with emoscope: 10,673 texts of daily life, CC0, 28 labels.

``everyday/README.md`` says how it was made. Each text has two readings, some three; the labels are
those that most readers gave, and the soft labels the share of readers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from emoscope.data.assemble import Part, join_parts, label_matrix, source_file
from emoscope.data.examples import SPLITS, Examples
from emoscope.errors import DataError, UnknownLabel, UnreadableFile, nearest
from emoscope.io.read_options import ReadOptions
from emoscope.io.table import Table, read_table
from emoscope.taxonomy import EMOTION, GOEMOTIONS

NAME = "everyday"
FOLDER = Path(__file__).with_name("everyday")
READINGS = ("first", "second", "third")
_AS_WRITTEN = ReadOptions(input_format="tsv", delimiter="\t", quoting="csv", header=True)
_HEADER = ("id", "text", "labels", *READINGS, "kind", "group")


def read_everyday(splits: Collection[str] = SPLITS) -> Examples:
    """The corpus with GoEmotions' 28 labels, multi-label, its own splits and soft labels."""
    tables = [_read(FOLDER / f"{split}.tsv") for split in splits]
    parts = [
        Part(
            split,
            table.columns["text"],
            [tuple(_indices(table, row, c)) for row, c in enumerate(table.columns["labels"])],
            table.columns["id"],
            source_file(table),
        )
        for split, table in zip(splits, tables, strict=True)
    ]
    examples = join_parts(parts, name=NAME, taxonomy=GOEMOTIONS, task="multi_label")
    votes = np.zeros(examples.labels.shape, dtype=np.float32)
    readers = np.zeros((len(examples), 1), dtype=np.float32)
    for reading in READINGS:
        given = label_matrix(
            [
                tuple(_indices(table, row, cell)) if cell else ()
                for table in tables
                for row, cell in enumerate(table.columns[reading])
            ],
            len(GOEMOTIONS),
        )
        votes += given
        readers += given.any(axis=1, keepdims=True)
    return replace(examples, soft_labels=votes / readers)


def read_everyday_as_emotion(splits: Collection[str] = SPLITS) -> Examples:
    """The texts whose one label is among the six of Emotion, as a single-label task."""
    whole = read_everyday(splits)
    columns = [GOEMOTIONS.index(label) for label in EMOTION.labels]
    fits = (whole.labels.sum(axis=1) == 1) & whole.labels[:, columns].any(axis=1)
    kept = whole.select(fits)
    note = f"kept the {len(kept):,} of {len(whole):,} texts with one of Emotion's six labels"
    return replace(
        kept,
        labels=np.ascontiguousarray(kept.labels[:, columns]),
        soft_labels=None,
        taxonomy=EMOTION,
        task="single_label",
        notes=(note,),
    )


def _read(path: Path) -> Table:
    try:
        table = read_table(path, options=_AS_WRITTEN)
    except DataError as error:
        raise UnreadableFile(f"{error} Reinstall emoscope.") from None
    if tuple(table.columns) != _HEADER:
        raise UnreadableFile(f"{path}: not the header of {NAME}. Reinstall emoscope.")
    return table


_INDEX = {label: index for index, label in enumerate(GOEMOTIONS.labels)}


def _indices(table: Table, row: int, cell: str) -> Iterable[int]:
    for label in cell.split(","):
        if label not in _INDEX:
            raise UnknownLabel(
                f"{table.at(row)}: unknown label {label!r}. {nearest(label, GOEMOTIONS.labels)}"
                "Reinstall emoscope."
            )
        yield _INDEX[label]
