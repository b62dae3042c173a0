"""True positives, predictions and support; precision, recall and F1 of them, and their averages.

Two rules, everywhere in emoscope:

* A ratio whose denominator is zero counts as 0 (scikit-learn's ``zero_division=0``). So a label
  that is never predicted has precision 0, which lowers the macro average.
* A label that no text of the sample truly has cannot be measured on it. Macro averages run over the
  other labels (in scikit-learn: ``labels=`` those that occur); its false positives still count in
  micro averages. The same holds in every bootstrap resample and every fold.

All arrays may carry leading axes (one a bootstrap resample); the last axis is the label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoscope.arrays import Bools, Floats


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide element by element; 0 where the denominator is 0."""
    out: Floats = np.zeros(np.broadcast_shapes(numerator.shape, denominator.shape))
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


@dataclass(frozen=True, eq=False)
class Counts:
    """What all precision, recall and F1 values are made of; each array is (..., n_labels)."""

    true_positive: Floats
    predicted: Floats
    """Texts that were given the label: true and false positives."""
    support: Floats
    """Texts that truly have the label: true positives and false negatives."""

    @property
    def precision(self) -> Floats:
        """Share of the texts given a label that have it, (..., n_labels)."""
        return ratio(self.true_positive, self.predicted)

    @property
    def recall(self) -> Floats:
        """Share of the texts having a label that were given it, (..., n_labels)."""
        return ratio(self.true_positive, self.support)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall, ``2 TP / (predicted + support)``."""
        return ratio(2.0 * self.true_positive, self.predicted + self.support)

    def measured(self, name: str) -> Floats:
        """``precision``, ``recall`` or ``f1``; NaN for labels that no text truly has."""
        return np.where(self.support > 0, getattr(self, name), np.nan)

    def pooled(self) -> Counts:
        """Sum over labels, (..., 1): the precision, recall and F1 of that are the micro ones."""
        return Counts(
            self.true_positive.sum(axis=-1, keepdims=True),
            self.predicted.sum(axis=-1, keepdims=True),
            self.support.sum(axis=-1, keepdims=True),
        )


def count(truth: Bools, predicted: Bools) -> Counts:
    """Count over texts: two bool (n, n_labels) give arrays of shape (n_labels,)."""
    return Counts(
        (truth & predicted).sum(axis=0, dtype=np.float64),
        predicted.sum(axis=0, dtype=np.float64),
        truth.sum(axis=0, dtype=np.float64),
    )


def count_rows(truth: Bools, predicted: Bools) -> Counts:
    """Count over labels, one a text: arrays of shape (n, 1), for sample averages.

    A text with neither a true nor a predicted label gets F1 0 by the rule above, as it does
    in scikit-learn.
    """
    return Counts(
        (truth & predicted).sum(axis=1, dtype=np.float64, keepdims=True),
        predicted.sum(axis=1, dtype=np.float64, keepdims=True),
        truth.sum(axis=1, dtype=np.float64, keepdims=True),
    )


def macro(values: Floats, support: Floats) -> Floats:
    """Mean over the labels with support, (..., n_labels) -> (...); 0 when no label has any."""
    occurs = support > 0
    return ratio(np.where(occurs, values, 0.0).sum(axis=-1), occurs.sum(axis=-1) * 1.0)


def weighted(values: Floats, support: Floats) -> Floats:
    """Mean over labels weighted by support, (..., n_labels) -> (...); 0 when no label has any."""
    return ratio((values * support).sum(axis=-1), np.asarray(support.sum(axis=-1)))
