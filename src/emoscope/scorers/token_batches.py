"""Batches bounded by tokens: what costs time and memory is tokens, padding included, not texts.

Sorted by length, a batch holds windows of almost one length, so hardly a token of it is padding.
The bound is small: the activations of a batch then stay in a core's cache, and small batches spread
evenly over the workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

BATCH_TOKENS = 320
"""Most tokens a batch on a processor; from 192 to 512 the speed is the same within 3 %."""
DEVICE_BATCH_TOKENS = 32_768
"""Most tokens a batch on an accelerator, which wants large ones."""
CHUNK_TEXTS = 1024
"""Most texts that are sorted together."""
FIRST_CHUNK_TEXTS = 256
"""Texts of the first chunk: nothing is scored while it is cut into tokens."""
CHUNK_CHARACTERS = 1 << 20
"""A chunk with a longer text than usual ends at about this many characters, to bound memory."""


def batches_by_tokens(lengths: Sequence[int], most: int) -> list[npt.NDArray[np.int64]]:
    """Group windows, given by their ``lengths``, into batches of at most ``most`` tokens.

    Returns indices, the longest windows first: what is left to do when one worker finishes last is
    then small. A window longer than ``most`` is a batch of its own.
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    order = np.argsort(-sizes, kind="stable")
    batches = []
    start = 0
    while start < len(order):
        longest = int(sizes[order[start]])
        fit = max(1, most // max(1, longest))
        batches.append(order[start : start + fit])
        start += fit
    return batches


def chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Cut a supply of texts into pieces that fit into memory, however many or long they are."""
    chunk: list[str] = []
    characters, most = 0, min(FIRST_CHUNK_TEXTS, CHUNK_TEXTS)
    for text in texts:
        chunk.append(text)
        characters += len(text)
        if len(chunk) >= most or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters, most = [], 0, CHUNK_TEXTS
    if chunk:
        yield chunk
