"""What a text gets when none of its labels passes its threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emoscope.decisions.activation import Matrix
from emoscope.decisions.options import WHEN_EMPTY, WhenEmpty
from emoscope.errors import DecisionError, listing

NEUTRAL = "neutral"


def rules_for(labels: Sequence[str]) -> tuple[WhenEmpty, ...]:
    """The rules that these labels allow: ``neutral`` needs a label of that name."""
    return tuple(rule for rule in WHEN_EMPTY if rule != "neutral" or NEUTRAL in labels)


def check_rule(rule: WhenEmpty, labels: Sequence[str]) -> WhenEmpty:
    """Return ``rule`` if these labels allow it, else raise :class:`DecisionError`."""
    if rule not in WHEN_EMPTY:
        raise DecisionError(f"Rule {rule!r} is unknown. Use one of: {listing(WHEN_EMPTY)}.")
    if rule == "neutral" and NEUTRAL not in labels:
        raise DecisionError(
            f"when_empty = 'neutral' needs a label named {NEUTRAL!r}; the labels are: "
            f"{listing(labels, 30)}. Use 'none' or 'top'."
        )
    return rule


def fill_empty(
    passed: npt.NDArray[np.bool_], probabilities: Matrix, rule: WhenEmpty, labels: Sequence[str]
) -> npt.NDArray[np.bool_]:
    """``passed`` with its empty rows filled after ``rule``; both have shape (n, n_labels)."""
    some = passed.any(axis=1)
    if rule == "none" or some.all():
        return passed
    filled = passed.copy()
    empty = np.flatnonzero(~some)
    if rule == "top":
        filled[empty, probabilities[empty].argmax(axis=1)] = True
    else:
        filled[empty, list(labels).index(NEUTRAL)] = True
    return filled
