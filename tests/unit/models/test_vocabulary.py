from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("transformers")

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from emoscope.errors import NoExamples
from emoscope.models.vocabulary import (
    SPECIAL_TOKENS,
    VocabularyOptions,
    train_vocabulary,
)

TEXTS = ["So happy today!", "so sad today", "[NAME] is happy, so happy", "Café closed"] * 3


@pytest.mark.parametrize("algorithm", ["wordpiece", "bpe"])
def test_special_tokens_have_the_ids_of_minibert(algorithm):
    tokenizer = train_vocabulary(TEXTS, VocabularyOptions(algorithm, size=400))
    assert tokenizer.convert_tokens_to_ids(list(SPECIAL_TOKENS)) == [0, 1, 2, 3, 4]
    assert tokenizer.pad_token_id == 0
    assert tokenizer.mask_token_id == 4
    assert tokenizer("happy")["input_ids"][0] == tokenizer.cls_token_id == 2


def test_frequent_words_become_tokens_and_case_is_forgotten():
    tokenizer = train_vocabulary(TEXTS, VocabularyOptions(size=400))
    assert tokenizer.tokenize("SO Happy") == ["so", "happy"]
    assert "closed" in tokenizer.get_vocab()
    assert tokenizer.tokenize("café") == ["cafe"]


def test_case_stays_when_asked():
    tokenizer = train_vocabulary(TEXTS, VocabularyOptions(size=400, lowercase=False))
    assert tokenizer.tokenize("So so") == ["So", "so"]


def test_rare_pieces_are_left_out():
    tokenizer = train_vocabulary([*TEXTS, "zzyzx"], VocabularyOptions(size=400, min_frequency=2))
    assert "zzyzx" not in tokenizer.get_vocab()


def test_whole_words_are_never_split():
    options = VocabularyOptions(size=400, whole_words=("[NAME]",))
    assert train_vocabulary(TEXTS, options).tokenize("[NAME] so") == ["[NAME]", "so"]


def test_size_is_a_limit():
    words = [f"word{i} other{i}" for i in range(200)] * 2
    assert len(train_vocabulary(words, VocabularyOptions(size=120))) == 120


def test_same_texts_give_the_same_vocabulary():
    one, two = (train_vocabulary(TEXTS, VocabularyOptions(size=60)) for _ in range(2))
    assert one.get_vocab() == two.get_vocab()


@pytest.mark.parametrize("algorithm", ["wordpiece", "bpe"])
def test_saved_vocabulary_opens_in_transformers_and_without_it(tmp_path: Path, algorithm):
    tokenizer = train_vocabulary(TEXTS, VocabularyOptions(algorithm, size=400, max_length=16))
    tokenizer.save_pretrained(tmp_path)
    ids = tokenizer("so happy, so sad")["input_ids"]
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert again("so happy, so sad")["input_ids"] == ids
    assert again.model_max_length == 16
    assert set(again("so")) == {"input_ids", "attention_mask"}
    bare = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert bare.encode("so happy, so sad").ids == ids
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert settings["model_max_length"] == 16


def test_bpe_knows_every_character():
    tokenizer = train_vocabulary(TEXTS, VocabularyOptions("bpe", size=400))
    text = " so 🙂 ж"
    assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text


@pytest.mark.parametrize("texts", [[], ["", "  "]])
def test_texts_without_words_are_refused(texts):
    with pytest.raises(NoExamples, match="none of the training texts holds a word"):
        train_vocabulary(texts)
