"""Labels in the data that are probably wrong: confident learning.

After Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels",
Journal of Artificial Intelligence Research 70 (2021), arXiv:1911.00068. Written from the paper: the
library of its authors has a licence (AGPL) that this project cannot depend on.

For each label the threshold is the mean probability of the texts that were given it. A text is
counted under the label whose probability passes its threshold, the most probable of several; counts
of given label against that label are the *confident joint*. Texts off its diagonal are the likely
errors (the paper's second method), ranked by how far the given label's probability lies below.

Multi-label data are treated one label at a time, has it or has it not, as Thyagarajan and others do
("Identifying Incorrect Annotations in Multi-Label Classification Data", 2022, arXiv:2211.13895).

The probabilities must be out of sample: of a model that was not trained on these very texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats, Ints, Rows
from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.taxonomy import Task


@dataclass(frozen=True)
class LabelError:
    """A label that a text probably should not have, or should."""

    row: int
    label: int
    """Single-label: the label that the text probably should have instead of its own."""
    should_have: bool
    """Whether the label is missing (True) or wrongly there (False)."""
    probability: float
    """Of the label."""
    margin: float
    """Probability of what was given minus that of its best rival; the lower the more suspicious."""


@dataclass(frozen=True, eq=False)
class LabelNoise:
    """What confident learning finds in one split."""

    errors: tuple[LabelError, ...]
    """The most suspicious first."""
    noise: float
    """Estimated share of wrong labels: of texts (single-label), or of text-label pairs."""


def find_label_errors(task: Task, truth: Bools, probabilities: npt.ArrayLike) -> LabelNoise:
    """Find likely label errors in texts the model was not trained on; arguments (n, n_labels)."""
    given = np.asarray(probabilities, dtype=np.float64)
    if task == "single_label":
        return _single_label(truth.argmax(axis=1), given)
    return _multi_label(truth, given)


def label_noise_by_split(model: EvaluatedModel) -> dict[str, LabelNoise]:
    """Likely label errors of each split that is scored and that the model was not trained on."""
    found = {}
    if model.split != "train":  # those probabilities are not out of sample
        found[model.split] = find_label_errors(model.task, model.truth, model.probabilities)
    validation = model.validation_probabilities
    if validation is not None and model.validation is not None:
        found["validation"] = find_label_errors(model.task, model.validation.truth, validation)
    return found


def confident_joint(given: Rows, probabilities: Floats) -> tuple[Ints, Rows]:
    """Count given labels (rows) against labels of confidence (columns).

    ``given`` (n,) are indices, ``probabilities`` (n, n_labels). Returns the counts
    (n_labels, n_labels) and each text's column (n,), -1 for texts without a confident label.
    """
    n_labels = probabilities.shape[1]
    thresholds = np.full(n_labels, np.inf)  # no text is confidently a label that no text has
    for j in range(n_labels):
        rows = given == j
        if rows.any():
            thresholds[j] = probabilities[rows, j].mean()
    passing = np.where(probabilities >= thresholds, probabilities, -np.inf)
    column = np.where(np.isfinite(passing).any(axis=1), passing.argmax(axis=1), -1)
    sure = column >= 0
    cell = given[sure] * n_labels + column[sure]
    counts = np.bincount(cell, minlength=n_labels**2).reshape(n_labels, n_labels)
    return counts.astype(np.int64), column


def estimated_joint(counts: Ints, n_given: Ints) -> Floats:
    """Joint distribution of given and true labels: rows scaled to ``n_given`` (n_labels,), sum one.

    A label without any confident text is taken to be right.
    """
    scaled = counts.astype(np.float64)
    empty = scaled.sum(axis=1) == 0
    scaled[empty, empty] = 1.0
    scaled *= (n_given / scaled.sum(axis=1))[:, None]
    return np.asarray(scaled / scaled.sum())


def _single_label(given: Rows, probabilities: Floats) -> LabelNoise:
    n, n_labels = probabilities.shape
    counts, column = confident_joint(given, probabilities)
    joint = estimated_joint(counts, np.bincount(given, minlength=n_labels).astype(np.int64))
    rows = np.flatnonzero((column >= 0) & (column != given))
    own = probabilities[np.arange(n), given]
    rivals = probabilities.copy()
    rivals[np.arange(n), given] = -np.inf
    margin = own - rivals.max(axis=1)
    rows = rows[np.argsort(margin[rows], kind="stable")]
    return LabelNoise(
        errors=tuple(
            LabelError(
                int(r), int(column[r]), True, float(probabilities[r, column[r]]), float(margin[r])
            )
            for r in rows
        ),
        noise=float(1.0 - np.trace(joint)),
    )


def _multi_label(truth: Bools, probabilities: Floats) -> LabelNoise:
    errors: list[LabelError] = []
    noise = []
    for j in range(truth.shape[1]):
        given = truth[:, j].astype(np.intp)
        p = probabilities[:, j]
        counts, column = confident_joint(given, np.column_stack([1.0 - p, p]))
        joint = estimated_joint(counts, np.bincount(given, minlength=2).astype(np.int64))
        noise.append(1.0 - np.trace(joint))
        for r in np.flatnonzero((column >= 0) & (column != given)):
            margin = (2.0 * p[r] - 1.0) * (1.0 if given[r] else -1.0)
            errors.append(LabelError(int(r), j, not given[r], float(p[r]), float(margin)))
    errors.sort(key=lambda error: error.margin)
    return LabelNoise(tuple(errors), float(np.mean(noise)))
