from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from emoscope.training.batches import Collate, TokenisedTexts, pad, tokenise  # noqa: E402


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder):
    return transformers.AutoTokenizer.from_pretrained(tiny_encoder)


def test_pad_by_hand():
    ids, mask = pad([np.array([5, 6, 7]), np.array([8])], pad_id=1)
    assert ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    wide, _ = pad([np.array([5, 6, 7])], pad_id=0, multiple=8)
    assert wide.shape == (1, 8)


def test_texts_are_normalised_cut_and_bracketed(tokenizer):
    data = TokenisedTexts(
        ["we  are\u200b glad", "i am happy today " * 9], np.zeros((2, 3)), tokenizer, 6
    )
    assert data.texts[0] == "we are glad"
    assert data.lengths.tolist() == [5, 6]
    for tokens in data.tokens:
        assert (tokens[0], tokens[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)


def test_a_batch_is_as_wide_as_its_longest_text(tokenizer):
    data = TokenisedTexts(["we are", "we are so glad now", "so"], np.eye(3), tokenizer, 16)
    batch = Collate(data)([2, 0])
    assert batch["input_ids"].shape == (2, 4)
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert batch["labels"].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert Collate(data, multiple=8)([1])["input_ids"].shape == (1, 8)


def test_a_batch_equals_what_the_tokenizer_pads(tokenizer):
    texts = ["we are so glad", "they look mad", "so"]
    data = TokenisedTexts(texts, np.zeros((3, 1)), tokenizer, 16)
    ours = Collate(data)([0, 1, 2])
    theirs = tokenizer(texts, padding=True, return_tensors="pt")
    assert torch.equal(ours["input_ids"], theirs["input_ids"])
    assert torch.equal(ours["attention_mask"], theirs["attention_mask"])


def test_rewriting_sees_text_row_and_epoch(tokenizer):
    data = TokenisedTexts(["glad", "mad"], np.zeros((2, 1)), tokenizer, 16)
    seen = []

    def rewrite(text: str, row: int, epoch: int) -> str:
        seen.append((text, row, epoch))
        return "we are furious"

    collate = Collate(data, rewrite=rewrite)
    collate.epoch = 3
    batch = collate([1])
    assert seen == [("mad", 1, 3)]
    assert batch["input_ids"][0].tolist() == tokenise(tokenizer, ["we are furious"], 16)[0].tolist()
