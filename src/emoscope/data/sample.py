"""The sample that ships with emoscope: short texts written for this project, CC0, 28 labels.

It shows that everything works with no data set at hand. It is small and written by few people:
numbers measured on it say nothing about GoEmotions or Emotion.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emoscope.data.assemble import Part, join_parts
from emoscope.data.delimited import delimited_rows
from emoscope.data.examples import SPLITS, Examples
from emoscope.errors import UnknownLabel, UnreadableFile, nearest
from emoscope.io.text_file import TextFile, read_text_file
from emoscope.taxonomy import EMOTION, GOEMOTIONS

NAME = "sample"
FOLDER = Path(__file__).with_name("sample")
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
    file = read_text_file(path)
    rows = delimited_rows(file, "\t")
    header_line, header = next(rows)
    if header != _HEADER:
        raise UnreadableFile(
            f"{file.at(header_line)}: not the sample's header. Reinstall emoscope."
        )
    texts: list[str] = []
    indices: list[tuple[int, ...]] = []
    ids: list[str] = []
    for line, fields in rows:
        if len(fields) != len(_HEADER):
            raise UnreadableFile(f"{file.at(line)}: not three fields. Reinstall emoscope.")
        row_id, text, cell = fields
        texts.append(text)
        ids.append(row_id)
        indices.append(tuple(_index(file, line, label) for label in cell.split(",")))
    return Part(split, texts, indices, ids, file.source(len(texts)))


_INDEX = {label: index for index, label in enumerate(GOEMOTIONS.labels)}


def _index(file: TextFile, line: int, label: str) -> int:
    if label not in _INDEX:
        raise UnknownLabel(
            f"{file.at(line)}: unknown label {label!r}. {nearest(label, GOEMOTIONS.labels)}"
            "Reinstall emoscope."
        )
    return _INDEX[label]
