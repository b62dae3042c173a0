"""From the rows of one file to Examples: what every reader does in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import Examples, SourceFile
from emoscope.io.table import Table
from emoscope.taxonomy import Task, Taxonomy


@dataclass(frozen=True)
class Part:
    """The rows of one file, which all belong to one split unless ``splits`` says otherwise."""

    split: str
    texts: Sequence[str]
    indices: Sequence[Sequence[int]]
    """For each text the indices of its labels; empty for a text without label."""
    ids: Sequence[str]
    file: SourceFile
    splits: Sequence[str] | None = None
    """One split a row, for a file with a split column."""


def source_file(table: Table) -> SourceFile:
    """The provenance record of a table; holds the file's name, not where this machine keeps it."""
    return SourceFile(table.file_name, table.sha256, len(table))


def join_parts(
    parts: Sequence[Part],
    *,
    name: str,
    taxonomy: Taxonomy,
    task: Task,
    notes: Sequence[str] = (),
) -> Examples:
    """Put parts one after the other."""
    splits = chain.from_iterable(p.splits or [p.split] * len(p.texts) for p in parts)
    indices = list(chain.from_iterable(part.indices for part in parts))
    return Examples(
        texts=tuple(chain.from_iterable(part.texts for part in parts)),
        labels=label_matrix(indices, len(taxonomy)),
        taxonomy=taxonomy,
        task=task,
        ids=tuple(chain.from_iterable(part.ids for part in parts)),
        splits=np.array(list(splits), dtype="<U10"),  # as long as "validation"
        name=name,
        files=tuple(part.file for part in parts),
        notes=tuple(notes),
    )


def label_matrix(indices: Sequence[Sequence[int]], n_labels: int) -> npt.NDArray[np.bool_]:
    """Turn n index lists into a matrix (n, n_labels); an empty list is a text without label."""
    matrix = np.zeros((len(indices), n_labels), dtype=np.bool_)
    lengths = np.fromiter(map(len, indices), dtype=np.intp, count=len(indices))
    rows = np.repeat(np.arange(len(indices)), lengths)
    columns = np.fromiter(chain.from_iterable(indices), dtype=np.intp, count=int(lengths.sum()))
    matrix[rows, columns] = True
    return matrix
