"""The table of an evaluation in the terminal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emoscope.cli.results import show_evaluation
from emoscope.evaluation.judge import judge_scores
from emoscope.inference.classifier import EmotionClassifier


def test_labels_without_a_text_are_named(
    emotion_classifier: EmotionClassifier, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = emotion_classifier.labels
    truth = np.eye(len(labels), dtype=bool)[[0, 0, 1, 1, 2]]
    scores = (4.0 * truth).astype(np.float32)
    found = judge_scores(
        emotion_classifier, scores, truth, split="test", texts_sha256="", bootstrap=50
    )
    assert found.to_json()["fine"]["labels_without_text"] == list(labels[3:])
    assert found.fine.headline["macro_f1"] == 1.0
    show_evaluation(found, "any")
    shown = " ".join(capsys.readouterr().out.split())
    assert f"No test text has {', '.join(labels[3:])}: not measured" in shown
    assert "1.000 to 1.000" in shown
    every = replace(found, fine=replace(found.fine, per_label=found.fine.per_label[:3]))
    show_evaluation(every, "any")
    assert "not measured" not in capsys.readouterr().out
