"""What is asked of scores, probabilities, truth and splits before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats
from emoscope.errors import DecisionError, FitOnTest

_TEST_WORDS = frozenset({"test", "tests", "tst", "testing", "testset", "testsplit", "testdata"})


def refuse_test(split: str, what: str) -> None:
    """Raise :class:`FitOnTest` when ``split`` is a name for test data, however it is written."""
    if _TEST_WORDS & set(re.split(r"[^a-z]+", split.casefold())):
        raise FitOnTest(what, split)


def check_matrix(values: npt.ArrayLike, labels: Sequence[str], what: str = "scores") -> Floats:
    """Return ``values`` as float64 of shape (n, n_labels); every value must be finite."""
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] != len(labels):
        raise DecisionError(
            f"{what.capitalize()} of shape {matrix.shape} do not fit {len(labels)} labels. "
            "Give one row for each text and one column for each label."
        )
    if not np.isfinite(matrix).all():
        row, column = (int(i) for i in np.argwhere(~np.isfinite(matrix))[0])
        raise DecisionError(
            f"{what.capitalize()} hold {matrix[row, column]} in row {row} for label "
            f"{labels[column]!r}. The model has diverged, or its input is broken."
        )
    return matrix


def check_probabilities(values: npt.ArrayLike, labels: Sequence[str]) -> Floats:
    """Like :func:`check_matrix`, and every value must lie in [0, 1]."""
    matrix = check_matrix(values, labels, "probabilities")
    outside = (matrix < 0.0) | (matrix > 1.0)
    if outside.any():
        row, column = (int(i) for i in np.argwhere(outside)[0])
        raise DecisionError(
            f"Probabilities hold {matrix[row, column]} in row {row} for label {labels[column]!r}, "
            "outside [0, 1]. Were these raw scores? Turn them with Policy.probabilities first."
        )
    return matrix


def check_truth(truth: npt.ArrayLike, n: int, labels: Sequence[str]) -> Bools:
    """Return ``truth`` as bool of shape (n, n_labels); only 0, 1, False and True are taken."""
    matrix = np.asarray(truth)
    if matrix.shape != (n, len(labels)):
        raise DecisionError(
            f"Bools of shape {matrix.shape} does not fit scores of shape {(n, len(labels))}. "
            "Give one row for each text and one column for each label."
        )
    if matrix.dtype != np.bool_ and not np.isin(matrix, (0, 1)).all():
        raise DecisionError("Bools must hold 0 and 1 only: one column for each label.")
    return matrix.astype(np.bool_)
