from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from emoscope.errors import ModelFolderError
from emoscope.runtime.tokenizer import WindowTokenizer


@pytest.fixture
def words() -> Tokenizer:
    vocabulary = {t: i for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def test_special_tokens_stand_around_each_window(words):
    windows = WindowTokenizer(words, max_length=4).windows(["a b c", ""])
    assert windows.ids == [[2, 4, 5, 3], [2, 5, 6, 3], [2, 3]]
    assert windows.owners.tolist() == [0, 0, 1]


def test_truncation_and_padding_of_the_file_are_switched_off(words):
    words.enable_truncation(3)
    words.enable_padding(length=9)
    assert WindowTokenizer(words, max_length=32).bodies(["a b c a"]) == [[4, 5, 6, 4]]


def test_tokenizer_without_special_tokens(words):
    words.post_processor = processors.TemplateProcessing(single="$A", special_tokens=[])
    tokenizer = WindowTokenizer(words, max_length=4)
    assert (tokenizer.prefix, tokenizer.suffix) == ((), ())


def test_texts_are_normalised_first(words):
    assert WindowTokenizer(words, 8).bodies(["a\u200b   b"]) == [[4, 5]]


def test_padding_goes_to_the_longest(words):
    ids, mask = WindowTokenizer(words, 8).pad([[2, 4, 3], [2]])
    assert ids.tolist() == [[2, 4, 3], [2, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_notes_on_long_and_foreign_texts(words):
    tokenizer = WindowTokenizer(words, max_length=5)
    notes = tokenizer.notes(tokenizer.bodies(["a b c", "a b c a", "x y z a b", "x", ""]))
    assert notes == [(), ("long_text",), ("low_coverage", "long_text"), ("low_coverage",), ()]


def test_missing_and_broken_files(tmp_path: Path):
    with pytest.raises(ModelFolderError, match=r"has no tokenizer\.json"):
        WindowTokenizer.load(tmp_path, 8)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ModelFolderError, match="not a tokenizer that can be read"):
        WindowTokenizer.load(tmp_path, 8)


def test_reads_its_file(tmp_path: Path, words):
    words.save(str(tmp_path / "tokenizer.json"))
    assert WindowTokenizer.load(tmp_path, 8).windows(["c"]).ids == [[2, 6, 3]]
