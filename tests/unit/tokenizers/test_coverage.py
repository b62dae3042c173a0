from __future__ import annotations

import json

import pytest

from emoscope.tokenizers.coverage import Coverage
from emoscope.tokenizers.tokenizer import TextTokenizer
from emoscope.tokenizers.wordpiece import WordPiece

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


FILLERS = [f"word{i}" for i in range(40)]  # mostly Latin


def low(tokenizer: TextTokenizer, text: str, unknown: int | None) -> bool:
    (ids,) = tokenizer.ids([text])
    return Coverage(tokenizer, unknown).is_low(ids)


def through_the_package(description: dict[str, object]) -> TextTokenizer:
    pytest.importorskip("tokenizers")
    from emoscope.tokenizers.huggingface import OtherTokenizer

    return OtherTokenizer(json.dumps(description))


@pytest.mark.parametrize("read", [WordPiece.read, through_the_package])
@pytest.mark.parametrize(("text", "expected"), SENTENCES.items())
def test_word_pieces(describe, read, text: str, expected: bool) -> None:
    assert low(read(describe([*WORDPIECE, *FILLERS])), text, 0) is expected


def test_a_vocabulary_of_single_characters_covers_its_script(describe) -> None:
    characters = "今天我很高兴谢你们再见"
    assert not low(WordPiece.read(describe(["[UNK]", *characters])), "今天我很高兴", 0)


def test_bytes_with_marked_spaces(describe) -> None:
    tokens = ["Ġ", "t", "h", "e", "c", "a", "Ġt", "he", "Ġthe", "Ġc", "at", "Ġcat", "q", "z", "the"]
    merges = ["Ġ t", "h e", "Ġt he", "Ġ c", "a t", "Ġc at", "t he"]
    made = through_the_package(
        {
            **describe([]),
            "normalizer": None,
            "pre_tokenizer": {
                "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
                "use_regex": True,
            },
            "post_processor": None,
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None, "fuse_unk": False,
                "continuing_subword_prefix": None, "end_of_word_suffix": None,
                "vocab": {token: i for i, token in enumerate(tokens)}, "merges": merges,
            },
        }
    )  # fmt: skip
    assert not low(made, "the cat the cat", None)
    assert low(made, "tq zz qa hz", None)


def test_words_without_pieces_or_marks(describe) -> None:
    description = describe(["[UNK]", "the", "cat"])
    vocabulary = description["model"]["vocab"]
    description["model"] = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    made = through_the_package(description)
    assert not low(made, "the cat sat", 0)
    assert low(made, "one sat on the mat", 0)
