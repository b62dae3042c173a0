"""The tiny encoder folder, whose scores can be added up by hand, and tokenizers written by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

FIXTURE = Path(__file__).parents[1] / "fixtures" / "tiny_encoder"


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """A copy of the tiny encoder, to be damaged."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "tiny"))


@pytest.fixture(scope="session")
def describe() -> Callable[..., dict[str, Any]]:
    """Make the content of a ``tokenizer.json`` as BERT's, small letters, by hand."""

    def make(tokens: Iterable[str], **switches: bool | None) -> dict[str, Any]:
        ids = {token: i for i, token in enumerate(tokens)}
        special = [token for token in ids if token.startswith("[") and token.endswith("]")]
        kinds = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        around = [token for token in ("[CLS]", "[SEP]") if token in ids]
        single: list[dict[str, Any]] = [{"SpecialToken": {"id": t, "type_id": 0}} for t in around]
        single.insert(1, {"Sequence": {"id": "A", "type_id": 0}})
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {"id": ids[token], "content": token, **kinds, "special": True} for token in special
            ],
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": None,
                "lowercase": True,
                **switches,
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": single,
                "pair": [
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 1}},
                ],
                "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in around},
            },
            "decoder": None,
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": ids,
            },
        }

    return make
