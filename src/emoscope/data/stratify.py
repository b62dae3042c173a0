"""Deal rows into parts so that every label, and every pair of labels, is shared out in proportion.

Sources: Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label Data", ECML PKDD 2011
(rarest label first, each row to the part that still wants it most) and Szymański, Kajdanowicz, "A
Network Perspective on Stratification of Multi-Label Data", PMLR 74, 2017 (pairs of labels before
single labels). An own implementation: the package that has it needs scikit-learn, which the core
does without. Rows of one label or pair are dealt in one go, so a million rows take seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_Ints = npt.NDArray[np.intp]

_MANY_LABELS = 100
"""Above this many labels, only single labels are shared out: their pairs would take minutes."""


def stratify(
    labels: npt.NDArray[np.bool_],
    shares: Sequence[float],
    seed: int,
    groups: _Ints | None = None,
) -> _Ints:
    """Return for each row the index of its part, shape (n,).

    ``labels`` is (n, n_labels); with one label a row this is ordinary stratification. ``shares``
    are the parts' sizes, each above zero; they are scaled to sum to one. Rows with the same value
    in ``groups`` (n,) get the same part. The same arguments always give the same parts.
    """
    dealer = _Dealer(labels, np.asarray(shares, dtype=np.float64), seed)
    if groups is not None:
        dealer.deal_groups(groups)
    dealer.deal_pairs()
    dealer.deal_labels()
    dealer.deal_the_rest()
    return dealer.part


class _Dealer:
    """The state of one dealing. ``a`` and ``b`` are labels; a label alone is the pair (a, a)."""

    def __init__(
        self, labels: npt.NDArray[np.bool_], shares: npt.NDArray[np.float64], seed: int
    ) -> None:
        shares = shares / shares.sum()
        self.labels = np.asfortranarray(labels)  # whole columns are read, again and again
        self.part: _Ints = np.full(len(labels), -1, dtype=np.intp)
        self.random = np.random.default_rng(seed)
        self.waiting = _pair_counts(self.labels)
        """(n_labels, n_labels): rows not dealt yet that have both labels."""
        self.wanted = self.waiting[:, :, None] * shares
        """(n_labels, n_labels, n_parts): how many more of these each part should get."""
        self.room = len(labels) * shares
        """(n_parts,): how many more rows each part should get."""

    def deal_groups(self, groups: _Ints) -> None:
        """Deal groups of several rows, each as a whole, the largest first while there is room."""
        order = np.argsort(groups, kind="stable")
        _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
        frequency = np.diag(self.waiting).copy()
        for g in np.argsort(-sizes, kind="stable"):
            if sizes[g] == 1:
                break
            rows = order[starts[g] : starts[g] + sizes[g]]
            held = np.flatnonzero(self.labels[rows].any(axis=0))
            if held.size:
                rarest = held[np.argmin(frequency[held])]
                part = _wants_most(self.wanted[rarest, rarest].tolist(), self.room.tolist())
            else:
                part = int(np.argmax(self.room))
            self._give(rows, part)

    def deal_pairs(self) -> None:
        """Deal the rows with two labels or more, those with the rarest pair first."""
        while self.labels.shape[1] <= _MANY_LABELS:
            pairs = np.triu(self.waiting, 1)
            if not pairs.any():
                return
            pairs[pairs == 0] = np.inf
            a, b = np.unravel_index(np.argmin(pairs), pairs.shape)
            self._deal(int(a), int(b))

    def deal_labels(self) -> None:
        """Deal the rows with one label, those with the rarest label first."""
        while True:
            counts = np.diag(self.waiting).copy()
            if not counts.any():
                return
            counts[counts == 0] = np.inf
            label = int(np.argmin(counts))
            self._deal(label, label)

    def deal_the_rest(self) -> None:
        """Deal the rows without label to wherever there is room."""
        rows = self.random.permutation(np.flatnonzero(self.part < 0))
        parts = _turns(self.room.tolist(), self.room.tolist(), len(rows))
        self.part[rows] = parts

    def _deal(self, a: int, b: int) -> None:
        free = (self.part < 0) & self.labels[:, a] & self.labels[:, b]
        rows = self.random.permutation(np.flatnonzero(free))
        turns = np.array(_turns(self.wanted[a, b].tolist(), self.room.tolist(), len(rows)))
        for part in np.unique(turns):
            self._give(rows[turns == part], int(part))

    def _give(self, rows: _Ints, part: int) -> None:
        self.part[rows] = part
        given = _pair_counts(self.labels[rows])
        self.waiting -= given
        self.wanted[:, :, part] -= given
        self.room[part] -= len(rows)


def _pair_counts(labels: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """(n_labels, n_labels): rows with both labels; the diagonal counts single labels."""
    numbers = labels.astype(np.float32)  # float32 counts exactly up to 16 million
    return (numbers.T @ numbers).astype(np.float64)


def _wants_most(wanted: list[float], room: list[float]) -> int:
    """The part that wants the label most; among equals, the one with most room."""
    return max(range(len(wanted)), key=lambda part: (wanted[part], room[part]))


def _turns(wanted: list[float], room: list[float], n: int) -> list[int]:
    """Parts of ``n`` rows dealt one by one, each to the part that wants it most then."""
    turns = []
    for _ in range(n):
        part = _wants_most(wanted, room)
        wanted[part] -= 1
        room[part] -= 1
        turns.append(part)
    return turns
