"""Answers as plain data, from raw scores; each label set is decided once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.prediction import Prediction, predictions
from emoscope.scorers.scorer import Scored

_DIGITS = 6


def ranked_scores(
    classifier: EmotionClassifier, texts: Sequence[str], scored: Scored, *, raw: bool
) -> list[list[dict[str, Any]]]:
    """For each text ``[{"score", "label"}, ...]``, highest first."""
    matrix = scored.scores
    if not raw:
        matrix = classifier.decide(texts, scored).sets[0].probabilities
    order = np.argsort(-matrix, axis=1, kind="stable")
    labels = classifier.labels
    return [
        [{"score": round(row[j], _DIGITS), "label": labels[j]} for j in places]
        for row, places in zip(matrix.tolist(), order.tolist(), strict=True)
    ]


def emotions(
    classifier: EmotionClassifier, texts: Sequence[str], scored: Scored
) -> list[dict[str, Any]]:
    """For each text what passed, all probabilities, roll-ups and notes."""
    rollups = () if classifier.is_rolled_up else tuple(classifier.taxonomy.rollups)
    answers = classifier.decide(texts, scored, rollups)
    rolled = {
        name: predictions(texts, answers, each.labels, {}, i)
        for i, (name, each) in enumerate(
            zip(rollups, classifier.label_sets(rollups)[1:], strict=True), start=1
        )
    }
    own = predictions(texts, answers, classifier.labels, classifier.thresholds)
    return [
        {
            "labels": [
                {
                    "label": label,
                    "probability": round(prediction.probabilities[label], _DIGITS),
                    "threshold": round(prediction.thresholds[label], _DIGITS),
                }
                for label in prediction.labels
            ],
            "top_label": prediction.top_label,
            "probabilities": _rounded(prediction.probabilities.items()),
            "rollups": {name: _rollup(found[i]) for name, found in rolled.items()},
            "notes": list(prediction.notes),
        }
        for i, prediction in enumerate(own)
    ]


def thresholds(classifier: EmotionClassifier) -> dict[str, float]:
    """The threshold of every label, rounded like probabilities."""
    return _rounded(classifier.thresholds.items())


def _rollup(prediction: Prediction) -> dict[str, Any]:
    return {
        "labels": list(prediction.labels),
        "probabilities": _rounded(prediction.probabilities.items()),
    }


def _rounded(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {label: round(value, _DIGITS) for label, value in pairs}
