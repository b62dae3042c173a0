from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")

import torch
import transformers
from safetensors import SafetensorError

from emoscope.errors import NoExamples, TrainingError
from emoscope.models.minibert import MiniBertForMaskedLM, MiniBertForSequenceClassification
from emoscope.models.minibert_config import MiniBertConfig
from emoscope.models.pretrain import PretrainOptions, _encoded, pretrain
from emoscope.models.vocabulary import VocabularyOptions, train_vocabulary

# every word tells the other two of its sentence
TRIOS = ("red apples fall", "blue rivers run", "green frogs jump", "white owls sleep")
TEXTS = [f"{a} and {b}" for a in TRIOS for b in TRIOS] * 8
SMALL = {"embedding_size": 32, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
OPTIONS = PretrainOptions(epochs=15, batch_size=32, learning_rate=1e-2, held_out=0.1)
VOCABULARY = VocabularyOptions(size=200, max_length=16)


def tiny() -> MiniBertConfig:
    return MiniBertConfig(
        **SMALL, num_attention_heads=2, embedding_dropout=0.0, hidden_dropout_prob=0.0
    )


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("pretrained") / "new"
    return pretrain(TEXTS, folder, config=tiny(), vocabulary=VOCABULARY, options=OPTIONS)


def test_learns_to_guess_words_from_their_neighbours(pretrained):
    vocabulary = len(transformers.AutoTokenizer.from_pretrained(pretrained.folder))
    assert pretrained.untrained_loss == pytest.approx(math.log(vocabulary), rel=0.1)
    # "and" is one word in seven, the twelve others one in fourteen: who knows no more than how
    # frequent words are pays their entropy
    entropy = -(math.log(1 / 7) + 6 * math.log(1 / 14)) / 7
    assert pretrained.loss < entropy - 0.3
    assert pretrained.texts == len(TEXTS) - round(len(TEXTS) * 0.1)


def test_folder_starts_a_classifier(pretrained):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(pretrained.folder)
    assert isinstance(model, MiniBertForSequenceClassification)
    masked = transformers.AutoModelForMaskedLM.from_pretrained(pretrained.folder)
    assert torch.equal(model.get_input_embeddings().weight, masked.decoder.weight)
    assert model.config.vocab_size == len(
        transformers.AutoTokenizer.from_pretrained(pretrained.folder)
    )


def test_saved_tokenizer_neither_cuts_nor_pads(pretrained):
    saved = json.loads((pretrained.folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert saved["truncation"] is None
    assert saved["padding"] is None


def test_record_says_what_was_done(pretrained):
    record = json.loads((pretrained.folder / "pretraining.json").read_text(encoding="utf-8"))
    assert record["loss"] == pretrained.loss
    assert record["options"]["learning_rate"] == 1e-2
    assert record["vocabulary"]["size"] == 200
    assert sorted(record["versions"]) == ["torch", "transformers"]
    assert not list(pretrained.folder.glob("*.bin"))


@pytest.mark.slow
def test_same_seed_gives_the_same_weights(tmp_path: Path):
    options = PretrainOptions(max_steps=3, batch_size=16)
    losses = [
        pretrain(
            TEXTS, tmp_path / str(i), config=tiny(), vocabulary=VOCABULARY, options=options
        ).loss
        for i in range(2)
    ]
    assert losses[0] == losses[1]


def test_configuration_given_stays_as_it_was(tmp_path: Path):
    config = tiny()
    pretrain(
        TEXTS, tmp_path / "new", config=config, vocabulary=VOCABULARY,
        options=PretrainOptions(max_steps=1),
    )  # fmt: skip
    assert config.vocab_size == MiniBertConfig().vocab_size


def test_long_texts_go_on_in_further_rows():
    tokenizer = train_vocabulary(TEXTS, VocabularyOptions(size=200, max_length=4))
    rows = _encoded(tokenizer, ["red apples fall and blue", "owls"])
    words = [tokenizer.convert_ids_to_tokens(row["input_ids"]) for row in rows]
    assert words == [
        ["[CLS]", "red", "apples", "fall"],
        ["[CLS]", "and", "blue"],
        ["[CLS]", "owls"],
    ]
    assert rows[0]["special_tokens_mask"] == [1, 0, 0, 0]


def test_bad_input(tmp_path: Path):
    with pytest.raises(NoExamples, match=r"at least two texts.*there are 1"):
        pretrain(["one", " "], tmp_path / "new")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")
    with pytest.raises(TrainingError, match="overwrites nothing"):
        pretrain(TEXTS, tmp_path / "full")
    with pytest.raises(TrainingError, match="Cannot make the folder"):
        pretrain(TEXTS, tmp_path / "full" / "file" / "new")


def test_a_loss_that_is_no_number_is_told_and_nothing_is_saved(tmp_path: Path):
    wild = PretrainOptions(max_steps=4, batch_size=64, learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"diverged.*Lower the learning rate \(now 1e\+30\)"):
        pretrain(TEXTS, tmp_path / "new", config=tiny(), vocabulary=VOCABULARY, options=wild)
    assert not list((tmp_path / "new").iterdir())


def test_out_of_memory_says_what_to_lower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def too_large(*args: object, **kwargs: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 GiB")

    monkeypatch.setattr(transformers.Trainer, "training_step", too_large)
    with pytest.raises(
        TrainingError, match=r"batch size \(now 7\) or the length \(now 16 tokens\)"
    ):
        pretrain(
            TEXTS, tmp_path / "new", config=tiny(), vocabulary=VOCABULARY,
            options=PretrainOptions(batch_size=7),
        )  # fmt: skip


@pytest.mark.parametrize(
    "full", [OSError(28, "No space left on device"), SafetensorError("No space left on device")]
)
def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: Exception):
    def fails(*args: object, **kwargs: object) -> None:
        raise full

    monkeypatch.setattr(MiniBertForMaskedLM, "save_pretrained", fails)
    with pytest.raises(TrainingError, match=r"Cannot save.*No space left.*Free some space"):
        pretrain(
            TEXTS, tmp_path / "new", config=tiny(), vocabulary=VOCABULARY,
            options=PretrainOptions(max_steps=1),
        )  # fmt: skip
