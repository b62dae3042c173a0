"""Tiny torch classifiers of every architecture, and model folders around them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

import onnx
import torch
import transformers

from emoscope.data.examples import Examples
from emoscope.decisions import LabelledScores, PolicyOptions, fit_policy
from emoscope.export import matmuls as products
from emoscope.export.trace import fused_graph
from emoscope.model_folder.manifest import Manifest, read_manifest, write_manifest
from emoscope.models.encoder import LoadedEncoder, load_encoder
from emoscope.models.mean_pooling import MeanPoolingConfig
from emoscope.models.minibert_config import MiniBertConfig
from emoscope.models.torch_scorer import TorchScorer

VOCABULARY, LENGTH = 60, 48
_SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": LENGTH + 2,
    "num_labels": 5,
}
CONFIGS: dict[str, Callable[[], Any]] = {
    "bert": lambda: transformers.BertConfig(**_SIZES),
    "distilbert": lambda: transformers.DistilBertConfig(
        vocab_size=VOCABULARY, dim=32, n_layers=2, n_heads=4, hidden_dim=48, num_labels=5,
        max_position_embeddings=LENGTH,
    ),
    "roberta": lambda: transformers.RobertaConfig(**_SIZES, pad_token_id=1),
    "deberta-v3": lambda: transformers.DebertaV2Config(
        **_SIZES, relative_attention=True, position_buckets=8, pos_att_type=["p2c", "c2p"],
        norm_rel_ebd="layer_norm", share_att_key=True, position_biased_input=False,
    ),
    "modernbert": lambda: transformers.ModernBertConfig(
        **_SIZES, pad_token_id=0, local_attention=8, classifier_pooling="mean",
        bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3,
    ),
    "minibert": lambda: MiniBertConfig(
        vocab_size=VOCABULARY, embedding_size=24, hidden_size=32, num_hidden_layers=2,
        num_attention_heads=4, intermediate_size=24, num_labels=5,
    ),
    "mean pooling": lambda: MeanPoolingConfig(
        encoder=transformers.BertConfig(**_SIZES), num_labels=5
    ),
}  # fmt: skip


def make_classifier(architecture: str) -> Any:
    """A random classifier of an architecture, with weights large enough to matter."""
    torch.manual_seed(0)
    model = transformers.AutoModelForSequenceClassification.from_config(CONFIGS[architecture]())
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    return model.eval()


@pytest.fixture(scope="session")
def classifier_of() -> Callable[[str], Any]:
    """Call with an architecture; the classifier is a new one each time."""
    return make_classifier


@cache
def traced(architecture: str) -> bytes:
    return fused_graph(make_classifier(architecture)).SerializeToString()


@pytest.fixture(scope="session")
def graph_of() -> Callable[[str], onnx.ModelProto]:
    """Call with an architecture; a copy of its classifier's graph, which is traced but once."""
    return lambda architecture: onnx.load_from_string(traced(architecture))


@pytest.fixture
def small_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quantise the products of tiny models too."""
    monkeypatch.setattr(products, "LEAST_WEIGHTS", 256)


@pytest.fixture(scope="session")
def saved_folder(
    tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path, tiny_examples: Examples
) -> Path:
    """A model folder as training leaves one, with an untrained model in it; only read it."""
    folder = tmp_path_factory.mktemp("saved") / "model"
    return save_folder(folder, tiny_encoder, tiny_examples)


@pytest.fixture
def folder(tmp_path: Path, saved_folder: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(saved_folder, tmp_path / "model"))


@pytest.fixture
def single_folder(tmp_path: Path, tiny_encoder: Path, tiny_single_examples: Examples) -> Path:
    """The same for a single-label task."""
    return save_folder(tmp_path / "model", tiny_encoder, tiny_single_examples)


def save_folder(folder: Path, encoder: Path, examples: Examples) -> Path:
    """Save an encoder with a head fitted by least squares, and a policy fitted on validation."""
    loaded = load_encoder(str(encoder), examples.taxonomy.labels, examples.task)
    _fit_head(loaded, examples.split("train"))
    loaded.model.save_pretrained(folder)
    loaded.tokenizer.save_pretrained(folder)
    names, task = examples.taxonomy.labels, examples.task
    manifest = Manifest("encoder", task, examples.taxonomy, {}, max_length=32)
    write_manifest(folder, manifest)
    validation = examples.split("validation")
    policy = fit_policy(
        LabelledScores(
            TorchScorer.load(folder, read_manifest(folder)).logits(validation.texts),
            validation.labels,
            names,
            task,
            "validation",
        ),
        PolicyOptions(
            calibration="none" if task == "single_label" else "platt",
            thresholds="fixed" if task == "single_label" else "plug_in",
            fallback="none",
        ),
    )
    manifest = Manifest("encoder", task, examples.taxonomy, policy.to_json(), max_length=32)
    write_manifest(folder, manifest)
    return folder


def _fit_head(loaded: LoadedEncoder, train: Examples) -> None:
    """Let the last layer say 4 where a label holds and -4 where not, as nearly as it can."""
    model = loaded.model.eval()
    batch = loaded.tokenizer(list(train.texts), padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model.bert(batch["input_ids"], batch["attention_mask"]).pooler_output
        states = torch.cat([states, torch.ones(len(states), 1)], dim=1)
        targets = 8.0 * torch.from_numpy(train.labels).float() - 4.0
        ridge = states.T @ states + 1e-3 * torch.eye(states.shape[1])
        solved = torch.linalg.solve(ridge, states.T @ targets)
        model.classifier.weight.copy_(solved[:-1].T)
        model.classifier.bias.copy_(solved[-1])
