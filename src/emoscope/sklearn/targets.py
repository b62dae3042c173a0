"""scikit-learn's targets ``y`` as labels of a taxonomy, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, column_or_1d

from emoscope.arrays import Bools
from emoscope.data.label_interpretation import taxonomy_of
from emoscope.taxonomy import Task, Taxonomy


@dataclass(frozen=True, eq=False)
class Targets:
    """Labels of ``n`` texts, and how scikit-learn calls them."""

    labels: Bools
    """Shape (n, n_labels), columns in the taxonomy's order."""
    taxonomy: Taxonomy
    task: Task
    classes: npt.NDArray[Any]
    """Shape (n_labels,), in scikit-learn's order: sorted values, or the matrix's columns."""
    places: npt.NDArray[np.intp]
    """Shape (n_labels,): where each of :attr:`classes` is in the taxonomy."""


def read_targets(y: Any, names: Sequence[str] | None = None) -> Targets:
    """Read one label a text, of shape (n,), or a 0/1 matrix (n, n_labels), sparse ones too.

    ``names`` are the labels of a matrix's columns; without it those of a data frame, or numbers.
    Raises ``ValueError``, as scikit-learn does, for lists of labels, numbers that are no labels,
    and missing values.
    """
    check_classification_targets(y)
    kind = type_of_target(y, input_name="y")
    if kind == "multilabel-indicator":
        columns = getattr(y, "columns", None)
        matrix = y.toarray() if hasattr(y, "toarray") else np.asarray(y)
        classes = np.arange(matrix.shape[1]) if columns is None else np.asarray(columns)
        if names is not None:
            classes = np.asarray(list(names), dtype=str)
            if len(classes) != matrix.shape[1]:
                raise ValueError(
                    f"labels names {len(classes)} labels and y has {matrix.shape[1]} columns. "
                    "Name each column once."
                )
        return _in_order_of_taxonomy(matrix != 0, "multi_label", classes)
    if kind not in ("binary", "multiclass"):
        raise ValueError(f"Unknown label type: {kind}. Give one label a text, or a 0/1 matrix.")
    values = column_or_1d(y, warn=True)
    if values.dtype.kind == "f":
        assert_all_finite(values, input_name="y")
    classes, positions = np.unique(values, return_inverse=True)
    return _in_order_of_taxonomy(
        np.eye(len(classes), dtype=bool)[positions], "single_label", classes
    )


def _in_order_of_taxonomy(matrix: Bools, task: Task, classes: npt.NDArray[Any]) -> Targets:
    names = [str(name) for name in classes.tolist()]
    taxonomy = taxonomy_of(names)
    places = np.array([taxonomy.labels.index(name) for name in names], dtype=np.intp)
    return Targets(matrix[:, np.argsort(places)], taxonomy, task, classes, places)
