from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from emoscope.errors import RecipeError, TrainingError  # noqa: E402
from emoscope.models.minibert import MiniBertForMaskedLM  # noqa: E402
from emoscope.models.minibert_config import MiniBertConfig  # noqa: E402
from emoscope.models.vocabulary import VocabularyOptions, train_vocabulary  # noqa: E402
from emoscope.training.initial_model import starting_model  # noqa: E402
from emoscope.training.settings import (  # noqa: E402
    EncoderModel,
    MiniBertModel,
    TrainingSettings,
)
from emoscope.training.trainer_construction import Place, training_arguments  # noqa: E402

SMALL = {"embedding_size": 16, "hidden_size": 16, "intermediate_size": 24, "heads": 2}


def start(model, examples, checkpoints: Path, max_length: int = 16):
    settings = TrainingSettings(max_length=max_length, device="cpu")
    arguments = training_arguments(settings, checkpoints, 0, Place("cpu", "fp32"))
    return starting_model(model, settings, examples.split("train"), checkpoints, arguments)


def test_a_new_minibert_has_the_sizes_of_the_recipe(tiny_examples, tmp_path):
    asked = MiniBertModel(
        **SMALL, layers=4, pooling="max", local_mixing=False, embedding_dropout=0.11,
        hidden_dropout=0.12, attention_dropout=0.13, classifier_dropout=0.14,
        vocabulary_size=150, min_frequency=1, whole_words=("[NAME]",),
    )  # fmt: skip
    model, tokenizer = start(asked, tiny_examples, tmp_path)
    sizes = model.config
    assert (sizes.embedding_size, sizes.hidden_size, sizes.intermediate_size) == (16, 16, 24)
    assert (sizes.num_hidden_layers, sizes.num_attention_heads) == (4, 2)
    assert (sizes.pooling, sizes.local_mixing) == ("max", False)
    assert (sizes.embedding_dropout, sizes.hidden_dropout_prob) == (0.11, 0.12)
    assert (sizes.attention_probs_dropout_prob, sizes.classifier_dropout) == (0.13, 0.14)
    assert sizes.id2label == dict(enumerate(tiny_examples.taxonomy.labels))
    assert sizes.vocab_size == len(tokenizer) <= 150
    assert tokenizer.tokenize("[NAME] furious") == ["[NAME]", "furious"]


def test_the_vocabulary_is_learned_once_a_run_and_from_train_alone(tiny_examples, tmp_path):
    held_out = tiny_examples.splits == "validation"
    texts = ["zzyzx" if v else t for t, v in zip(tiny_examples.texts, held_out, strict=True)]
    told = replace(tiny_examples, texts=tuple(texts))
    asked = MiniBertModel(**SMALL, layers=1, vocabulary_size=150, min_frequency=1)
    _, first = start(asked, told, tmp_path)
    assert "zzyzx" not in first.get_vocab()
    other = replace(tiny_examples, texts=tuple(f"word{i}" for i in range(len(tiny_examples))))
    _, resumed = start(asked, other, tmp_path)
    assert resumed.get_vocab() == first.get_vocab()


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json", "checksums.json"])
def test_a_damaged_vocabulary_is_learned_again(name, tiny_examples, tmp_path):
    asked = MiniBertModel(**SMALL, layers=1, vocabulary_size=150, min_frequency=1)
    _, first = start(asked, tiny_examples, tmp_path)
    damaged = tmp_path / "tokenizer" / name
    damaged.write_bytes(bytes(damaged.stat().st_size))
    _, again = start(asked, tiny_examples, tmp_path)
    assert again.get_vocab() == first.get_vocab()


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory) -> Path:
    """What ``emoscope pretrain`` leaves, without its training."""
    folder = tmp_path_factory.mktemp("pretrained")
    tokenizer = train_vocabulary(["we are so glad", "they are mad"] * 2, VocabularyOptions(size=99))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    sizes = {"embedding_size": 24, "hidden_size": 16, "intermediate_size": 16}
    config = MiniBertConfig(
        vocab_size=len(tokenizer), num_hidden_layers=1, num_attention_heads=2, **sizes
    )
    MiniBertForMaskedLM(config).save_pretrained(folder)
    return folder


def test_a_pretrained_minibert_keeps_sizes_words_and_weights(pretrained, tiny_examples, tmp_path):
    asked = MiniBertModel(pretrained=str(pretrained), pooling="mean", classifier_dropout=0.25)
    model, tokenizer = start(asked, tiny_examples, tmp_path)
    assert (model.config.embedding_size, model.config.num_hidden_layers) == (24, 1)
    assert (model.config.pooling, model.dropout.p) == ("mean", 0.25)
    before = transformers.AutoModelForMaskedLM.from_pretrained(pretrained)
    for name, weight in before.minibert.named_parameters():
        assert torch.equal(model.minibert.get_parameter(name), weight), name
    assert len(tokenizer) == model.config.vocab_size


def test_only_a_minibert_may_be_pretrained(tiny_encoder, tiny_examples, tmp_path):
    with pytest.raises(TrainingError, match=r"holds a bert model and no MiniBERT.*'encoder'"):
        start(MiniBertModel(pretrained=str(tiny_encoder)), tiny_examples, tmp_path)


def test_texts_longer_than_an_encoder_reads_are_refused(tiny_encoder, tiny_examples, tmp_path):
    model = EncoderModel(encoder=str(tiny_encoder))
    with pytest.raises(RecipeError, match=r"max_length = 64 is more than the 32 tokens.*Set it"):
        start(model, tiny_examples, tmp_path, max_length=64)


def test_a_word_table_of_another_encoder(tiny_encoder, tiny_examples, tmp_path):
    """Its vocabulary and word vectors; all other sizes are the recipe's."""
    asked = MiniBertModel(**SMALL, layers=2, word_table=str(tiny_encoder), vocabulary_size=100)
    model, tokenizer = start(asked, tiny_examples, tmp_path)
    other = transformers.AutoModel.from_pretrained(tiny_encoder).get_input_embeddings().weight
    given = transformers.AutoTokenizer.from_pretrained(tiny_encoder)
    table = model.get_input_embeddings().weight
    assert table.shape == other.shape
    torch.testing.assert_close(table[1:], other[1:])
    assert not table[tokenizer.pad_token_id].any()
    assert tokenizer.get_vocab() == given.get_vocab()
    assert (model.config.vocab_size, model.config.embedding_size) == tuple(other.shape)
    assert (model.config.hidden_size, model.config.num_hidden_layers) == (16, 2)
    assert model.config.id2label == dict(enumerate(tiny_examples.taxonomy.labels))
    assert not (tmp_path / "tokenizer").exists()  # no vocabulary was learned
    assert table.requires_grad


def test_a_word_table_that_is_nowhere(tiny_examples, tmp_path):
    with pytest.raises(TrainingError, match="nowhere"):
        start(MiniBertModel(**SMALL, word_table=str(tmp_path / "nowhere")), tiny_examples, tmp_path)
