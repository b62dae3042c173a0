"""Which neurons of a feed-forward layer the others can stand in for.

On texts, the second moments of the neurons tell what it costs to do without one: how much of the
layer's output is lost, in least squares, once the weights of the others are fitted again (the
optimal brain surgeon, Hassibi and Stork, 1993; over neurons as here, Kurtic et al., 2023, "ZipLM").

Shapes: k neurons, h channels of the layer's output.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

STEP = 64
"""Neurons go in groups of this size: matrix units of processors take as many bytes at once."""
_DAMPING = 1e-3
"""Added to the moments' diagonal, as a share of its mean: rare neurons are not fitted to noise."""

Matrix = npt.NDArray[np.float64]


def kept_neurons(size: int, share: float) -> int:
    """How many of ``size`` neurons are kept: whole groups, or 0 where that is all of them."""
    kept = max(1, round(size * share / STEP)) * STEP
    return kept if kept < size else 0


def choose_neurons(
    moments: Matrix, weights: Matrix, keep: int
) -> tuple[npt.NDArray[np.int64], Matrix]:
    """Which neurons to keep, ascending (keep,), and the weights that make up for the others.

    ``moments`` (k + 1, k + 1) are sums of products of neurons over tokens, and ``weights``
    (k + 1, h) those of the product behind them; the last row of both is a neuron that is always 1,
    its weights the bias. The weights returned are (keep + 1, h).

    Those neurons go first whose absence costs least; a neuron costs more when its likes are gone.
    """
    size = len(weights) - 1
    damped = moments + _DAMPING * np.mean(np.diag(moments)[:size]) * np.eye(size + 1)
    kept = np.arange(size)
    fitted = weights
    while len(kept) > keep:
        inverse = np.linalg.inv(damped[np.ix_(*[np.append(kept, size)] * 2)])
        gone = _least_missed(inverse[:-1, :-1], fitted[:-1], min(STEP, len(kept) - keep))
        kept = np.delete(kept, gone)
        rows = np.append(kept, size)
        fitted = np.linalg.solve(damped[np.ix_(rows, rows)], damped[rows] @ weights)
    return kept.astype(np.int64), fitted


def _least_missed(inverse: Matrix, weights: Matrix, n: int) -> list[int]:
    """The ``n`` neurons that cost least, one after the other, by the moments' inverse (k, k).

    Only the cheapest few groups are searched: what goes is among them.
    """
    cost = (weights**2).sum(axis=1) / np.diag(inverse)
    some = np.argsort(cost, kind="stable")[: 4 * n]
    left, weights = inverse[np.ix_(some, some)], weights[some]  # copies
    gone: list[int] = []
    for _ in range(n):
        cost = (weights**2).sum(axis=1) / np.diag(left)
        cost[gone] = np.inf
        i = int(cost.argmin())
        gone.append(i)
        # refit the others, and remove it from their inverse moments
        weights -= np.outer(left[:, i] / left[i, i], weights[i])
        left -= np.outer(left[:, i], left[i] / left[i, i])
        left[i, i] = 1.0
    return [int(some[i]) for i in gone]
