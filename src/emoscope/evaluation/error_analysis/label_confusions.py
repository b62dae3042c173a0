"""Confusions of labels, which is predicted where another is true, and pairs of labels together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Ints


@dataclass(frozen=True)
class ConfusedPair:
    """Texts whose label ``meant`` was missed and that were wrongly given ``given``."""

    meant: int
    given: int
    n_texts: int
    of_missed: float
    """Share of all texts whose label ``meant`` was missed."""
    mirrored: int
    """Texts with the two labels in each other's place."""
    example: int
    """Row of the text that was wrongly given the label with the highest probability."""


def count_label_confusions(truth: Bools, predicted: Bools) -> tuple[Ints, Ints, Ints]:
    """Hits, bare misses and confusions, of two (n, n_labels) matrices.

    Hits and bare misses (n_labels,) are texts whose label was predicted, and texts where it was
    missed without a wrong label being given. Confusions (n_labels, n_labels) are texts whose label
    i was missed and that were wrongly given j; one with two wrong labels counts twice.
    """
    missed, extra = truth & ~predicted, predicted & ~truth
    bare = missed & ~extra.any(axis=1, keepdims=True)
    return (
        (truth & predicted).sum(axis=0).astype(np.int64),
        bare.sum(axis=0).astype(np.int64),
        missed.T.astype(np.int64) @ extra.astype(np.int64),
    )


def confused_pairs(
    truth: Bools, predicted: Bools, probabilities: npt.ArrayLike
) -> list[ConfusedPair]:
    """All pairs that occur, the most frequent first; arguments (n, n_labels)."""
    missed, extra = truth & ~predicted, predicted & ~truth
    _, _, together = count_label_confusions(truth, predicted)
    n_missed = missed.sum(axis=0)
    given = np.asarray(probabilities, dtype=np.float64)
    pairs = []
    for k in np.argsort(-together, axis=None, kind="stable"):
        i, j = divmod(int(k), truth.shape[1])
        if not together[i, j]:
            break
        rows = np.flatnonzero(missed[:, i] & extra[:, j])
        pairs.append(
            ConfusedPair(
                meant=i,
                given=j,
                n_texts=int(together[i, j]),
                of_missed=float(together[i, j] / n_missed[i]),
                mirrored=int(together[j, i]),
                example=int(rows[np.argmax(given[rows, j])]),
            )
        )
    return pairs


def count_pairs(held: Bools) -> Ints:
    """Texts with both labels, (n_labels, n_labels), of labels (n, n_labels)."""
    as_number = held.astype(np.int64)
    return as_number.T @ as_number
