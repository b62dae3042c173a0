from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

import onnx
import torch
import transformers

from emoscope import load
from emoscope.data.examples import Examples
from emoscope.decisions import read_policy
from emoscope.errors import DataError, DeviceError, ExportError, FitOnTest
from emoscope.export import SCHEMES, ExportReport, Scheme, graphs, prune, schemes_with
from emoscope.export.graph import Graph
from emoscope.io.files import sha256_of
from emoscope.model_folder.manifest import read_manifest, write_manifest
from emoscope.models import neurons
from emoscope.scorers.onnx import OnnxScorer
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.training import choose_graph
from emoscope.training.finalize import export_again

pytestmark = pytest.mark.usefixtures("small_products", "coarse_f1")


@pytest.fixture
def coarse_f1(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single one of 48 texts moves macro-F1 by more than the 0.005 of real data."""
    monkeypatch.setattr(choose_graph, "F1_TOLERANCE", 0.1)


def export_model(
    folder: Path,
    *,
    validation: Examples | None = None,
    schemes: Sequence[Scheme] = SCHEMES,
    say: Callable[[str], None] = lambda line: None,
) -> ExportReport:
    return export_again(folder, validation=validation, schemes=schemes, say=say)


def contents(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): sha256_of(p) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_graphs_lie_in_the_folder_and_answer_as_torch(folder: Path, tiny_examples: Examples):
    validation = tiny_examples.split("validation")
    torch_scorer = load(folder).scorer
    assert type(torch_scorer).__name__ == "TorchScorer"
    expected = torch_scorer.logits(validation.texts)
    report = export_model(folder, validation=validation)
    manifest = read_manifest(folder)
    assert {"onnx/model.onnx", "onnx/model_quantized.onnx"} <= set(manifest.files)
    fp32 = OnnxScorer.load(folder, manifest, RuntimeOptions(graph="fp32", threads=1))
    np.testing.assert_allclose(fp32.logits(validation.texts), expected, atol=1e-4)
    assert report.fp32.greatest < 1e-4
    assert report.n_texts == len(validation)
    assert report.int8 is not None
    assert report.int8.macro_f1 >= report.fp32_macro_f1 - 0.1
    assert manifest.provenance["export"]["attempts"][-1]["accepted"]
    assert not (folder / "onnx.part").exists()


@pytest.mark.slow
def test_the_policy_is_fitted_again_on_the_scores_that_are_used(
    folder: Path, tiny_examples: Examples
):
    validation = tiny_examples.split("validation")
    before = read_policy(read_manifest(folder).policy)
    export_model(folder, validation=validation, schemes=[Scheme("static", "static")])
    classifier = load(folder)
    assert classifier.scorer.graph.name == "model_quantized.onnx"
    after = classifier.policy
    assert after.fitted_on["options"] == before.fitted_on["options"]
    assert after.calibration.slope.tolist() != before.calibration.slope.tolist()
    predicted = [p.labels for p in classifier(validation.texts)]
    decided = after.decide_scores(classifier.scorer.logits(validation.texts))
    names = np.array(classifier.labels)
    assert [set(p) for p in predicted] == [set(names[row]) for row in decided]


@pytest.mark.slow
def test_the_pipeline_of_transformers_gives_the_same_probabilities(
    folder: Path, tiny_examples: Examples
):
    texts = list(tiny_examples.texts[:12])
    export_model(folder, validation=tiny_examples.split("validation"))
    pipeline = transformers.pipeline(
        "text-classification", str(folder), top_k=None, function_to_apply="sigmoid"
    )
    found = [{row["label"]: row["score"] for row in rows} for rows in pipeline(texts)]
    options = RuntimeOptions(graph="fp32", threads=1)
    scores = OnnxScorer.load(folder, read_manifest(folder), options).logits(texts)
    expected = 1.0 / (1.0 + np.exp(-scores))
    names = read_manifest(folder).labels
    np.testing.assert_allclose(
        [[row[name] for name in names] for row in found], expected, atol=1e-5
    )


@pytest.mark.slow
def test_single_label(single_folder: Path, tiny_single_examples: Examples):
    report = export_model(single_folder, validation=tiny_single_examples.split("validation"))
    assert report.fp32_macro_f1 is not None
    assert load(single_folder)("i am glad today").labels


@pytest.mark.slow
def test_without_data_the_policy_stays(folder: Path):
    before = read_manifest(folder).policy
    report = export_model(folder)
    assert read_manifest(folder).policy == before
    assert report.fp32_macro_f1 is None
    assert report.int8.difference.mean < choose_graph.MEAN_TOLERANCE
    assert report.n_texts > 500


def test_fp32_alone(folder: Path, tiny_examples: Examples):
    report = export_model(folder, validation=tiny_examples.split("validation"), schemes=())
    assert report.int8 is None
    assert [p.name for p in (folder / "onnx").iterdir()] == ["model.onnx"]
    assert load(folder)("i am glad today").probabilities


def _shifted(model: onnx.ModelProto, by: float) -> onnx.ModelProto:
    """The same graph with every score ``by`` higher."""
    graph = Graph(model)
    last = graph.producers()["logits"]
    last.output[0] = "before"
    graph.add("Add", ["before", graph.add_constant("shift", np.float32(by))], "logits")
    return graph.build()


def test_a_drifted_graph_is_refused_and_nothing_changes(
    folder: Path, tiny_examples: Examples, monkeypatch: pytest.MonkeyPatch
):
    before = contents(folder)
    fused = graphs.fused_graph
    monkeypatch.setattr(graphs, "fused_graph", lambda model: _shifted(fused(model), 0.01))
    with pytest.raises(ExportError, match="differs from the model"):
        export_model(folder, validation=tiny_examples.split("validation"))
    assert contents(folder) == before


def _scrambled(
    quantise: Callable[..., onnx.ModelProto], *, names: set[str]
) -> Callable[..., onnx.ModelProto]:
    """Quantise, and for schemes of these ``names`` turn every score into its opposite."""

    def wrapped(model: onnx.ModelProto, scheme: Scheme, ranges: Any) -> onnx.ModelProto:
        made = quantise(model, scheme, ranges)
        if scheme.name not in names:
            return made
        graph = Graph(made)
        graph.producers()["logits"].output[0] = "before"
        graph.add("Neg", ["before"], "logits")
        return graph.build()

    return wrapped


@pytest.mark.slow
def test_int8_that_costs_too_much_is_refused_and_nothing_changes(
    folder: Path, tiny_examples: Examples, monkeypatch: pytest.MonkeyPatch
):
    before = contents(folder)
    every = {scheme.name for scheme in SCHEMES}
    monkeypatch.setattr(graphs, "quantise", _scrambled(graphs.quantise, names=every))
    with pytest.raises(ExportError, match=r"costs more than 0\.1 of validation macro-F1"):
        export_model(folder, validation=tiny_examples.split("validation"))
    with pytest.raises(ExportError, match=r"moves probabilities by more than 0\.01 on average"):
        export_model(folder)
    assert contents(folder) == before


@pytest.mark.slow
def test_the_next_way_is_tried(
    folder: Path, tiny_examples: Examples, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(graphs, "quantise", _scrambled(graphs.quantise, names={"static"}))
    report = export_model(folder, validation=tiny_examples.split("validation"))
    assert [(a.scheme, a.accepted) for a in report.attempts] == [
        ("static", False),
        ("dynamic", True),
    ]


def neurons_of(graph: Path) -> set[int]:
    """Sizes of the feed-forward layers of an int8 graph: rows of products behind GELU."""
    model = onnx.load(str(graph))
    shapes = {t.name: tuple(t.dims) for t in model.graph.initializer}
    made = {name: node for node in model.graph.node for name in node.output}
    products = [n for n in model.graph.node if n.op_type == "MatMulIntegerToFloat"]
    behind = [n for n in products if made[made[n.input[0]].input[0]].op_type == "Gelu"]
    return {shapes[node.input[1]][0] for node in behind}


@pytest.mark.slow
def test_neurons_are_left_out_where_a_share_is_asked_for(
    folder: Path, tiny_examples: Examples, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(neurons, "STEP", 8)
    monkeypatch.setattr(prune, "LEAST_TOKENS", 1)
    validation = tiny_examples.split("validation")
    whole = neurons_of_export(folder, validation, 1.0)
    report = export_model(folder, validation=validation, schemes=schemes_with(0.75))
    assert [(a.scheme, a.accepted) for a in report.attempts] == [
        ("static, 75% of the neurons", True)
    ]
    assert neurons_of(folder / "onnx" / "model_quantized.onnx") == {int(0.75 * n) for n in whole}
    assert load(folder)("i am glad today").probabilities


def neurons_of_export(folder: Path, validation: Examples, share: float) -> set[int]:
    export_model(folder, validation=validation, schemes=schemes_with(share))
    return neurons_of(folder / "onnx" / "model_quantized.onnx")


@pytest.mark.slow
def test_all_neurons_stay_where_texts_are_too_few_to_tell(folder: Path, tiny_examples: Examples):
    said: list[str] = []
    validation = tiny_examples.split("validation")
    report = export_model(
        folder, validation=validation, schemes=schemes_with(0.75), say=said.append
    )
    assert [a.scheme for a in report.attempts] == ["static"]
    assert any("too few texts" in line for line in said)


@pytest.mark.slow
def test_graphs_are_judged_by_texts_that_the_policy_was_not_fitted_on(
    folder: Path, tiny_examples: Examples
):
    manifest = read_manifest(folder)
    open_ = {**manifest.policy["fitted_on"]["options"], "thresholds": "auto"}
    policy = {**manifest.policy, "fitted_on": {**manifest.policy["fitted_on"], "options": open_}}
    write_manifest(folder, dataclasses.replace(manifest, policy=policy))
    report = export_model(folder, validation=tiny_examples.split("validation"))
    after = read_policy(read_manifest(folder).policy)
    assert report.int8.macro_f1 == after.held_out["macro_f1"]


@pytest.mark.slow
def test_exporting_again_replaces_the_graphs(folder: Path, tiny_examples: Examples):
    validation = tiny_examples.split("validation")
    export_model(folder, validation=validation)
    first = contents(folder)
    export_model(folder, validation=validation, schemes=())
    assert "onnx/model_quantized.onnx" in first
    assert "onnx/model_quantized.onnx" not in read_manifest(folder).files


def test_graphs_are_scored_by_the_threads_asked_for(
    folder: Path, tiny_examples: Examples, monkeypatch: pytest.MonkeyPatch
):
    threads = []
    opened = graphs.OnnxScorer

    def recording(*args: Any, options: RuntimeOptions, **more: Any) -> Any:
        threads.append(options.threads)
        return opened(*args, options=options, **more)

    monkeypatch.setattr(graphs, "OnnxScorer", recording)
    export_again(
        folder, validation=tiny_examples.split("validation"), schemes=SCHEMES[:1],
        runtime=RuntimeOptions(threads=1),
    )  # fmt: skip
    assert threads == [1, 1], "the fp32 graph and the int8 graph"


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA is here")
def test_cuda_that_is_not_there(folder: Path):
    with pytest.raises(DeviceError, match="'cuda' is not available"):
        export_again(folder, schemes=(), runtime=RuntimeOptions(device="cuda"))
    assert not (folder / "onnx").exists()


@pytest.mark.slow
def test_test_texts_are_no_validation(folder: Path, tiny_examples: Examples):
    validation = tiny_examples.split("validation")
    renamed = dataclasses.replace(validation, splits=np.full(len(validation), "test"))
    with pytest.raises(FitOnTest, match="'test'"):
        export_model(folder, validation=renamed)


@pytest.mark.slow
def test_other_labels(folder: Path, tiny_single_examples: Examples):
    with pytest.raises(DataError, match="other labels, or another task"):
        export_model(folder, validation=tiny_single_examples.split("validation"))


@pytest.mark.slow
def test_linear_models_have_no_graph(folder: Path):
    write_manifest(folder, dataclasses.replace(read_manifest(folder), kind="linear"))
    with pytest.raises(ExportError, match="of kind 'linear', which is used as it is"):
        export_model(folder)
