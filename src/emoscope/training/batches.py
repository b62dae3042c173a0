"""Texts as padded token batches: tokenised once, padded to the longest of the batch.

Padding every text to 128 tokens spends five sixths of the work on nothing: GoEmotions has 20
tokens a text on average.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from emoscope.text import normalise_newest as normalise

Rewrite = Callable[[str, int, int], str]
"""(text, row, epoch) -> the text to train on in that epoch."""


class TokenisedTexts(Dataset[int]):
    """Token ids of texts with their targets; items are row numbers, for :class:`Collate`."""

    def __init__(
        self,
        texts: Sequence[str],
        targets: npt.NDArray[np.float32],
        tokenizer: Any,
        max_length: int,
    ) -> None:
        """Normalise, tokenise and cut ``texts`` at ``max_length``; targets: (n, n_labels)."""
        self.texts = [normalise(text) for text in texts]
        self.targets = torch.from_numpy(np.ascontiguousarray(targets, dtype=np.float32))
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.tokens = tokenise(tokenizer, self.texts, max_length)
        self.lengths = np.array([len(t) for t in self.tokens], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, row: int) -> int:
        return row


class Collate:
    """Row numbers -> ``input_ids``, ``attention_mask`` (b, t) and ``labels`` (b, n_labels)."""

    def __init__(
        self,
        data: TokenisedTexts,
        *,
        multiple: int = 1,
        rewrite: Rewrite | None = None,
    ) -> None:
        """Pad to a ``multiple`` of tokens (8 suits GPUs); ``rewrite`` augments texts."""
        self.data = data
        self._multiple = multiple
        self._rewrite = rewrite
        self.epoch = 0

    def __call__(self, rows: list[int]) -> dict[str, torch.Tensor]:
        """One batch."""
        data = self.data
        if self._rewrite is None:
            tokens = [data.tokens[row] for row in rows]
        else:
            texts = [self._rewrite(data.texts[row], row, self.epoch) for row in rows]
            tokens = tokenise(data.tokenizer, texts, data.max_length)
        ids, mask = pad(tokens, int(data.tokenizer.pad_token_id), self._multiple)
        return {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(mask),
            "labels": data.targets[rows],
        }


def tokenise(tokenizer: Any, texts: Sequence[str], max_length: int) -> list[npt.NDArray[np.int32]]:
    """Token ids of each text, special tokens included, cut at ``max_length``."""
    encoded = tokenizer(
        list(texts),
        truncation=True,
        max_length=max_length,
        return_attention_mask=False,
        return_token_type_ids=False,
    )
    return [np.asarray(ids, dtype=np.int32) for ids in encoded["input_ids"]]


def pad(
    tokens: Sequence[npt.NDArray[np.int32]], pad_id: int, multiple: int = 1
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Right-padded ids and mask, both (b, t), t the longest length rounded up to ``multiple``."""
    longest = max(len(t) for t in tokens)
    width = -(-longest // multiple) * multiple
    ids = np.full((len(tokens), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(tokens), width), dtype=np.int64)
    for row, t in enumerate(tokens):
        ids[row, : len(t)] = t
        mask[row, : len(t)] = 1
    return ids, mask
