"""What a trained encoder becomes: calibrated in itself, exported, and judged as it will be used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("accelerate")

import emoscope  # noqa: E402
from emoscope.errors import ExportError  # noqa: E402
from emoscope.export import graphs  # noqa: E402
from emoscope.export import matmuls as products  # noqa: E402
from emoscope.inference.classifier import EmotionClassifier  # noqa: E402
from emoscope.model_folder.manifest import read_manifest  # noqa: E402
from emoscope.scorers.onnx import OnnxScorer  # noqa: E402
from emoscope.scorers.runtime_options import RuntimeOptions  # noqa: E402
from emoscope.training import choose_graph  # noqa: E402
from emoscope.training.recipe import Recipe, parse_recipe  # noqa: E402
from emoscope.training.train import Run, train  # noqa: E402

WORDS = {"joy": ["glad", "happy", "cheerful", "merry"], "anger": ["angry", "furious", "mad"]}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 short texts of two emotions, some with both."""
    random = np.random.default_rng(0)
    lines = ["text,labels"]
    for _ in range(120):
        held = [label for label in WORDS if random.random() < 0.5] or ["joy"]
        words = [WORDS[label][random.integers(3)] for label in held]
        lines.append(f'we are {" and ".join(words)} now,"{";".join(held)}"')
    path = tmp_path_factory.mktemp("data") / "feelings.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def recipe(encoder: Path, **changes: object) -> Recipe:
    return parse_recipe(
        {
            "name": "tiny",
            "data": {"text": "text", "labels": "labels"},
            "model": {"kind": "encoder", "encoder": str(encoder), "pooling": "mean"},
            "training": {
                "epochs": 6, "batch_size": 16, "learning_rate": 5e-3, "max_length": 16,
                "device": "cpu", "precision": "fp32",
            },
            "policy": {"repeats": 1, "folds": 2, "calibration": "platt", "thresholds": "plug_in",
                       "fallback": "top"},
            **changes,
        }
    )  # fmt: skip


def trained(recipe: Recipe, table: Path, runs: Path, said: list[str] | None = None) -> Run:
    run = train(recipe, data=table, runs=runs, say=[].append if said is None else said.append)
    assert run is not None
    return run


@pytest.fixture(scope="module")
def run(tiny_encoder: Path, table: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "LEAST_WEIGHTS", 256)
        patch.setattr(choose_graph, "F1_TOLERANCE", 0.1)
        return trained(recipe(tiny_encoder), table, tmp_path_factory.mktemp("runs"))


@pytest.mark.slow
def test_training_ends_with_graphs_and_judges_the_one_that_is_used(run: Run) -> None:
    assert (run.model_folder / "onnx/model_quantized.onnx").is_file()
    assert isinstance(run.classifier.scorer, OnnxScorer)
    opened = emoscope.load(run.folder)
    assert opened.scorer.graph.name == "model_quantized.onnx"
    assert run.test is not None
    with np.load(run.folder / "scores/test.npz") as saved:
        texts = run.examples.split("test").texts
        np.testing.assert_array_equal(opened.scorer.logits(texts), saved["scores"])
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["provenance"]["export"]["attempts"][-1]["accepted"]
    card = (run.model_folder / "README.md").read_text(encoding="utf-8")
    assert "onnxruntime.InferenceSession" in card


@pytest.mark.slow
def test_a_pipeline_gives_the_probabilities_of_emoscope(run: Run) -> None:
    """The calibration lies in the last layer, so that whoever opens the folder gets it."""
    classifier = run.classifier
    assert classifier.policy.calibration.kind == "none"
    assert classifier.policy.fitted_on["folded"]["kind"] == "platt"
    texts = list(run.examples.split("validation").texts)
    pipeline = transformers.pipeline(
        "text-classification", str(run.model_folder), top_k=None, function_to_apply="sigmoid"
    )
    rows = [{row["label"]: row["score"] for row in found} for found in pipeline(texts)]
    found = np.array([[row[label] for label in classifier.labels] for row in rows])
    np.testing.assert_allclose(found, classifier.predict_proba(texts), atol=0.02)  # int8
    manifest = read_manifest(run.model_folder)
    fp32 = OnnxScorer.load(run.model_folder, manifest, RuntimeOptions(graph="fp32"))
    exact = EmotionClassifier(fp32, classifier.policy, classifier.taxonomy)
    np.testing.assert_allclose(found, exact.predict_proba(texts), atol=1e-5)


@pytest.mark.slow
def test_without_export_torch_runs(tiny_encoder: Path, table: Path, tmp_path: Path) -> None:
    run = trained(recipe(tiny_encoder, export="none"), table, tmp_path)
    assert not (run.model_folder / "onnx").exists()
    assert type(run.classifier.scorer).__name__ == "TorchScorer"
    assert run.classifier.policy.fitted_on["folded"]["kind"] == "platt"


@pytest.mark.slow
def test_a_model_too_small_to_quantise_is_exported_all_the_same(
    tiny_encoder: Path, table: Path, tmp_path: Path
) -> None:
    run = trained(recipe(tiny_encoder), table, tmp_path)
    assert (run.model_folder / "onnx/model_quantized.onnx").is_file()
    assert emoscope.load(run.folder)("we are glad").labels


@pytest.mark.slow
def test_a_model_that_has_no_graph_is_trained_all_the_same(
    tiny_encoder: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(model: object) -> None:
        raise ExportError("torch cannot write this model as an ONNX graph.")

    monkeypatch.setattr(graphs, "fused_graph", refuse)
    said: list[str] = []
    run = trained(recipe(tiny_encoder), table, tmp_path, said)
    assert "torch cannot write this model as an ONNX graph." in said
    assert run.test is not None
    assert emoscope.load(run.folder)("we are glad").labels
