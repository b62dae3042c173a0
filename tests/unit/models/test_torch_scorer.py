from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from emoscope.errors import DeviceError, ModelFolderError
from emoscope.model_folder.manifest import Manifest, write_manifest
from emoscope.models.minibert import MiniBertForSequenceClassification
from emoscope.models.minibert_config import MiniBertConfig
from emoscope.models.torch_scorer import TorchScorer
from emoscope.models.vocabulary import VocabularyOptions, train_vocabulary
from emoscope.taxonomy import make_taxonomy

LABELS = ("joy", "anger", "fear")
TEXTS = ["so glad today", "angry", "", "i am afraid and you are not", "glad glad"]


@pytest.fixture(scope="module")
def tokenizer():
    return train_vocabulary(TEXTS * 2, VocabularyOptions(size=200, min_frequency=1))


@pytest.fixture(scope="module")
def model(tokenizer):
    torch.manual_seed(0)
    return MiniBertForSequenceClassification(
        MiniBertConfig(
            vocab_size=len(tokenizer),
            embedding_size=16,
            hidden_size=16,
            num_attention_heads=2,
            num_hidden_layers=1,
            intermediate_size=16,
            initializer_range=0.5,
            num_labels=3,
        )
    )


@pytest.fixture
def scorer(model, tokenizer) -> TorchScorer:
    return TorchScorer(model, tokenizer, LABELS, "multi_label", max_length=16, batch_size=2)


def alone(model, tokenizer, text: str) -> np.ndarray:
    """Scores of one text without batching, padding or windows."""
    ids = torch.tensor([tokenizer(text)["input_ids"]])
    with torch.no_grad():
        return model.eval()(ids).logits[0].numpy()


def test_scores_come_in_the_order_of_the_texts(scorer, model, tokenizer):
    found = scorer.logits(TEXTS)
    assert found.shape == (5, 3)
    assert found.dtype == np.float32
    for row, text in zip(found, TEXTS, strict=True):
        np.testing.assert_allclose(row, alone(model, tokenizer, text), atol=1e-5)


def test_no_texts(scorer):
    assert scorer.logits([]).shape == (0, 3)


@pytest.mark.parametrize(("task", "joined"), [("multi_label", np.max), ("single_label", np.mean)])
def test_long_texts_are_read_whole(model, tokenizer, task, joined):
    # room 4 of 5, stride 3: windows of words 0-3, 3-6, 4-7
    words = ["glad", "angry", "afraid", "today", "so", "i", "am", "you"]
    scorer = TorchScorer(model, tokenizer, LABELS, task, max_length=5)
    parts = [alone(model, tokenizer, " ".join(words[s : s + 4])) for s in (0, 3, 4)]
    found = scorer.logits([" ".join(words), "glad"])
    np.testing.assert_allclose(found[0], joined(parts, axis=0), atol=1e-5)
    np.testing.assert_allclose(found[1], alone(model, tokenizer, "glad"), atol=1e-5)


def test_long_texts_are_noted(model, tokenizer):
    scorer = TorchScorer(model, tokenizer, LABELS, "multi_label", max_length=5)
    (part,) = scorer.score_parts(["glad " * 5, "glad"])
    assert part.notes == (("long_text",), ())


def test_the_callers_tokenizer_keeps_its_settings(model, tokenizer):
    backend = tokenizer.backend_tokenizer
    backend.enable_padding(length=9)
    try:
        scorer = TorchScorer(model, tokenizer, LABELS, "multi_label", max_length=16)
        assert len(scorer.tokenizer.windows(["glad"]).ids[0]) < 9
        assert len(backend.encode("glad").ids) == 9
    finally:
        backend.no_padding()


def test_dropout_is_off_while_scoring_and_the_model_goes_on_training(scorer, model):
    model.train()
    assert np.array_equal(scorer.logits(TEXTS), scorer.logits(TEXTS))
    assert model.training
    model.eval()


def save(folder: Path, model, tokenizer, labels=LABELS) -> Manifest:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    taxonomy = make_taxonomy("tiny", labels)
    return write_manifest(
        folder, Manifest("encoder", "multi_label", taxonomy, policy={}, max_length=16)
    )


def test_opens_a_model_folder(tmp_path: Path, scorer, model, tokenizer):
    manifest = save(tmp_path, model, tokenizer)
    loaded = TorchScorer.load(tmp_path, manifest)
    assert loaded.labels == LABELS
    assert loaded.tokenizer.max_length == 16
    np.testing.assert_allclose(loaded.logits(TEXTS), scorer.logits(TEXTS), atol=1e-6)


def test_broken_weights_are_named(tmp_path: Path, model, tokenizer):
    manifest = save(tmp_path, model, tokenizer)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ModelFolderError, match="cannot be read"):
        TorchScorer.load(tmp_path, manifest)


def test_code_in_a_model_folder_is_not_run_whoever_says_yes(
    tmp_path: Path, model, tokenizer, monkeypatch
):
    save(tmp_path / "model", model, tokenizer)
    ran, path = tmp_path / "ran", tmp_path / "model" / "config.json"
    (tmp_path / "model" / "own.py").write_text(
        f"open({str(ran)!r}, 'w').close()\nclass Own: pass\n"
    )
    own = {"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}
    path.write_text(json.dumps({**json.loads(path.read_text()), **own}))
    manifest = write_manifest(
        tmp_path / "model",
        Manifest("encoder", "multi_label", make_taxonomy("tiny", LABELS), policy={}),
    )
    # transformers asks on standard input, which may be a file of texts
    monkeypatch.setattr("builtins.input", lambda question: "y")
    with pytest.raises(ModelFolderError, match="cannot be read"):
        TorchScorer.load(tmp_path / "model", manifest)
    assert not ran.exists()


def test_weights_for_other_labels_are_refused(tmp_path: Path, model, tokenizer):
    manifest = save(tmp_path, model, tokenizer, labels=("joy", "anger"))
    with pytest.raises(ModelFolderError, match="has 3 labels and its manifest 2"):
        TorchScorer.load(tmp_path, manifest)


def test_absent_device_is_named(tmp_path: Path, model, tokenizer):
    manifest = save(tmp_path, model, tokenizer)
    if torch.cuda.is_available():
        pytest.skip("needs a machine without a GPU")
    with pytest.raises(DeviceError, match="'cuda' is not available"):
        TorchScorer.load(tmp_path, manifest, device="cuda")
