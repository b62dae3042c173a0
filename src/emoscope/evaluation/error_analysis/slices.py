"""Metrics on parts of the test set: by length, by number of labels, by surface feature."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emoscope.arrays import Bools, Rows
from emoscope.metrics import bootstrap_intervals
from emoscope.metrics.contributions import contributions, sum_contributions
from emoscope.metrics.headline import headline
from emoscope.taxonomy import Task

LENGTH_BINS = 8
RESAMPLES = 500
"""Fewer than for the headline: there are two dozen parts."""


@dataclass(frozen=True)
class Slice:
    """One part of the test set and the metric on it."""

    kind: str
    """``words``, ``true labels`` or ``surface``."""
    name: str
    n_texts: int
    value: float
    """Micro-F1, or accuracy in a single-label task; NaN without texts."""
    low: float
    high: float
    """NaN when the interval would not hold the value."""
    exact: float
    """Share of the texts whose labels are exactly right."""


def metric_of(task: Task) -> str:
    """The headline metric that makes sense on a part: macro-F1 would mostly miss labels."""
    return "accuracy" if task == "single_label" else "micro_f1"


def measure_slice(
    task: Task, kind: str, name: str, truth: Bools, predicted: Bools, seed: int = 0
) -> Slice:
    """Measure one part, given as its rows (n, n_labels)."""
    if not len(truth):
        nan = float("nan")
        return Slice(kind, name, 0, nan, nan, nan, nan)
    metric = metric_of(task)
    value = float(headline(task, sum_contributions(contributions(truth, predicted)))[metric])
    low, high = bootstrap_intervals(task, truth, predicted, resamples=RESAMPLES, seed=seed).get(
        metric, (np.nan, np.nan)
    )
    exact = float((truth == predicted).all(axis=1).mean())
    return Slice(kind, name, len(truth), value, low, high, exact)


def length_slices(task: Task, texts: Sequence[str], truth: Bools, predicted: Bools) -> list[Slice]:
    """Parts of about equal size by the number of words."""
    words = np.array([len(text.split()) for text in texts])
    return [
        measure_slice(task, "words", name, truth[rows], predicted[rows])
        for name, rows in _length_bins(words)
    ]


def label_count_slices(task: Task, truth: Bools, predicted: Bools, most: int = 3) -> list[Slice]:
    """Parts by the number of true labels; ``most`` and more are one."""
    held = truth.sum(axis=1)
    parts = [(str(k), held == k) for k in range(most)] + [(f"{most} or more", held >= most)]
    return [
        measure_slice(task, "true labels", name, truth[rows], predicted[rows])
        for name, rows in parts
        if rows.any()
    ]


def surface_slices(task: Task, texts: Sequence[str], truth: Bools, predicted: Bools) -> list[Slice]:
    """Texts with each surface feature, and those without any."""
    masks = {name: feature_mask(name, texts) for name in FEATURES}
    masks["none of these"] = ~np.logical_or.reduce(list(masks.values()))
    return [
        measure_slice(task, "surface", name, truth[rows], predicted[rows])
        for name, rows in masks.items()
    ]


def _length_bins(words: Rows) -> Iterator[tuple[str, Bools]]:
    edges = np.unique(np.quantile(words, np.linspace(0, 1, LENGTH_BINS + 1), method="inverted_cdf"))
    lows = edges[:-1] if len(edges) > 1 else edges
    highs = np.append(lows[1:] - 1, edges[-1])
    for low, high in zip(lows.tolist(), highs.tolist(), strict=True):
        rows = (words >= low) & (words <= high)
        if rows.any():
            yield (f"{low}" if low == high else f"{low}–{high}"), rows


_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|neither|nor|nowhere|without|cannot)\b"
    # contracted, with either apostrophe or, as in the Emotion data, without one
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|wo|would|could|should|ca|ai|must|need)n['’]?t\b"
    # or with a space in the place of the apostrophe
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|would|could|should)n t\b",
    re.IGNORECASE,
)
# Pictographs, dingbats, transport, flags and the stars and hearts of older blocks; not the arrows
# and box drawings between them, and no digits, which Unicode counts among emoji as well.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff"
    "\U0001fa70-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a\u231b]"
)
_MASK = re.compile(r"\[[A-Z]+\]")  # GoEmotions writes [NAME] and [RELIGION]
_SHOUTED = re.compile(r"\b[^\W\d_]{3,}\b")

FEATURES: dict[str, Callable[[str], bool]] = {
    "negation": lambda text: bool(_NEGATION.search(text)),
    "question mark": lambda text: "?" in text,
    "exclamation mark": lambda text: "!" in text,
    "emoji": lambda text: bool(_EMOJI.search(text)),
    "word in capitals": lambda text: _has_shouted_word(text),
}
"""Name -> whether a text has it."""


def feature_mask(name: str, texts: Sequence[str]) -> Bools:
    """Which texts have the feature ``name`` of :data:`FEATURES`, (n_texts,)."""
    has = FEATURES[name]
    return np.fromiter((has(text) for text in texts), dtype=np.bool_, count=len(texts))


def _has_shouted_word(text: str) -> bool:
    """Three letters or more, all capitals; masks as [NAME] do not count."""
    return any(word.isupper() for word in _SHOUTED.findall(_MASK.sub(" ", text)))
