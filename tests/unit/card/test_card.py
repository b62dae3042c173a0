from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emoscope.card import model_card, write_card
from emoscope.data.known_datasets import published_data
from emoscope.decisions import plain_policy
from emoscope.model_folder.manifest import Manifest, read_manifest, write_manifest
from emoscope.taxonomy import EMOTION, GOEMOTIONS, Task, Taxonomy, make_taxonomy

METRICS = {
    "split": "test",
    "n_texts": 5427,
    "headline": {"macro_f1": 0.51234, "micro_f1": 0.6, "sample_f1": 0.61, "subset_accuracy": 0.4},
    "intervals": {"macro_f1": [0.49, 0.53]},
    "rollups": {"ekman": {"macro_f1": 0.6}},
}


def manifest(
    *,
    kind: Any = "encoder",
    taxonomy: Taxonomy = GOEMOTIONS,
    task: Task = "multi_label",
    data: str = "goemotions",
    metrics: Any = METRICS,
    recipe: Any = None,
) -> Manifest:
    return Manifest(
        kind=kind,
        task=task,
        taxonomy=taxonomy,
        policy=plain_policy(taxonomy.labels, task).to_json(),
        max_length=64,
        provenance={
            "recipe": recipe or {"name": "mini", "model": {"encoder": "owner/mini-encoder"}},
            "seed": 3,
            "data": {
                "name": data,
                "rows": {"train": 43410, "validation": 5426, "test": 0},
                "files": [{"name": "train.tsv", "sha256": "ab" * 32, "rows": 43410}],
            },
            "versions": {"python": "3.11.7"},
            "fit_seconds": 12.5,
        },
        metrics=metrics,
    )


def head(card: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    found = yaml.safe_load(card.split("---\n")[1])
    assert isinstance(found, dict)
    return found


def test_metadata_is_what_the_hub_reads() -> None:
    hub = pytest.importorskip("huggingface_hub")
    card = hub.ModelCard(model_card(manifest()))
    data = card.data
    assert data.license == "cc-by-4.0"
    assert data.language == ["en"]
    assert data.datasets == ["google-research-datasets/go_emotions"]
    assert data.base_model == "owner/mini-encoder"
    assert data.pipeline_tag == "text-classification"
    assert data.library_name == "transformers"
    assert data.metrics == ["f1"]
    assert "multi-label" in data.tags
    assert data.eval_results is not None
    results = {each.metric_name: each for each in data.eval_results}
    assert results["macro-F1"].metric_value == 0.5123
    assert results["macro-F1"].metric_type == "f1"
    assert results["macro-F1"].dataset_split == "test"
    assert results["subset accuracy"].metric_type == "accuracy"


def test_terms_that_are_no_known_licence_have_name_and_link() -> None:
    card = manifest(taxonomy=EMOTION, task="single_label", data="emotion", kind="linear",
                    metrics={"headline": {"accuracy": 0.9, "macro_f1": 0.8}})  # fmt: skip
    data = head(model_card(card))
    assert data["license"] == "other"
    assert data["license_name"] == "educational-and-research-use"
    assert data["license_link"].startswith("https://")
    assert data["metrics"] == ["accuracy", "f1"]
    assert data["library_name"] == "emoscope"


def test_a_licence_may_be_chosen() -> None:
    data = head(model_card(manifest(), license_id="apache-2.0"))
    assert data["license"] == "apache-2.0"
    assert "license_name" not in data


def test_data_of_ones_own_claims_nothing() -> None:
    strange = 'yes: "no" # 1'
    own = manifest(data=strange, taxonomy=make_taxonomy("own", ("a|b", "c")), metrics={
        "n_texts": 3, "headline": {"macro_f1": 0.5}}, recipe={"name": "on"})  # fmt: skip
    text = model_card(own)
    data = head(text)
    assert data["license"] == "unknown"
    assert "language" not in data
    assert "datasets" not in data
    assert data["model-index"][0]["name"] == "on"  # not the truth value that YAML makes of it
    assert data["model-index"][0]["results"][0]["dataset"]["name"] == strange
    assert r"| a\|b | 0.500 |" in text
    assert "The biases of the data are not known here" in text
    pytest.importorskip("huggingface_hub").ModelCard(text)


def test_hub_data_is_named_by_its_id() -> None:
    asked = {"name": "x", "data": {"name": "hub:somebody/feelings"}}
    assert head(model_card(manifest(data="feelings", recipe=asked)))["datasets"] == [
        "somebody/feelings"
    ]


def test_a_fallback_to_the_sample_is_not_called_goemotions() -> None:
    asked = {"name": "x", "data": {"name": "goemotions"}}
    text = model_card(manifest(data="everyday", recipe=asked))
    assert head(text)["license"] == "cc0-1.0"
    assert "google-research" not in text


def test_a_folder_as_encoder_is_not_published() -> None:
    text = model_card(manifest(recipe={"name": "x", "model": {"encoder": "/home/me/models/mini"}}))
    assert "base_model" not in head(text)
    assert "/home/me" not in text


def test_without_test_split_nothing_is_claimed() -> None:
    text = model_card(manifest(metrics={}))
    assert "model-index" not in head(text)
    assert "Not measured: the data had no test split." in text


def test_metrics_stand_with_intervals_and_labels_with_thresholds() -> None:
    row = {"label": "grief", "support": 6, "precision": 0.5, "recall": 0.25, "f1": 0.3333}
    text = model_card(manifest(metrics=METRICS | {"per_label": [row]}))
    assert "| macro-F1 | 0.512 | 0.490 to 0.530 |" in text
    assert "| macro-F1, rolled up to ekman | 0.600 |  |" in text
    assert "| grief | 6 | 0.500 | 0.250 | 0.333 |" in text
    assert "| gratitude | 0.500 |" in text


def test_a_label_without_a_test_text_is_named() -> None:
    row = {"label": "grief", "support": 0, "precision": None, "recall": None, "f1": None}
    text = model_card(manifest(metrics=METRICS | {"per_label": [row]}))
    assert "No test text has grief: not measured, and left out of macro averages." in text
    assert "| grief | 0 | – | – | – |" in text


def test_biases_and_limits_are_named() -> None:
    text = model_card(manifest())
    for fact in ("young men", "India", "Not meant for judging a single person", "arXiv:2005.00547"):
        assert fact in text


@pytest.mark.parametrize(
    ("files", "kind", "ways"),
    [
        ((), "linear", {"emoscope"}),
        (("model.safetensors",), "encoder", {"emoscope", "transformers"}),
        (("onnx/model.onnx",), "encoder", {"emoscope", "onnxruntime"}),
        (
            ("onnx/model.onnx", "model.safetensors"),
            "encoder",
            {"emoscope", "transformers", "onnxruntime"},
        ),
    ],
)
def test_every_way_to_load_that_its_files_allow_is_python(files, kind, ways) -> None:
    text = model_card(manifest(kind=kind), files=files)
    shown = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    imported = set()
    for code in shown:
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    assert imported & {"emoscope", "transformers", "onnxruntime"} == ways


def test_a_head_of_ours_is_registered_before_transformers_reads_it() -> None:
    files = ("model.safetensors",)
    own = {"name": "x", "model": {"encoder": "owner/mini-encoder", "pooling": "model"}}
    ours = {"name": "x", "model": {"encoder": "owner/mini-encoder", "pooling": "mean"}}
    assert "import emoscope.models" not in model_card(manifest(recipe=own), files=files)
    card = model_card(manifest(recipe=ours), files=files)
    assert card.index("import emoscope.models.mean_pooling") < card.index("pipeline(")
    tiny = {"name": "x", "model": {"kind": "minibert"}}
    assert "import emoscope.models.minibert" in model_card(manifest(recipe=tiny), files=files)


def test_a_calibration_inside_the_model_is_told() -> None:
    policy = plain_policy(GOEMOTIONS.labels, "multi_label").folded().to_json()
    policy["fitted_on"]["folded"]["kind"] = "platt"
    text = model_card(replace(manifest(), policy=policy), files=("model.safetensors",))
    assert "probability = sigmoid(logit). Its calibration (platt) is in the last layer." in text
    assert "It gives the same probabilities and knows no thresholds" in text


def test_the_quantised_graph_is_preferred() -> None:
    files = ("onnx/model.onnx", "onnx/model_quantized.onnx")
    assert 'InferenceSession("onnx/model_quantized.onnx")' in model_card(manifest(), files=files)


def test_the_card_is_among_the_checksums(tmp_path: Path) -> None:
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx/model.onnx").write_bytes(b"x")
    path = write_card(tmp_path, manifest())
    assert path == tmp_path / "README.md"
    assert "onnxruntime" in path.read_text(encoding="utf-8")
    written = write_manifest(tmp_path, manifest())
    assert "README.md" in written.files
    read_manifest(tmp_path)


def test_known_data_sets() -> None:
    assert published_data("goemotions-raw") is published_data("goemotions")
    assert published_data("hub:dair-ai/emotion") is published_data("emotion")
    assert published_data("tickets") is None


def test_a_mixture_tells_of_all_its_data() -> None:
    further = {"split": "test", "n_texts": 1583, "headline": {"macro_f1": 0.4321}}
    made = manifest(
        data="goemotions + everyday", metrics={**METRICS, "data_sets": {"everyday": further}}
    )
    card = model_card(made)
    assert head(card)["license"] == "cc-by-4.0"
    assert "On the 5,427 test texts of goemotions" in card
    assert "On the 1,583 test texts of everyday: macro-F1 0.432." in card
    assert "Demszky" in card
    assert "CC0" in card
    unknown = model_card(manifest(data="goemotions + tickets"))
    assert head(unknown)["license"] == "unknown"
    assert "The data 'tickets' is not known here" in unknown


def test_what_taught_it_is_told_without_paths() -> None:
    taught = {
        "name": "small",
        "distillation": {"teachers": ["a"], "unlabelled": ["in/texts.txt.gz"]},
    }
    card = model_card(manifest(recipe=taught))
    assert "its teachers too, also of unlabelled texts (texts.txt.gz)." in card
