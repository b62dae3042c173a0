"""The headline metrics of both tasks, formulas over the sums of a :class:`SampleSums`.

Averages: ``macro`` over the labels that occur, each alike, ``micro`` over all text-label pairs,
``weighted`` over labels by support, ``sample`` over texts. The rules for divisions by zero and for
labels without a text are those of :mod:`emoscope.metrics.counts`.
"""

from __future__ import annotations

import numpy as np

from emoscope.arrays import Floats
from emoscope.errors import DecisionError
from emoscope.metrics.contributions import SampleSums
from emoscope.metrics.counts import Counts, macro, ratio, weighted
from emoscope.taxonomy import Task


def headline(task: Task, sums: SampleSums) -> dict[str, Floats]:
    """Name -> value, or (n_resamples,) values when ``sums`` has a leading axis."""
    if task == "single_label":
        return single_label_headline(sums)
    if task == "multi_label":
        return multi_label_headline(sums)
    raise DecisionError(f"Unknown task {task!r}. Choose multi_label or single_label.")


def multi_label_headline(sums: SampleSums) -> dict[str, Floats]:
    """The metrics of a task with any number of labels a text."""
    counts, micro = sums.counts, sums.counts.pooled()
    n_labels = counts.support.shape[-1]
    wrong = (micro.predicted + micro.support - 2.0 * micro.true_positive)[..., 0]
    return {
        "macro_f1": macro(counts.f1, counts.support),
        "micro_f1": micro.f1[..., 0],
        "weighted_f1": weighted(counts.f1, counts.support),
        "sample_f1": sums.sample_f1 / sums.n_texts,
        "macro_precision": macro(counts.precision, counts.support),
        "micro_precision": micro.precision[..., 0],
        "weighted_precision": weighted(counts.precision, counts.support),
        "sample_precision": sums.sample_precision / sums.n_texts,
        "macro_recall": macro(counts.recall, counts.support),
        "micro_recall": micro.recall[..., 0],
        "weighted_recall": weighted(counts.recall, counts.support),
        "sample_recall": sums.sample_recall / sums.n_texts,
        "subset_accuracy": sums.exact / sums.n_texts,
        "hamming_loss": wrong / (sums.n_texts * n_labels),
    }


def single_label_headline(sums: SampleSums) -> dict[str, Floats]:
    """The metrics of a task with one label a text.

    Macro averages run over the labels that occur; macro recall is therefore balanced accuracy as
    scikit-learn defines it, and both names are given.
    """
    counts = sums.counts
    macro_recall = macro(counts.recall, counts.support)
    return {
        "accuracy": sums.exact / sums.n_texts,
        "balanced_accuracy": macro_recall,
        "macro_f1": macro(counts.f1, counts.support),
        "weighted_f1": weighted(counts.f1, counts.support),
        "macro_precision": macro(counts.precision, counts.support),
        "weighted_precision": weighted(counts.precision, counts.support),
        "macro_recall": macro_recall,
        "mcc": matthews(counts, sums.n_texts),
    }


def matthews(counts: Counts, n_texts: int) -> Floats:
    """Matthews correlation coefficient for K labels (Gorodkin 2004, R_K), from counts alone.

    0 when all texts have, or were given, the same label.
    """
    right = counts.true_positive.sum(axis=-1)
    covariance = right * n_texts - (counts.predicted * counts.support).sum(axis=-1)
    of_predicted = n_texts**2 - (counts.predicted**2).sum(axis=-1)
    of_truth = n_texts**2 - (counts.support**2).sum(axis=-1)
    return ratio(np.asarray(covariance), np.sqrt(of_predicted) * np.sqrt(of_truth))
