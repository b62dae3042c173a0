"""The fallback: what a text gets when none of its labels passes its threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emoscope.arrays import Bools, Floats
from emoscope.decisions.options import FALLBACKS, Fallback
from emoscope.errors import DecisionError, listing

NEUTRAL = "neutral"


def allowed_fallbacks(labels: Sequence[str]) -> tuple[Fallback, ...]:
    """Those that these labels allow: ``neutral`` needs a label of that name."""
    return tuple(each for each in FALLBACKS if each != "neutral" or NEUTRAL in labels)


def check_fallback(fallback: Fallback, labels: Sequence[str]) -> Fallback:
    """Return ``fallback`` if these labels allow it, else raise :class:`DecisionError`."""
    if fallback not in FALLBACKS:
        raise DecisionError(f"Fallback {fallback!r} is unknown. Use one of: {listing(FALLBACKS)}.")
    if fallback == "neutral" and NEUTRAL not in labels:
        raise DecisionError(
            f"fallback = 'neutral' needs a label named {NEUTRAL!r}; the labels are: "
            f"{listing(labels, 30)}. Use 'none' or 'top'."
        )
    return fallback


def apply_fallback(
    passed: Bools, probabilities: Floats, fallback: Fallback, labels: Sequence[str]
) -> Bools:
    """``passed`` with its empty rows filled by ``fallback``; both have shape (n, n_labels)."""
    some = passed.any(axis=1)
    if fallback == "none" or some.all():
        return passed
    filled = passed.copy()
    empty = np.flatnonzero(~some)
    if fallback == "top":
        filled[empty, probabilities[empty].argmax(axis=1)] = True
    else:
        filled[empty, list(labels).index(NEUTRAL)] = True
    return filled
