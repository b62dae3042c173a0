"""Finished runs for the commands that read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import emoscope.loading.load_model
from emoscope.data.examples import Examples
from emoscope.decisions import plain_policy
from emoscope.evaluation.judge import judge
from emoscope.inference.classifier import EmotionClassifier
from emoscope.model_folder.manifest import Manifest, write_manifest
from emoscope.taxonomy import make_taxonomy

LABELS = ("joy", "anger", "fear")


class FixedScorer:
    """Stands in for a model in runs whose scores are given."""

    labels = LABELS
    task = "multi_label"


def save_run(folder: Path, seed: int) -> Path:
    """A run of 40 texts, without its data."""
    random = np.random.default_rng(seed)
    truth = np.eye(3, dtype=np.bool_)[np.arange(40) % 3]
    examples = Examples(
        texts=tuple(f"text {i}" for i in range(40)),
        labels=truth,
        taxonomy=make_taxonomy("three", LABELS),
        task="multi_label",
        ids=tuple(map(str, range(40))),
        splits=np.repeat(["test"], 40),
    )
    policy = plain_policy(LABELS, "multi_label")
    classifier = EmotionClassifier(FixedScorer(), policy, examples.taxonomy)  # type: ignore[arg-type]
    scores = (2.0 * truth - 1.0 + random.normal(size=truth.shape)).astype(np.float32)
    judge(classifier, examples, scores=scores, bootstrap=0).save(folder)
    (folder / "model").mkdir()
    (folder / "model" / "linear.skops").write_bytes(b"not opened here")
    write_manifest(
        folder / "model", Manifest("linear", "multi_label", examples.taxonomy, policy.to_json())
    )
    return folder


@pytest.fixture
def loaded(
    goemotions_classifier: EmotionClassifier, monkeypatch: pytest.MonkeyPatch
) -> EmotionClassifier:
    monkeypatch.setattr(emoscope.loading.load_model, "load_with", lambda *_: goemotions_classifier)
    return goemotions_classifier


@pytest.fixture
def sample_run(tmp_path: Path) -> Path:
    return save_run(tmp_path / "sample-run", 0)


@pytest.fixture
def other_run(tmp_path: Path) -> Path:
    return save_run(tmp_path / "other-run", 1)
