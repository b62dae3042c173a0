"""The sample that ships with emoscope: short texts written for this project, CC0, 28 labels.

It shows that everything works with no data set at hand. It is small and written by few people:
numbers measured on it say nothing about GoEmotions or Emotion.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emoscope.data.assemble import Part, join_parts, source_file
from emoscope.data.examples import SPLITS, Examples
from emoscope.errors import DataError, UnknownLabel, UnreadableFile, nearest
from emoscope.io.read_options import ReadOptions
from emoscope.io.table import Table, read_table
from emoscope.taxonomy import EMOTION, GOEMOTIONS

NAME = "sample"
FOLDER = Path(__file__).with_name("sample")
_AS_WRITTEN = ReadOptions(input_format="tsv", delimiter="\t", quoting="csv", header=True)
_HEADER = ["id", "text", "labels"]


def read_sample() -> Examples:
    """The shipped sample with GoEmotions' 28 labels, multi-label, its own three splits."""
    parts = [_read_part(split, FOLDER / f"{split}.tsv") for split in SPLITS]
    return join_parts(parts, name=NAME, taxonomy=GOEMOTIONS, task="multi_label")


def read_sample_as_emotion() -> Examples:
    """The sample's texts whose one label is among the six of Emotion, as a single-label task."""
    sample = read_sample()
    columns = [GOEMOTIONS.index(label) for label in EMOTION.labels]
    fits = (sample.labels.sum(axis=1) == 1) & sample.labels[:, columns].any(axis=1)
    kept = sample.select(fits)
    return Examples(
        texts=kept.texts,
        labels=np.ascontiguousarray(kept.labels[:, columns]),
        taxonomy=EMOTION,
        task="single_label",
        ids=kept.ids,
        splits=kept.splits,
        name=NAME,
        files=kept.files,
        notes=(
            f"kept the {len(kept):,} of {len(sample):,} texts with one of Emotion's six labels",
        ),
    )


def _read_part(split: str, path: Path) -> Part:
    try:
        table = read_table(path, options=_AS_WRITTEN)
    except DataError as error:
        raise UnreadableFile(f"{error} Reinstall emoscope.") from None
    if list(table.columns) != _HEADER:
        raise UnreadableFile(f"{path}: not the sample's header. Reinstall emoscope.")
    ids, texts, cells = table.columns.values()
    indices = [
        tuple(_index(table, row, label) for label in cell.split(","))
        for row, cell in enumerate(cells)
    ]
    return Part(split, texts, indices, ids, source_file(table))


_INDEX = {label: index for index, label in enumerate(GOEMOTIONS.labels)}


def _index(table: Table, row: int, label: str) -> int:
    if label not in _INDEX:
        raise UnknownLabel(
            f"{table.at(row)}: unknown label {label!r}. {nearest(label, GOEMOTIONS.labels)}"
            "Reinstall emoscope."
        )
    return _INDEX[label]
