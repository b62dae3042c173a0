from __future__ import annotations

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from emoscope.runtime.coverage import Coverage

WORDPIECE = [
    "[UNK]",
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "mat",
    ",",
    "x",
    "##x",
    "##y",
    "##s",
    "п",
    "##р",
]
SENTENCES = {
    "the cat sat on a mat": False,
    "the cats sat, on mats": False,  # cats and mats in two pieces; the, sat and on are whole
    "xxy yxy xyx": True,
    "xy xx the": True,  # one word of three
    "xy": False,  # a rare word says nothing yet
    "zzz": True,  # no token at all
    "п п п": True,  # letters that are there to spell with
    ", , ,": False,
    "": False,
}


def low(tokenizer: Tokenizer, text: str, unknown: int | None) -> bool:
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    return Coverage(tokenizer, unknown).is_low(ids)


@pytest.fixture(scope="module")
def wordpiece() -> Tokenizer:
    vocabulary = {token: i for i, token in enumerate(WORDPIECE)}
    fillers = {f"word{i}": len(WORDPIECE) + i for i in range(40)}  # mostly Latin
    made = Tokenizer(models.WordPiece({**vocabulary, **fillers}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


@pytest.mark.parametrize(("text", "expected"), SENTENCES.items())
def test_word_pieces(wordpiece: Tokenizer, text: str, expected: bool) -> None:
    assert low(wordpiece, text, 0) is expected


def test_a_vocabulary_of_single_characters_covers_its_script() -> None:
    characters = "今天我很高兴谢你们再见"
    tokens = {"[UNK]": 0, **{c: i + 1 for i, c in enumerate(characters)}}
    made = Tokenizer(models.WordPiece(tokens, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    assert not low(made, "今 天 我 很 高 兴", 0)


def test_bytes_with_marked_spaces() -> None:
    tokens = ["Ġ", "t", "h", "e", "c", "a", "Ġt", "he", "Ġthe", "Ġc", "at", "Ġcat", "q", "z", "the"]
    merges = [
        ("Ġ", "t"),
        ("h", "e"),
        ("Ġt", "he"),
        ("Ġ", "c"),
        ("a", "t"),
        ("Ġc", "at"),
        ("t", "he"),
    ]
    made = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    assert not low(made, "the cat the cat", None)
    assert low(made, "tq zz qa hz", None)
