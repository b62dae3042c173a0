"""What each text adds to the headline metrics, and sums of it over a (re)sample.

Every headline metric is a formula over sums of what single texts contribute. A bootstrap resample
only changes how often each text is summed, so a thousand resamples are one matrix product,
``weights (n_resamples, n_texts) @ contributions (n_texts, 3 n_labels + 4)``, and a metric's point
estimate and its interval come out of the same formula.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoscope.arrays import Bools, Floats
from emoscope.metrics.counts import Counts, count_rows


@dataclass(frozen=True, eq=False)
class SampleSums:
    """Sums over the texts of one sample, or of several along leading axes."""

    counts: Counts
    """Each array (..., n_labels)."""
    n_texts: int
    exact: Floats
    """Texts whose predicted labels are exactly the true ones, (...)."""
    sample_precision: Floats
    sample_recall: Floats
    sample_f1: Floats
    """Sums over texts of the text's own precision, recall and F1, (...)."""


def contributions(truth: Bools, predicted: Bools) -> Floats:
    """What each text adds, float64 (n, 3 n_labels + 4); see :func:`sum_contributions`."""
    row = count_rows(truth, predicted)
    exact = (truth == predicted).all(axis=1, keepdims=True)
    return np.concatenate(
        [truth & predicted, predicted, truth, exact, row.precision, row.recall, row.f1],
        axis=1,
        dtype=np.float64,
    )


def sum_contributions(contributed: Floats, weights: Floats | None = None) -> SampleSums:
    """Sum contributions over texts.

    ``weights`` (n_resamples, n) says how often each text was drawn, n times in all for every
    resample; without it every text counts once and the sums have no leading axis.
    """
    sums = contributed.sum(axis=0) if weights is None else weights @ contributed
    return split_sums(sums, len(contributed))


def split_sums(sums: Floats, n_texts: int) -> SampleSums:
    """Give sums of contributions (..., 3 n_labels + 4) over ``n_texts`` texts their names."""
    counts = np.split(sums[..., :-4], 3, axis=-1)
    return SampleSums(Counts(*counts), n_texts, *np.moveaxis(sums[..., -4:], -1, 0))
