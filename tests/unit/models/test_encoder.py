from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from emoscope.errors import EncoderNotFound, TrainingError
from emoscope.models.encoder import load_encoder, parameter_counts
from emoscope.models.mean_pooling import MeanPoolingForSequenceClassification

WORDS = ("i", "am", "so", "glad", "angry", "afraid", "today", "and", "you")
LABELS = ("joy", "anger", "fear")
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 40,
}
CONFIGS = {
    "bert": lambda v: transformers.BertConfig(vocab_size=v, **SIZES),
    # MiniLM is a BERT whose first-token state was never trained; narrow, many heads
    "minilm": lambda v: transformers.BertConfig(
        vocab_size=v, **{**SIZES, "num_attention_heads": 8, "num_hidden_layers": 6}
    ),
    "distilbert": lambda v: transformers.DistilBertConfig(
        vocab_size=v, dim=32, n_layers=2, n_heads=2, hidden_dim=48, max_position_embeddings=40
    ),
    "roberta": lambda v: transformers.RobertaConfig(
        vocab_size=v, type_vocab_size=1, pad_token_id=0, bos_token_id=2, eos_token_id=3, **SIZES
    ),
    "deberta-v3": lambda v: transformers.DebertaV2Config(
        vocab_size=v,
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=8,
        pos_att_type=["p2c", "c2p"],
        share_att_key=True,
        norm_rel_ebd="layer_norm",
        position_biased_input=False,
        pooler_hidden_size=32,
        **SIZES,
    ),
    "modernbert": lambda v: transformers.ModernBertConfig(
        vocab_size=v,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
        cls_token_id=2,
        sep_token_id=3,
        global_attn_every_n_layers=2,
        local_attention=8,
        reference_compile=False,
        **SIZES,
    ),
}


def tiny_tokenizer() -> transformers.PreTrainedTokenizerFast:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny random encoder of each architecture, saved as on the hub: without a label head."""
    made = {}
    for name, config in CONFIGS.items():
        made[name] = tmp_path_factory.mktemp(name)
        torch.manual_seed(1)
        tokenizer = tiny_tokenizer()
        transformers.AutoModel.from_config(config(len(tokenizer))).save_pretrained(made[name])
        tokenizer.save_pretrained(made[name])
    return made


def encode(tokenizer) -> dict[str, torch.Tensor]:
    texts = ["I am so glad today", "angry and afraid", "you"]
    return tokenizer(texts, padding=True, return_tensors="pt")


@pytest.mark.parametrize("pooling", ["model", "mean"])
@pytest.mark.parametrize("name", CONFIGS)
def test_learns_saves_and_reads_back(tmp_path: Path, folders, name, pooling):
    torch.manual_seed(0)
    loaded = load_encoder(str(folders[name]), LABELS, "multi_label", pooling=pooling)
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
@pytest.mark.parametrize("name", CONFIGS)
def test_encoder_weights_come_from_the_file(folders, name, pooling):
    model = load_encoder(str(folders[name]), LABELS, "single_label", pooling=pooling).model
    trained = transformers.AutoModel.from_pretrained(folders[name])
    found = dict(getattr(model, model.base_model_prefix).named_parameters())
    for key, weight in trained.named_parameters():
        if not key.startswith("pooler"):
            assert torch.equal(found[key], weight), key


@pytest.mark.slow
def test_stock_folder_opens_in_a_pipeline_without_emoscope(tmp_path: Path, folders):
    loaded = load_encoder(str(folders["minilm"]), LABELS, "multi_label")
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


def test_mean_pooling_is_the_mean_of_token_states(folders):
    model = load_encoder(str(folders["bert"]), LABELS, "multi_label", pooling="mean").model.eval()
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


def test_mean_pooling_exports_to_a_graph_of_any_batch_and_length(tmp_path: Path, folders):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    loaded = load_encoder(str(folders["bert"]), LABELS, "multi_label", pooling="mean")
    inputs = encode(loaded.tokenizer)
    ids, mask = inputs["input_ids"], inputs["attention_mask"]

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = loaded.model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids, attention_mask).logits

    wrapped, path = Logits().eval(), tmp_path / "model.onnx"
    any_size = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    torch.onnx.export(
        wrapped, (ids, mask), path, input_names=["input_ids", "attention_mask"],
        output_names=["logits"], dynamo=True, verbose=False,
        dynamic_shapes={"input_ids": any_size, "attention_mask": any_size},
    )  # fmt: skip
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for rows, length in ((3, ids.shape[1]), (2, 4), (1, 3)):
        feed = {"input_ids": ids[:rows, :length], "attention_mask": mask[:rows, :length]}
        with torch.no_grad():
            expected = wrapped(**feed)
        found = session.run(None, {name: value.numpy() for name, value in feed.items()})[0]
        torch.testing.assert_close(torch.from_numpy(found), expected, atol=1e-5, rtol=1e-4)


def test_same_seed_gives_the_same_head(folders):
    heads = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        model = load_encoder(str(folders["bert"]), LABELS, "multi_label").model
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
def test_head_dropout_is_set_whatever_its_name(folders, name, place):
    model = load_encoder(str(folders[name]), LABELS, "multi_label", dropout=0.37).model
    assert place(model).p == pytest.approx(0.37)
    mean = load_encoder(
        str(folders[name]), LABELS, "multi_label", dropout=0.37, pooling="mean"
    ).model
    assert mean.dropout.p == pytest.approx(0.37)


def test_a_head_for_other_labels_is_replaced(tmp_path: Path, folders):
    first = load_encoder(str(folders["bert"]), LABELS, "multi_label")
    first.model.save_pretrained(tmp_path)
    first.tokenizer.save_pretrained(tmp_path)
    second = load_encoder(str(tmp_path), ("a", "b", "c", "d", "e"), "single_label").model
    assert second.classifier.weight.shape[0] == 5
    assert second.config.id2label[4] == "e"
    assert second.config.problem_type == "single_label_classification"


def test_parameters_outside_the_word_table(folders):
    model = load_encoder(str(folders["bert"]), LABELS, "multi_label").model
    total, costly = parameter_counts(model)
    assert total == model.num_parameters()
    assert total - costly == 14 * 32


def test_unreadable_configuration(tmp_path: Path, folders):
    (tmp_path / "config.json").write_text('{"model_type": "no-such-architecture"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(TrainingError, match="runs no code from a model folder"):
        load_encoder(str(tmp_path), LABELS, "multi_label")


def test_missing_folder_is_named():
    with pytest.raises(EncoderNotFound, match=r"no folder './nowhere/at-all'"):
        load_encoder("./nowhere/at-all", LABELS, "multi_label")
