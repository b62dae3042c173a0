"""Texts that occur in train and in the judged split, and the metric without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoscope.arrays import Bools, Rows
from emoscope.data.examples import Examples
from emoscope.data.text_identity import text_key
from emoscope.evaluation.error_analysis.slices import Slice, measure_slice
from emoscope.taxonomy import Task


@dataclass(frozen=True, eq=False)
class SharedTexts:
    """Rows of the judged split whose text is in train too, by its ``text_key``."""

    rows: Rows
    same_labels: Bools
    """For each of ``rows``: whether some train row has the text with exactly these labels."""
    everything: Slice
    without: Slice
    """The metric with all rows, and without those shared."""
    only: Slice
    only_same: Slice
    only_other: Slice
    """The metric on shared rows: all, those with the same labels in train, those with others."""


def find_shared(examples: Examples, split: str, predicted: Bools, task: Task) -> SharedTexts | None:
    """Compare ``split`` with train; None when there is no train split, or ``split`` is train."""
    if split == "train" or not examples.has_split("train"):
        return None
    part, train = examples.split(split), examples.split("train")
    label_sets: dict[str, set[bytes]] = {}
    for text, labels in zip(train.texts, train.labels, strict=True):
        label_sets.setdefault(text_key(text), set()).add(labels.tobytes())
    known = [label_sets.get(text_key(text)) for text in part.texts]
    rows = np.array([i for i, sets in enumerate(known) if sets is not None], dtype=np.intp)
    same = np.array([part.labels[i].tobytes() in (known[i] or ()) for i in rows], dtype=np.bool_)
    other = np.setdiff1d(np.arange(len(part)), rows)

    def measured(name: str, of: Rows) -> Slice:
        return measure_slice(task, "texts in train", name, part.labels[of], predicted[of])

    return SharedTexts(
        rows=rows,
        same_labels=same,
        everything=measured("all texts", np.arange(len(part))),
        without=measured("without those shared with train", other),
        only=measured("only those shared with train", rows),
        only_same=measured("shared, with the same labels in train", rows[same]),
        only_other=measured("shared, with other labels in train", rows[~same]),
    )
