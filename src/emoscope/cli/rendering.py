"""Predictions as bars, a table, JSON lines or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

from emoscope.cli.terminal import printable, show_table
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.prediction import Prediction
from emoscope.io.formulas import without_formula

_BAR = 30
"""Width of a full bar, in characters."""
_LEAST = 0.02
"""Labels less probable than this and below their threshold are not drawn."""

_NOTES = {
    "empty_text": "empty text: nothing to read",
    "low_coverage": "most of this text lies outside the model's vocabulary: do not rely on it",
    "long_text": "long text, read in overlapping windows",
}


def write(
    form: str,
    classifier: EmotionClassifier,
    texts: Iterable[str],
    out: TextIO,
    *,
    escape_formulas: bool = False,
) -> None:
    """Predict ``texts`` and write them to ``out`` in one of the forms, as they come."""
    if form == "bars":
        for prediction in classifier.stream(texts):
            out.write(printable(bars(classifier, prediction)) + "\n")
    elif form == "jsonl":
        for prediction in classifier.stream(texts):
            out.write(json.dumps(prediction.to_json(), ensure_ascii=False) + "\n")
    elif form == "csv":
        _write_csv(classifier, texts, out, without_formula if escape_formulas else str)
    else:
        _write_table(classifier, texts)


def bars(classifier: EmotionClassifier, prediction: Prediction) -> str:
    """One text: its labels strongest first, thresholds, notes and coarse groups."""
    lines = [f"  {_shortened(prediction.text, 90)}", ""]
    shown = [
        (label, p) for label, p in prediction.ranked() if label in prediction.labels or p >= _LEAST
    ]
    width = max((len(label) for label, _ in shown), default=0)
    for label, p in shown:
        holds = "●" if label in prediction.labels else " "
        bar = "█" * round(p * _BAR)
        lines.append(
            f"{holds} {label:<{width}}  {p:6.1%}  {bar:<{_BAR}}  "
            f"from {prediction.thresholds[label]:.0%}"
        )
    if not prediction.labels:
        lines.append("  no label passes its threshold")
    for name, coarse in _rollups(classifier, prediction).items():
        held = ", ".join(coarse.labels) or "none"
        lines.append(f"  {name}: {held}")
    lines += [f"  note: {_NOTES.get(note, note)}" for note in prediction.notes]
    return "\n".join(lines)


def _rollups(classifier: EmotionClassifier, prediction: Prediction) -> dict[str, Prediction]:
    if classifier.is_rolled_up:
        return {}
    texts, notes = [prediction.text], [prediction.notes]
    scores = classifier.scorer.logits(texts)
    return {
        name: classifier.rollup(name).predictions(texts, scores, notes)[0]
        for name in classifier.taxonomy.rollups
    }


def _write_csv(
    classifier: EmotionClassifier,
    texts: Iterable[str],
    out: TextIO,
    escape: Callable[[str], str],
) -> None:
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["text", "labels", "top_label", *map(escape, classifier.labels), "notes"])
    for prediction in classifier.stream(texts):
        table.writerow(
            [
                escape(prediction.text),
                escape(",".join(prediction.labels)),
                escape(prediction.top_label),
                *(f"{p:.6f}" for p in prediction.probabilities.values()),
                ",".join(prediction.notes),
            ]
        )


def _write_table(classifier: EmotionClassifier, texts: Iterable[str]) -> None:
    show_table(("text", "labels"), _table_rows(classifier.stream(texts)), numbers=False)


def _table_rows(predictions: Iterator[Prediction]) -> Iterator[tuple[Any, ...]]:
    for prediction in predictions:
        labels = [f"{label} {prediction.probabilities[label]:.0%}" for label in prediction.labels]
        notes = [f"({note})" for note in prediction.notes]
        yield _shortened(prediction.text, 70), " · ".join([*labels, *notes]) or "—"


def _shortened(text: str, width: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
