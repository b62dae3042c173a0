"""Targets from raters' votes: a text that two of five raters find sad has sadness 0.4.

The share of raters carries how sure people are, which the decided label throws away (Uma et al.,
2021, "Learning from Disagreement"). The loss itself is cross-entropy, whose targets may be any
probability.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emoscope.taxonomy import Task


def soft_targets(
    votes: npt.NDArray[np.float32], labels: npt.NDArray[np.bool_], hard_share: float, task: Task
) -> npt.NDArray[np.float32]:
    """Mix the share of raters (n, n_labels) with the decided labels, same shape.

    Multi-label targets are independent probabilities; single-label rows are scaled to sum to one,
    and a row without a vote takes its decided label.
    """
    soft = np.asarray(votes, dtype=np.float32)
    if task == "single_label":
        total = soft.sum(axis=1, keepdims=True)
        scaled = soft / np.maximum(total, 1e-12)
        soft = np.where(total > 0, scaled, labels.astype(np.float32))
    mixed = hard_share * labels + (1 - hard_share) * soft
    return np.asarray(mixed, dtype=np.float32)
