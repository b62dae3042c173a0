from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from emoscope.errors import MissingExtra, ModelFolderError
from emoscope.tokenizers.window_tokenizer import WindowTokenizer

TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c"]


@pytest.fixture
def words(describe):
    return describe(TOKENS)


@pytest.fixture(params=["own", "package"])
def make(request: pytest.FixtureRequest):
    """A tokenizer of a description, through emoscope's WordPiece and through the package."""
    if request.param == "own":
        return lambda words, n: WindowTokenizer.from_json(json.dumps(words), n)
    pytest.importorskip("tokenizers")
    from emoscope.tokenizers.huggingface import OtherTokenizer

    return lambda words, n: WindowTokenizer(OtherTokenizer(json.dumps(words)), n)


def test_special_tokens_stand_around_each_window(make, words):
    windows = make(words, 4).windows(["a b c", ""])
    assert windows.ids == [[2, 4, 5, 3], [2, 5, 6, 3], [2, 3]]
    assert windows.owners.tolist() == [0, 0, 1]


def test_truncation_and_padding_of_the_file_do_not_count(make, words):
    words["truncation"] = {
        "direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0,
    }  # fmt: skip
    words["padding"] = {
        "strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
        "pad_type_id": 0, "pad_token": "[PAD]",
    }  # fmt: skip
    assert make(words, 32).bodies(["a b c a"]) == [[4, 5, 6, 4]]
    assert make(words, 32).bodies(["a b c a", "b"]) == [[4, 5, 6, 4], [5]]


def test_tokenizer_without_special_tokens(make, words):
    words["post_processor"] = None
    tokenizer = make(words, 4)
    assert (tokenizer.prefix, tokenizer.suffix) == ((), ())


def test_texts_are_normalised_first(make, words):
    assert make(words, 8).bodies(["a\u200b   b"]) == [[4, 5]]


def test_padding_goes_to_the_longest(make, words):
    ids, mask = make(words, 8).pad([[2, 4, 3], [2]])
    assert ids.tolist() == [[2, 4, 3], [2, 0, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_notes_on_long_and_foreign_texts(make, words):
    tokenizer = make(words, 5)
    notes = tokenizer.notes(tokenizer.bodies(["a b c", "a b c a", "x y z a b", "x", ""]))
    assert notes == [(), ("long_text",), ("low_coverage", "long_text"), ("low_coverage",), ()]


def test_missing_and_broken_files(tmp_path: Path):
    with pytest.raises(ModelFolderError, match=r"has no tokenizer\.json"):
        WindowTokenizer.load(tmp_path, 8)
    for broken in (b"{", b"[]", b'{"version": "1.0"}', b"\xff"):
        (tmp_path / "tokenizer.json").write_bytes(broken)
        with pytest.raises(ModelFolderError, match="not a tokenizer that can be read"):
            WindowTokenizer.load(tmp_path, 8)


def test_reads_its_file(tmp_path: Path, words):
    (tmp_path / "tokenizer.json").write_text(json.dumps(words), encoding="utf-8")
    assert WindowTokenizer.load(tmp_path, 8).windows(["c"]).ids == [[2, 6, 3]]


@pytest.fixture
def word_level(words):
    """Another kind than WordPiece."""
    words["model"] = {"type": "WordLevel", "vocab": words["model"]["vocab"], "unk_token": "[UNK]"}
    return words


def test_other_kinds_go_through_the_package(word_level):
    pytest.importorskip("tokenizers")
    tokenizer = WindowTokenizer.from_json(json.dumps(word_level), 8)
    assert tokenizer.windows(["a ab"]).ids == [[2, 4, 1, 3]]


def test_a_broken_model_of_another_kind(tmp_path: Path, word_level):
    pytest.importorskip("tokenizers")
    word_level["model"]["type"] = "NoSuchModel"
    (tmp_path / "tokenizer.json").write_text(json.dumps(word_level), encoding="utf-8")
    with pytest.raises(ModelFolderError, match="not a tokenizer that can be read"):
        WindowTokenizer.load(tmp_path, 8)


def test_without_the_package_the_extra_is_named(
    tmp_path: Path, word_level, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    monkeypatch.delitem(sys.modules, "emoscope.tokenizers.huggingface", raising=False)
    (tmp_path / "tokenizer.json").write_text(json.dumps(word_level), encoding="utf-8")
    with pytest.raises(MissingExtra, match=r"not a plain WordPiece.*emoscope\[encoders\]"):
        WindowTokenizer.load(tmp_path, 8)
