"""Predictions for people: bars and a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from emoscope.cli.terminal import show, show_table
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.prediction import Prediction, predictions
from emoscope.inference.texts import text_chunks
from emoscope.tokenizers.notes import EMPTY_TEXT, LONG_TEXT, LOW_COVERAGE, OTHER_LANGUAGE

_BAR = 30
"""Width of a full bar, in characters."""
_LEAST = 0.02
"""Labels less probable than this and below their threshold are not drawn."""
_CHUNK_TEXTS = 1024

_NOTES = {
    EMPTY_TEXT: "empty text: nothing to read",
    LOW_COVERAGE: "mostly words that are not in the model's vocabulary: do not rely on it",
    OTHER_LANGUAGE: "this text seems to be in another language than English: do not rely on it",
    LONG_TEXT: "long text, read in overlapping windows",
}


def write_bars(classifier: EmotionClassifier, texts: Iterable[str]) -> None:
    """Draw each of ``texts`` as bars on standard output; fine labels with their roll-ups below."""
    rollups = () if classifier.is_rolled_up else tuple(classifier.taxonomy.rollups)
    sets = classifier.label_sets(rollups)
    thresholds = classifier.thresholds
    for chunk in text_chunks(texts, _CHUNK_TEXTS):
        answers = classifier.answer(chunk, rollups)
        found = [
            predictions(chunk, answers, each.labels, thresholds if i == 0 else {}, i)
            for i, each in enumerate(sets)
        ]
        for prediction, *rolled in zip(*found, strict=True):
            show(bars(prediction, dict(zip(rollups, rolled, strict=True))))


def write_table(classifier: EmotionClassifier, texts: Iterable[str]) -> None:
    """Print ``texts`` with their labels as a table on standard output."""
    show_table(("text", "labels"), _table_rows(classifier.stream(texts)), numbers=False)


def bars(prediction: Prediction, rollups: dict[str, Prediction]) -> str:
    """One text: its labels strongest first, thresholds, notes, and the labels of ``rollups``."""
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
    lines += [f"  {name}: {', '.join(each.labels) or 'none'}" for name, each in rollups.items()]
    lines += [f"  note: {_NOTES.get(note, note)}" for note in prediction.notes]
    return "\n".join(lines)


def _table_rows(predictions: Iterator[Prediction]) -> Iterator[tuple[str, str]]:
    for prediction in predictions:
        labels = [f"{label} {prediction.probabilities[label]:.0%}" for label in prediction.labels]
        notes = [f"({note})" for note in prediction.notes]
        yield _shortened(prediction.text, 70), " · ".join([*labels, *notes]) or "—"


def _shortened(text: str, width: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
