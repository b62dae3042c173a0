"""Long texts in overlapping windows: nothing is cut off without a word.

A text whose tokens do not fit into a model is read in windows of ``max_length`` tokens that overlap
by a quarter, so that a phrase cut by one border is whole in the next window. The windows' scores
are joined into the text's: by the maximum for each label when labels are independent (an emotion
shown anywhere was shown), by the mean when a text has one label (the choice of most of the text).

Pure functions on lists of token ids; the live and the ONNX scorer share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.taxonomy import Task

OVERLAP = 0.25
"""Share of a window that the next one repeats."""


@dataclass(frozen=True)
class Windows:
    """The windows of ``n_texts`` texts, in order of text and place."""

    ids: list[list[int]]
    """Token ids of each window, special tokens included, none longer than ``max_length``."""
    owners: npt.NDArray[np.int64]
    """Shape (n_windows,), ascending: the text each window belongs to."""
    n_texts: int

    @property
    def split_texts(self) -> npt.NDArray[np.int64]:
        """Indices of the texts that needed more than one window."""
        texts, counts = np.unique(self.owners, return_counts=True)
        return np.asarray(texts[counts > 1], dtype=np.int64)


def cut(
    bodies: Sequence[Sequence[int]],
    max_length: int,
    prefix: Sequence[int] = (),
    suffix: Sequence[int] = (),
) -> Windows:
    """Cut texts, given as token ids without special tokens, into windows.

    Each window is ``prefix`` + a piece + ``suffix`` (such as ``[CLS]`` and ``[SEP]``) and at most
    ``max_length`` long. The last window of a long text ends with the text and is as long as the
    others, so no window is a stump. An empty text is one window without a piece.

    Raises ValueError when ``max_length`` leaves no room for a token.
    """
    room = max_length - len(prefix) - len(suffix)
    if room < 1:
        raise ValueError(
            f"max_length {max_length} leaves no room beside {len(prefix) + len(suffix)} special "
            "tokens. Give a larger max_length."
        )
    stride = max(1, room - int(room * OVERLAP))
    ids: list[list[int]] = []
    owners: list[int] = []
    for owner, body in enumerate(bodies):
        for start in _starts(len(body), room, stride):
            ids.append([*prefix, *body[start : start + room], *suffix])
            owners.append(owner)
    return Windows(ids, np.asarray(owners, dtype=np.int64), len(bodies))


def _starts(length: int, room: int, stride: int) -> list[int]:
    """First token of each window over ``length`` tokens."""
    if length <= room:
        return [0]
    last = length - room
    return [*range(0, last, stride), last]


def join(scores: npt.NDArray[np.float32], windows: Windows, task: Task) -> npt.NDArray[np.float32]:
    """Join scores of windows (n_windows, n_labels) into scores of texts (n_texts, n_labels)."""
    if len(windows.ids) == windows.n_texts:
        return scores
    firsts = np.searchsorted(windows.owners, np.arange(windows.n_texts))
    if task == "multi_label":
        return np.asarray(np.maximum.reduceat(scores, firsts, axis=0), dtype=np.float32)
    counts = np.bincount(windows.owners, minlength=windows.n_texts)[:, None]
    return np.asarray(np.add.reduceat(scores, firsts, axis=0) / counts, dtype=np.float32)


def batches_by_length(lengths: Sequence[int], batch_size: int) -> list[npt.NDArray[np.int64]]:
    """Group windows of about one length, longest first, so that little of a batch is padding.

    Longest first: if memory does not suffice, it fails at once and not after an hour.
    """
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
