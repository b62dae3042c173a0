"""The arrays that metrics take, checked before anything is counted.

Bools and predictions are 0/1 matrices of shape (n_texts, n_labels) in both tasks; in a single-label
task each row holds exactly one label. Scores are a float matrix of the same shape.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats
from emoscope.errors import DataError, DecisionError, EmoscopeError, NoExamples
from emoscope.taxonomy import Task

# float32 sums of probabilities (a roll-up, a softmax) may pass one by a few units in the last place
_ROUNDING = 1e-5


def check_truth(truth: npt.ArrayLike, labels: Sequence[str] | None = None) -> Bools:
    """Return ``truth`` as bool (n_texts, n_labels).

    Raises :class:`NoExamples` when there is no text and :class:`DataError` when the shape is wrong,
    or a value is neither 0 nor 1.
    """
    matrix = _zero_one("truth", truth, DataError)
    if labels is not None and matrix.shape[1] != len(labels):
        raise DataError(
            f"truth has {matrix.shape[1]} columns, but there are {len(labels)} labels. "
            "Give one column a label, in the order of the labels."
        )
    if matrix.shape[1] == 0:
        raise DataError("truth has no columns, so there is no label to judge. Give at least one.")
    if len(matrix) == 0:
        raise NoExamples("There is no text to evaluate. Check the split or the filter before it.")
    return matrix


def check_predicted(
    predicted: npt.ArrayLike,
    truth: Bools | Floats,
    name: str = "predicted",
    other: str = "truth",
) -> Bools:
    """Return ``predicted`` as bool with the shape of ``truth``, or raise :class:`DecisionError`."""
    matrix = _zero_one(name, predicted, DecisionError)
    _same_shape(name, matrix.shape, truth.shape, other)
    return matrix


def check_one_label_each(name: str, matrix: Bools) -> None:
    """Raise :class:`DecisionError` unless every row of ``matrix`` holds exactly one label."""
    held = matrix.sum(axis=1)
    wrong = np.flatnonzero(held != 1)
    if wrong.size:
        raise DecisionError(
            f"{name}, row {wrong[0] + 1}: {held[wrong[0]]} labels in a single-label task "
            f"({wrong.size:,} such rows in all). Give each text exactly one label, or evaluate "
            "as multi_label."
        )


def check_decisions(
    task: Task,
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    labels: Sequence[str] | None = None,
    name: str = "predicted",
) -> tuple[Bools, Bools]:
    """Return both as bool (n_texts, n_labels), with one label a text in a single-label task."""
    true = check_truth(truth, labels)
    given = check_predicted(predicted, true)
    if task == "single_label":
        check_one_label_each("truth", true)
        check_one_label_each(name, given)
    return true, given


def check_scored(truth: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Bools, Floats]:
    """Return ``truth`` as bool and ``scores`` as float64, of one shape (n_texts, n_labels)."""
    true = check_truth(truth)
    return true, check_scores(scores, true)


def check_scores(
    scores: npt.ArrayLike,
    truth: Bools | Floats | None = None,
    labels: Sequence[str] | None = None,
    name: str = "scores",
) -> Floats:
    """Return finite ``scores`` as float64 with the shape of ``truth``, or a column a label.

    Raises :class:`DecisionError` naming the first row and label that is not a number.
    """
    try:
        matrix = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DecisionError(f"{name} must be numbers, one a text and label: {error}.") from error
    if truth is not None:
        _same_shape(name, matrix.shape, truth.shape)
    elif labels is not None and (matrix.ndim != 2 or matrix.shape[1] != len(labels)):
        raise DecisionError(
            f"{name} of shape {matrix.shape} do not fit {len(labels)} labels. "
            "Give one row for each text and one column for each label."
        )
    if not np.isfinite(matrix).all():
        raise DecisionError(
            f"{name} is {_first(matrix, ~np.isfinite(matrix), labels)}. A model that gives NaN or "
            "infinity has diverged or was saved in too small a number format; correct it first."
        )
    return matrix


def check_probabilities(
    probabilities: npt.ArrayLike,
    truth: Bools | None = None,
    labels: Sequence[str] | None = None,
) -> Floats:
    """Return ``probabilities`` as :func:`check_scores` does, and in [0, 1]."""
    matrix = check_scores(probabilities, truth, labels, name="probabilities")
    outside = (matrix < -_ROUNDING) | (matrix > 1.0 + _ROUNDING)
    if outside.any():
        raise DecisionError(
            f"probabilities is {_first(matrix, outside, labels)}, outside 0 to 1. "
            "Raw scores become probabilities through Policy.probabilities; give those."
        )
    return np.clip(matrix, 0.0, 1.0)


def _zero_one(name: str, values: npt.ArrayLike, error: type[EmoscopeError]) -> Bools:
    try:
        matrix = np.asarray(values)
    except ValueError as cause:  # rows of unequal length
        raise error(f"{name} is no matrix: {cause}. Give every text one value a label.") from cause
    if matrix.ndim != 2:
        raise error(
            f"{name} must be a 0/1 matrix of shape (texts, labels), not of shape {matrix.shape}. "
            "Label indices become such a matrix with numpy.eye(n_labels)[indices]."
        )
    if matrix.dtype == np.bool_:
        return matrix
    if matrix.dtype.kind not in "iuf":
        raise error(f"{name} must hold 0/1 or booleans, not {matrix.dtype}.")
    strange = (matrix != 0) & (matrix != 1)
    if strange.any():
        raise error(
            f"{name} must hold only 0 and 1, but is {_first(matrix, strange, None)}. "
            "Apply thresholds first: probabilities are a separate argument."
        )
    return matrix.astype(np.bool_)


def _same_shape(
    name: str, shape: tuple[int, ...], wanted: tuple[int, ...], other: str = "truth"
) -> None:
    if shape != wanted:
        raise DecisionError(
            f"{name} has shape {shape}, but {other} has {wanted}. "
            "Both need one row a text and one column a label, in the same order."
        )


def _first(matrix: npt.NDArray[np.generic], wrong: Bools, labels: Sequence[str] | None) -> str:
    row, column = (int(i) for i in np.argwhere(wrong)[0])
    label = f"label {labels[column]!r}" if labels is not None else f"column {column + 1}"
    return f"{matrix[row, column]} in row {row + 1}, {label}"
