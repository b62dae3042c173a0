"""False positives and false negatives, ranked by probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools


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


def limit_per_label(errors: list[RankedError], most: int, each_label: int = 2) -> list[RankedError]:
    """The first ``most``, of any one label at most ``each_label``."""
    kept: list[RankedError] = []
    seen: dict[int, int] = {}
    for mistake in errors:
        if seen.get(mistake.label, 0) < each_label:
            kept.append(mistake)
            seen[mistake.label] = seen.get(mistake.label, 0) + 1
        if len(kept) == most:
            break
    return kept


def _ranked(
    wrong: Bools, probabilities: npt.ArrayLike, *, highest_first: bool
) -> list[RankedError]:
    given = np.asarray(probabilities, dtype=np.float64)
    rows, labels = np.nonzero(wrong)
    values = given[rows, labels]
    order = np.argsort(-values if highest_first else values, kind="stable")
    return [RankedError(int(rows[k]), int(labels[k]), float(values[k])) for k in order]
