"""Answers as plain data, from raw scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.inference.classifier import EmotionClassifier
from emoscope.text import is_empty

_DIGITS = 6

Scores = npt.NDArray[np.float32]


def ranked_scores(
    classifier: EmotionClassifier, texts: Sequence[str], scores: Scores, *, raw: bool
) -> list[list[dict[str, Any]]]:
    """For each text ``[{"score", "label"}, ...]``, highest first."""
    matrix = scores if raw else classifier.probabilities(scores, _empty(texts))
    order = np.argsort(-matrix, axis=1, kind="stable")
    labels = classifier.labels
    return [
        [{"score": round(row[j], _DIGITS), "label": labels[j]} for j in places]
        for row, places in zip(matrix.tolist(), order.tolist(), strict=True)
    ]


def emotions(
    classifier: EmotionClassifier, texts: Sequence[str], scores: Scores
) -> list[dict[str, Any]]:
    """For each text what passed, all probabilities, coarse labels and notes."""
    predictions = classifier.predictions(texts, scores)
    coarse = {} if classifier.is_rolled_up else _coarse(classifier, texts, scores)
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
            "rollups": {name: found[i] for name, found in coarse.items()},
            "notes": list(prediction.notes),
        }
        for i, prediction in enumerate(predictions)
    ]


def _coarse(
    classifier: EmotionClassifier, texts: Sequence[str], scores: Scores
) -> dict[str, list[dict[str, Any]]]:
    empty = _empty(texts)
    found = {}
    for name in classifier.taxonomy.rollups:
        coarse = classifier.rollup(name)
        probabilities = coarse.probabilities(scores, empty)
        held = coarse.decide(scores, empty)
        found[name] = [
            {
                "labels": [coarse.labels[j] for j in np.argsort(-row, kind="stable") if holds[j]],
                "probabilities": _rounded(zip(coarse.labels, row.tolist(), strict=True)),
            }
            for row, holds in zip(probabilities, held, strict=True)
        ]
    return found


def thresholds(classifier: EmotionClassifier) -> dict[str, float]:
    """The threshold of every label, rounded like probabilities."""
    return _rounded(classifier.thresholds.items())


def _rounded(pairs: Any) -> dict[str, float]:
    return {label: round(value, _DIGITS) for label, value in pairs}


def _empty(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.fromiter((is_empty(text) for text in texts), dtype=np.bool_, count=len(texts))
