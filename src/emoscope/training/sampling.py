"""Which train texts come when: shuffled, grouped by length, rare labels repeated.

The order of an epoch depends on (seed, epoch) alone, not on any generator's state. So a resumed
run finds the same order without saving it, and every process of a distributed run computes the
same one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from torch.utils.data import Sampler

MEGABATCH = 50
"""Batches that are sorted by length together: more saves padding, fewer mixes better."""


class EpochOrder(Sampler[int]):
    """Row indices of one epoch after another; consecutive runs of ``batch_size`` are one batch."""

    def __init__(
        self,
        lengths: npt.NDArray[np.int64],
        batch_size: int,
        seed: int,
        *,
        group_by_length: bool = True,
        repeats: npt.NDArray[np.float64] | None = None,
    ) -> None:
        """Order rows of these token ``lengths``; ``repeats``: how often each comes on average."""
        self._lengths = lengths
        self._batch_size = batch_size
        self._seed = seed
        self._group = group_by_length
        self._repeats = repeats
        self._length = len(lengths) if repeats is None else round(float(repeats.sum()))
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration gives."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng((self._seed, self.epoch))
        rows = random.permutation(len(self._lengths))
        if self._repeats is not None:
            rows = self._draw(rows, self._repeats[rows], random)
        if self._group:
            rows = self._grouped(rows, random)
        return iter(rows.tolist())

    def _draw(
        self,
        rows: npt.NDArray[np.int64],
        repeats: npt.NDArray[np.float64],
        random: np.random.Generator,
    ) -> npt.NDArray[np.int64]:
        """Systematic sampling: floor or ceil of its repeats for each row, always the same total."""
        ends = np.cumsum(repeats)
        ticks = (np.arange(self._length) + random.random()) * (ends[-1] / self._length)
        drawn = rows[np.minimum(np.searchsorted(ends, ticks, side="right"), len(rows) - 1)]
        return random.permutation(drawn)

    def _grouped(
        self, rows: npt.NDArray[np.int64], random: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        """Sort megabatches by length, then shuffle batches; an incomplete one stays last."""
        span = self._batch_size * MEGABATCH
        batches = []
        for start in range(0, len(rows), span):
            mega = rows[start : start + span]
            mega = mega[np.argsort(-self._lengths[mega], kind="stable")]
            batches += [
                mega[i : i + self._batch_size] for i in range(0, len(mega), self._batch_size)
            ]
        rest = batches.pop() if len(batches[-1]) < self._batch_size else None
        shuffled = [batches[i] for i in random.permutation(len(batches))]
        if self.epoch == 0 and shuffled:
            # the longest batch first: what does not fit into memory fails at once, not later
            longest = max(range(len(shuffled)), key=lambda i: int(self._lengths[shuffled[i]].max()))
            shuffled[0], shuffled[longest] = shuffled[longest], shuffled[0]
        return np.concatenate([*shuffled, *([rest] if rest is not None else [])])


def repeat_factors(
    labels: npt.NDArray[np.bool_], rare_below: float, limit: float = 10.0
) -> npt.NDArray[np.float64]:
    """How often each row should come, shape (n,): repeat-factor sampling.

    A label held by the share f of the rows gets max(1, sqrt(rare_below / f)), a row the largest
    of its labels' (Gupta, Dollár, Girshick 2019, "LVIS", section 5), at most ``limit``.
    """
    share = labels.mean(axis=0)
    of_label = np.sqrt(rare_below / np.maximum(share, 1e-12))
    of_row = np.where(labels, np.clip(of_label, 1.0, limit), 1.0)
    return np.asarray(of_row.max(axis=1), dtype=np.float64)
