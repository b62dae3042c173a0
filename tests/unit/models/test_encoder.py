from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers

from emoscope.errors import EncoderNotFound, RecipeError, TrainingError
from emoscope.models.encoder import check_length, load_encoder, longest_input
from emoscope.models.mean_pooling import MeanPoolingForSequenceClassification

LABELS = ("joy", "anger", "fear")


def encode(tokenizer) -> dict[str, torch.Tensor]:
    texts = ["I am so glad today", "angry and afraid", "we"]
    return tokenizer(texts, padding=True, return_tensors="pt")


@pytest.mark.parametrize("pooling", ["model", "mean"])
def test_learns_saves_and_reads_back(tmp_path: Path, each_encoder, pooling):
    torch.manual_seed(0)
    loaded = load_encoder(str(each_encoder), LABELS, "multi_label", pooling=pooling)
    model, tokenizer = loaded.model, loaded.tokenizer
    assert model.training
    assert loaded.source.origin == "local folder"
    inputs = encode(tokenizer)
    targets = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    loss = model(**inputs, labels=targets).loss
    loss.backward()
    assert [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None] == []
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    model.eval()
    with torch.no_grad():
        before = model(**inputs).logits
    assert before.shape == (3, 3)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert [f.name for f in tmp_path.glob("*.bin")] == []
    again = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        assert torch.equal(again(**inputs).logits, before)
    assert again.config.id2label == dict(enumerate(LABELS))
    assert again.config.problem_type == "multi_label_classification"
    kept = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert kept("so glad")["input_ids"] == tokenizer("so glad")["input_ids"]


@pytest.mark.parametrize("pooling", ["model", "mean"])
def test_encoder_weights_come_from_the_file(each_encoder, pooling):
    model = load_encoder(str(each_encoder), LABELS, "single_label", pooling=pooling).model
    trained = transformers.AutoModel.from_pretrained(each_encoder)
    found = dict(getattr(model, model.base_model_prefix).named_parameters())
    for key, weight in trained.named_parameters():
        if not key.startswith("pooler"):
            assert torch.equal(found[key], weight), key


@pytest.mark.slow
def test_stock_folder_opens_in_a_pipeline_without_emoscope(tmp_path: Path, tiny_encoders):
    loaded = load_encoder(str(tiny_encoders["minilm"]), LABELS, "multi_label")
    loaded.model.save_pretrained(tmp_path)
    loaded.tokenizer.save_pretrained(tmp_path)
    code = (
        "import sys, transformers\n"
        "from transformers import pipeline\n"
        f"found = pipeline('text-classification', {str(tmp_path)!r}, top_k=None)('so glad')\n"
        "assert not any(m.startswith('emoscope') for m in sys.modules)\n"
        "print(sorted(row['label'] for row in found[0]))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert out.stdout.strip() == str(sorted(LABELS))


def test_mean_pooling_is_the_mean_of_token_states(tiny_encoders):
    model = load_encoder(
        str(tiny_encoders["bert"]), LABELS, "multi_label", pooling="mean"
    ).model.eval()
    assert isinstance(model, MeanPoolingForSequenceClassification)
    ids, mask = torch.tensor([[2, 5, 6, 3, 0, 0]]), torch.tensor([[1, 1, 1, 1, 0, 0]])
    with torch.no_grad():
        states = model.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        expected = model.classifier(states[0, :4].mean(dim=0))
        torch.testing.assert_close(model(ids, mask).logits[0], expected)
        torch.testing.assert_close(model(ids[:, :4]).logits[0], expected, atol=1e-5, rtol=1e-4)
        vectors = model.get_input_embeddings()(ids)
        out = model(inputs_embeds=vectors, attention_mask=mask).logits[0]
    torch.testing.assert_close(out, expected)


def test_same_seed_gives_the_same_head(tiny_encoders):
    heads = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        model = load_encoder(str(tiny_encoders["bert"]), LABELS, "multi_label").model
        heads.append(model.classifier.weight.detach().numpy().copy())
    assert np.array_equal(heads[0], heads[1])
    assert not np.array_equal(heads[0], heads[2])


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("bert", lambda m: m.dropout),
        ("distilbert", lambda m: m.dropout),
        ("roberta", lambda m: m.classifier.dropout),
        ("deberta-v3", lambda m: m.dropout),
        ("modernbert", lambda m: m.drop),
    ],
)
def test_head_dropout_is_set_whatever_its_name(tiny_encoders, name, place):
    model = load_encoder(str(tiny_encoders[name]), LABELS, "multi_label", dropout=0.37).model
    assert place(model).p == pytest.approx(0.37)
    mean = load_encoder(
        str(tiny_encoders[name]), LABELS, "multi_label", dropout=0.37, pooling="mean"
    ).model
    assert mean.dropout.p == pytest.approx(0.37)


def test_a_head_for_other_labels_is_replaced(tmp_path: Path, tiny_encoders):
    first = load_encoder(str(tiny_encoders["bert"]), LABELS, "multi_label")
    first.model.save_pretrained(tmp_path)
    first.tokenizer.save_pretrained(tmp_path)
    second = load_encoder(str(tmp_path), ("a", "b", "c", "d", "e"), "single_label").model
    assert second.classifier.weight.shape[0] == 5
    assert second.config.id2label[4] == "e"
    assert second.config.problem_type == "single_label_classification"


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("bert", 32),
        ("distilbert", 32),
        ("roberta", 32),  # of 33 rows, the padding's is none
        ("deberta-v3", None),  # relative positions
        ("modernbert", None),  # rotary ones
    ],
)
@pytest.mark.parametrize("pooling", ["model", "mean"])
def test_the_longest_input_can_be_read_and_no_longer_one(tiny_encoders, name, most, pooling):
    model = load_encoder(str(tiny_encoders[name]), LABELS, "multi_label", pooling=pooling).model
    assert longest_input(model) == most
    check_length(model, most or 1000)
    with torch.no_grad():
        assert model.eval()(torch.full((1, most or 40), 7)).logits.isfinite().all()
    if most:
        with pytest.raises(RecipeError, match=r"max_length = 33 is more than the 32 tokens"):
            check_length(model, 33)
        with pytest.raises((RuntimeError, IndexError)):
            model(torch.full((1, 33), 7))


def broken_copy(encoder: Path, folder: Path) -> Path:
    return Path(shutil.copytree(encoder, folder / "broken"))


def test_unreadable_configuration(tmp_path: Path, tiny_encoder):
    folder = broken_copy(tiny_encoder, tmp_path)
    (folder / "config.json").write_text('{"model_type": "no-such-architecture"}')
    with pytest.raises(TrainingError, match="runs no code from a model folder"):
        load_encoder(str(folder), LABELS, "multi_label")


def test_unreadable_weights(tmp_path: Path, tiny_encoder):
    folder = broken_copy(tiny_encoder, tmp_path)
    (folder / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(TrainingError, match=r"broken.*cannot be read"):
        load_encoder(str(folder), LABELS, "multi_label")


@pytest.mark.parametrize("pooling", ["model", "mean"])
def test_code_in_a_folder_is_not_run_whoever_says_yes(
    tmp_path: Path, tiny_encoder, monkeypatch, pooling
):
    folder = broken_copy(tiny_encoder, tmp_path)
    classes = {"AutoConfig": "own.Own", "AutoModel": "own.Own", "AutoTokenizer": ["own.Own", None]}
    for name in ("config.json", "tokenizer_config.json"):
        settings = json.loads((folder / name).read_text())
        settings |= {"auto_map": classes, "tokenizer_class": "Own", "model_type": "own"}
        (folder / name).write_text(json.dumps(settings))
    ran = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Own: pass\n")
    # transformers asks on standard input
    monkeypatch.setattr("builtins.input", lambda question: "y")
    with pytest.raises(TrainingError, match="runs no code from a model folder"):
        load_encoder(str(folder), LABELS, "multi_label", pooling=pooling)
    assert not ran.exists()


def test_a_tokenizer_without_padding_is_refused(tmp_path: Path, tiny_encoder):
    folder = broken_copy(tiny_encoder, tmp_path)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    del settings["pad_token"]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(TrainingError, match="no padding token"):
        load_encoder(str(folder), LABELS, "multi_label")


def test_a_sentencepiece_vocabulary_that_cannot_be_read_names_the_package(
    tmp_path: Path, tiny_encoders, monkeypatch
):
    folder = broken_copy(tiny_encoders["deberta-v3"], tmp_path)
    (folder / "tokenizer.json").rename(folder / "spm.model")

    def without_the_package(*args: object, **kwargs: object) -> None:
        raise ValueError("`tiktoken` is required to read a `tiktoken` file.")

    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", without_the_package)
    with pytest.raises(TrainingError, match="pip install sentencepiece"):
        load_encoder(str(folder), LABELS, "multi_label")


def test_missing_folder_is_named():
    with pytest.raises(EncoderNotFound, match=r"no folder './nowhere/at-all'"):
        load_encoder("./nowhere/at-all", LABELS, "multi_label")


@pytest.mark.parametrize("pooling", ["model", "mean"])
def test_where_the_encoder_lay_is_not_saved(tmp_path: Path, each_encoder, pooling):
    loaded = load_encoder(str(each_encoder), LABELS, "multi_label", pooling=pooling)
    loaded.model.save_pretrained(tmp_path)
    assert str(each_encoder) not in (tmp_path / "config.json").read_text(encoding="utf-8")
