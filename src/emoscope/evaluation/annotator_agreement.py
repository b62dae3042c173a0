"""Annotator agreement on GoEmotions: one rater with the released labels, and rater with rater.

A model is judged against labels that two or more raters agreed on. One more rater, judged the same
way, is the reference for what its numbers mean. Two measures:

* a single rating against the released labels, as if it were a model's prediction. Optimistic, since
  the rater's own vote helped to make the released labels;
* two ratings of the same text against each other, each taken as the truth once. Pessimistic
  as a reference for a model, since a single rating is a noisier truth than the released labels.

Intervals come from resampling texts, with all their ratings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emoscope.arrays import Bools, Floats, Rows
from emoscope.data.examples import Examples
from emoscope.data.goemotions_raw import read_ratings
from emoscope.data.load import load_examples
from emoscope.data.settings import DataSettings
from emoscope.errors import DataError, DataNotFound, NoExamples
from emoscope.evaluation.intervals import Estimates, bootstrap_estimates
from emoscope.metrics.bootstrap import RESAMPLES, draw_weights
from emoscope.metrics.counts import Counts, macro
from emoscope.taxonomy import GOEMOTIONS, Task, Taxonomy


@dataclass(frozen=True, eq=False)
class Agreement:
    """F1 of one kind of comparison."""

    n_compared: int
    """Ratings, or ordered pairs of ratings."""
    n_texts: int
    macro: Estimates
    micro: Estimates
    """Scalars with their intervals; macro over the labels that occur in the truth."""
    f1: Estimates
    """Of each label, (n_labels,); NaN for a label that is never true."""
    support: Floats
    """How often each label is true, (n_labels,)."""
    kappa: Floats
    """Agreement beyond chance of each label, (n_labels,); NaN where no rating has the label."""


@dataclass(frozen=True, eq=False)
class HumanReference:
    """Agreement of the raters, and the counts behind it."""

    taxonomy: Taxonomy
    n_ratings: int
    n_texts: int
    n_raters: int
    n_unclear: int
    """Ratings that were marked unclear and left out."""
    n_released: int
    """Ratings of texts that have released labels."""
    against_released: Agreement
    between_raters: Agreement | None
    """None when no text has two ratings."""

    def fits(self, labels: Sequence[str], task: Task) -> bool:
        """Whether a model is comparable: the same labels, any number a text."""
        return tuple(labels) == self.taxonomy.labels and task == "multi_label"


def read_human_reference(
    files: Sequence[Path], released: Examples, *, resamples: int = RESAMPLES, seed: int = 0
) -> HumanReference:
    """Read rating files and compare them with the released labels, known by id.

    Raises :class:`DataError` when no rating is of a released text.
    """
    if released.taxonomy.labels != GOEMOTIONS.labels:
        raise DataError(
            f"The ratings have GoEmotions' 28 labels, but {released.name} has others. Give the "
            "official GoEmotions folder with --data."
        )
    ratings = read_ratings(files)
    n = len(ratings.chosen)
    held = np.zeros((n, len(GOEMOTIONS)), dtype=np.bool_)
    for row, chosen in enumerate(ratings.chosen):
        held[row, list(chosen)] = True
    row_of = {row_id: row for row, row_id in enumerate(released.ids)}
    by_number = np.array([row_of.get(row_id, -1) for row_id in ratings.numbers], dtype=np.intp)
    return human_reference(
        np.array(ratings.rated, dtype=np.intp),
        held,
        by_number,
        released.labels,
        n_raters=len({rater for _, rater in ratings.seen}),
        n_unclear=ratings.unclear,
        resamples=resamples,
        seed=seed,
    )


def released_labels(
    data: Path | None = None, say: Callable[[str], None] = lambda line: None
) -> Examples:
    """The released GoEmotions, from ``data`` or wherever it lies.

    Raises :class:`DataError` when it is not found: ``everyday`` cannot replace it.
    """
    examples = load_examples(DataSettings(name="goemotions"), data, trainable=False)
    if examples.name != "goemotions":
        raise DataNotFound(
            "The released labels of GoEmotions are needed to compare ratings with, and were not "
            "found. Name the folder that holds GoEmotions with --data."
        )
    say(examples.notes[0])
    return examples


def human_reference(
    texts: Rows,
    ratings: Bools,
    released_row: Rows,
    released: Bools,
    *,
    n_raters: int = 0,
    n_unclear: int = 0,
    taxonomy: Taxonomy = GOEMOTIONS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> HumanReference:
    """Measure agreement.

    ``ratings`` (n_ratings, n_labels) are of the texts numbered ``texts`` (n_ratings,);
    ``released_row`` (n_texts,) is each text's row in ``released`` (n_released, n_labels), or -1.
    """
    rows = released_row[texts] if len(texts) else np.empty(0, dtype=np.intp)
    known = rows >= 0
    if not known.any():
        raise NoExamples(
            "None of the ratings is of a text with released labels. Give the GoEmotions folder "
            "whose ids these ratings have."
        )
    first, second = _pairs(texts)
    return HumanReference(
        taxonomy=taxonomy,
        n_ratings=len(texts),
        n_texts=len(np.unique(texts)),
        n_raters=n_raters,
        n_unclear=n_unclear,
        n_released=int(known.sum()),
        against_released=_agreement(
            texts[known], released[rows[known]], ratings[known], resamples, seed
        ),
        between_raters=_agreement(texts[first], ratings[first], ratings[second], resamples, seed)
        if len(first)
        else None,
    )


def _pairs(texts: Rows) -> tuple[Rows, Rows]:
    """Every two ratings of the same text, in both orders."""
    order = np.argsort(texts, kind="stable")
    starts = np.flatnonzero(np.diff(texts[order], prepend=-1))
    first: list[int] = []
    second: list[int] = []
    for group in np.split(order, starts[1:]):
        for a in group.tolist():
            for b in group.tolist():
                if a != b:
                    first.append(a)
                    second.append(b)
    return np.array(first, dtype=np.intp), np.array(second, dtype=np.intp)


def _agreement(texts: Rows, truth: Bools, given: Bools, resamples: int, seed: int) -> Agreement:
    _, of_text = np.unique(texts, return_inverse=True)
    n_texts = int(of_text.max()) + 1
    parts = [truth & given, given, truth]
    by_text = np.zeros((n_texts, 3 * truth.shape[1]))
    np.add.at(by_text, of_text, np.concatenate(parts, axis=1).astype(np.float64))
    point = Counts(*np.split(by_text.sum(axis=0), 3))
    blocks = [weights @ by_text for weights in draw_weights(n_texts, resamples, seed)]
    drawn = Counts(*np.split(np.concatenate(blocks), 3, axis=-1))
    return Agreement(
        n_compared=len(truth),
        n_texts=n_texts,
        macro=bootstrap_estimates(macro(point.f1, point.support), macro(drawn.f1, drawn.support)),
        micro=bootstrap_estimates(point.pooled().f1[..., 0], drawn.pooled().f1[..., 0]),
        f1=bootstrap_estimates(point.f1, drawn.measured("f1")).where(point.support > 0),
        support=point.support,
        kappa=_kappa(point, len(truth)),
    )


def _kappa(counts: Counts, n: int) -> Floats:
    """Cohen's kappa of each label on its own, (n_labels,)."""
    agreed = 1.0 - (counts.predicted + counts.support - 2.0 * counts.true_positive) / n
    p, q = counts.predicted / n, counts.support / n
    by_chance = p * q + (1.0 - p) * (1.0 - q)
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa = (agreed - by_chance) / (1.0 - by_chance)
    return np.where((counts.predicted > 0) | (counts.support > 0), kappa, np.nan)
