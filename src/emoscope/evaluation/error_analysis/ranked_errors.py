"""False positives and false negatives, ranked by probability."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class RankedError:
    """One label of one text that the model got wrong."""

    row: int
    """Row in the judged split."""
    label: int
    probability: float


def false_positives(
    truth: Bools, predicted: Bools, probabilities: npt.ArrayLike
) -> list[RankedError]:
    """Labels given to texts that do not have them, the most probable first."""
    return _ranked(predicted & ~truth, probabilities, highest_first=True)


def false_negatives(
    truth: Bools, predicted: Bools, probabilities: npt.ArrayLike
) -> list[RankedError]:
    """True labels that were not given, the least probable first."""
    return _ranked(truth & ~predicted, probabilities, highest_first=False)


def limit_per_label(
    items: Iterable[_Item],
    most: int,
    each_label: int = 2,
    label: Callable[[_Item], Hashable] = attrgetter("label"),
) -> list[_Item]:
    """The first ``most``, of any one label at most ``each_label``."""
    seen: Counter[Hashable] = Counter()
    kept: list[_Item] = []
    for item in items:
        seen[label(item)] += 1
        if seen[label(item)] <= each_label and len(kept) < most:
            kept.append(item)
    return kept


def _ranked(
    wrong: Bools, probabilities: npt.ArrayLike, *, highest_first: bool
) -> list[RankedError]:
    given = np.asarray(probabilities, dtype=np.float64)
    rows, labels = np.nonzero(wrong)
    values = given[rows, labels]
    order = np.argsort(-values if highest_first else values, kind="stable")
    return [RankedError(int(rows[k]), int(labels[k]), float(values[k])) for k in order]
