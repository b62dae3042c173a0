"""Fit, finalize and judge by themselves: who reads which texts, and how often."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

import emoscope
from emoscope.data.examples import Examples
from emoscope.data.load import load_examples
from emoscope.errors import FitOnTest
from emoscope.evaluation.judge import judge
from emoscope.training import finalize as finalize_module
from emoscope.training.finalize import finalize
from emoscope.training.fit import fit
from emoscope.training.recipe import Recipe, parse_recipe
from emoscope.training.train import train

LINEAR = parse_recipe(
    {
        "name": "small",
        "data": {"name": "everyday", "sample": 600},
        "model": {"kind": "linear"},
        "policy": {
            "calibration": "platt",
            "thresholds": "plug_in",
            "fallback": "none",
            "repeats": 1,
            "folds": 2,
        },
    }
)


class Guarded(tuple[str, ...]):
    """Texts of which some raise when they are read."""

    forbidden: frozenset[int] = frozenset()

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice) or int(row) in self.forbidden:
            raise AssertionError("a test text was read")
        return super().__getitem__(row)

    def __iter__(self) -> Any:
        raise AssertionError("all texts were read")


def guarded(examples: Examples) -> Examples:
    texts = Guarded(examples.texts)
    texts.forbidden = frozenset(np.flatnonzero(examples.splits == "test").tolist())
    return dataclasses.replace(examples, texts=texts)


def test_the_guard_works() -> None:
    with pytest.raises(AssertionError, match="test text"):
        guarded(load_examples(LINEAR.data)).split("test")


@pytest.mark.slow
def test_fit_and_finalize_read_no_test_text_and_write_in_their_folder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = guarded(load_examples(LINEAR.data))
    monkeypatch.chdir(tmp_path)
    fitted = fit(LINEAR, examples, tmp_path / "run")
    model = finalize(LINEAR, fitted, examples.split("validation"))
    model.save()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    opened = emoscope.load(tmp_path / "run" / "model")
    assert opened.policy.to_json() == model.classifier.policy.to_json()
    assert opened.manifest is not None
    assert opened.manifest.metrics == {}
    readable = load_examples(LINEAR.data)
    assert judge(opened, readable, "test", bootstrap=0).fine.headline["macro_f1"] > 0.1


def test_finalize_refuses_rows_of_the_test_split(tmp_path: Path) -> None:
    examples = load_examples(LINEAR.data)
    fitted = fit(LINEAR, examples, tmp_path)
    for rows in (examples, examples.split("test"), examples.split("test").select([0, 1])):
        with pytest.raises(FitOnTest):
            finalize(LINEAR, fitted, rows)


@pytest.fixture
def manifests(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders of all manifests that are written."""
    written: list[Path] = []
    original = finalize_module.write_manifest

    def counting(folder: Path, manifest: Any) -> Any:
        written.append(folder)
        return original(folder, manifest)

    monkeypatch.setattr(finalize_module, "write_manifest", counting)
    return written


def count_scoring(patch: pytest.MonkeyPatch, scorer: type, found: list[tuple[str, int]]) -> None:
    original = scorer.logits  # type: ignore[attr-defined]

    def counting(self: Any, texts: Sequence[str]) -> Any:
        graph = getattr(self, "graph", None)
        found.append((scorer.__name__ if graph is None else graph.name, len(texts)))
        return original(self, texts)

    patch.setattr(scorer, "logits", counting)
    if scorer.__name__ == "OnnxScorer":  # the others' parts come from their logits
        parts = scorer.score_parts  # type: ignore[attr-defined]

        def counting_parts(self: Any, texts: Sequence[str]) -> Any:
            found.append((self.graph.name, len(texts)))
            return parts(self, texts)

        patch.setattr(scorer, "score_parts", counting_parts)


def test_a_linear_run_scores_each_split_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifests: list[Path]
) -> None:
    from emoscope.scorers.linear import LinearScorer

    scored: list[tuple[str, int]] = []
    count_scoring(monkeypatch, LinearScorer, scored)
    run = train(LINEAR, runs=tmp_path)
    assert run is not None
    sizes = [len(run.examples.split(name)) for name in ("validation", "test")]
    assert [n for _, n in scored] == [*sizes, 1]  # the folder is opened, which tries one text
    assert len(manifests) == 1
    assert run.test is not None
    assert run.classifier.manifest is not None
    assert run.classifier.manifest.metrics["split"] == "test"


def encoder_recipe(encoder: Path) -> Recipe:
    return parse_recipe(
        {
            "name": "tiny",
            "data": {"name": "everyday", "sample": 600},
            "model": {"kind": "encoder", "encoder": str(encoder), "pooling": "mean"},
            "training": {"max_steps": 2, "max_length": 16, "device": "cpu", "precision": "fp32"},
            "policy": {
                "calibration": "platt",
                "thresholds": "plug_in",
                "fallback": "none",
                "repeats": 1,
                "folds": 2,
            },
        }
    )


@pytest.mark.slow
def test_an_encoder_run_scores_validation_once_a_graph_and_opens_torch_once(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manifests: list[Path]
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("accelerate")
    from emoscope.models.torch_scorer import TorchScorer
    from emoscope.scorers.onnx import OnnxScorer

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("torch was loaded from disk")

    scored: list[tuple[str, int]] = []
    count_scoring(monkeypatch, TorchScorer, scored)
    count_scoring(monkeypatch, OnnxScorer, scored)
    monkeypatch.setattr(TorchScorer, "load", refuse)
    run = train(encoder_recipe(tiny_encoder), runs=tmp_path)
    assert run is not None
    n_validation, n_test = (len(run.examples.split(name)) for name in ("validation", "test"))
    assert scored == [
        ("TorchScorer", n_validation),
        ("model.onnx", n_validation),
        ("model_quantized.onnx", n_validation),
        ("model_quantized.onnx", n_test),
    ]
    assert len(manifests) == 1
