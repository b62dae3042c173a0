"""The headline metrics of a multi-label task, from the sums of a :class:`SampleSums`."""

from __future__ import annotations

from emoscope.arrays import Floats
from emoscope.metrics.contributions import SampleSums
from emoscope.metrics.counts import macro, weighted


def multi_label_headline(sums: SampleSums) -> dict[str, Floats]:
    """Name -> value, or (n_resamples,) values when ``sums`` has a leading axis.

    Averages: ``macro`` over the labels that occur, each alike, ``micro`` over all text-label pairs,
    ``weighted`` over labels by support, ``sample`` over texts. The rules for divisions by zero and
    for labels without a text are those of :mod:`emoscope.metrics.counts`.
    """
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
