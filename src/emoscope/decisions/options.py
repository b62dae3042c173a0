"""What a person may ask of a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from emoscope.errors import DecisionError, listing, nearest

CalibrationKind = Literal["none", "temperature", "platt"]
ThresholdMethod = Literal["fixed", "global", "plug_in", "shrunk", "raw"]
Fallback = Literal["none", "top", "neutral"]
Objective = Literal["macro_f1", "micro_f1"]

# Simplest first: cross-validation gives a tie to the one that comes earlier.
CALIBRATION_KINDS: tuple[CalibrationKind, ...] = get_args(CalibrationKind)
THRESHOLD_METHODS: tuple[ThresholdMethod, ...] = get_args(ThresholdMethod)
FALLBACKS: tuple[Fallback, ...] = get_args(Fallback)
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)


@dataclass(frozen=True)
class PolicyOptions:
    """How a policy is fitted; ``auto`` lets cross-validation inside the split decide."""

    calibration: Literal["auto", "none", "temperature", "platt"] = "auto"
    """From scores to calibrated probabilities: not at all, one temperature, or a line a label."""
    thresholds: Literal["auto", "fixed", "global", "raw", "shrunk", "plug_in"] = "auto"
    """Where a label begins to hold; see the modules of the same names."""
    fixed: float = 0.5
    """The threshold of method ``fixed``, in [0, 1]."""
    fallback: Literal["auto", "none", "top", "neutral"] = "auto"
    """What a text gets when no label passes: nothing, its most probable label, or neutral."""
    folds: int = 5
    """Parts of the split in cross-validation."""
    repeats: int = 3
    """How often cross-validation is repeated, with other folds."""
    seed: int = 0
    """Fixes the folds and the bootstrap resamples."""
    objective: Objective = "macro_f1"
    """What thresholds and cross-validation maximise."""

    def __post_init__(self) -> None:
        """Refuse unknown names and impossible numbers."""
        _one_of("calibration", self.calibration, ("auto", *CALIBRATION_KINDS))
        _one_of("thresholds", self.thresholds, ("auto", *THRESHOLD_METHODS))
        _one_of("fallback", self.fallback, ("auto", *FALLBACKS))
        _one_of("objective", self.objective, OBJECTIVES)
        check_threshold(self.fixed)
        for name, least in (("folds", 2), ("repeats", 1), ("seed", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise DecisionError(
                    f"Policy option {name} = {value!r}: give a whole number, at least {least}."
                )


def check_threshold(value: float) -> float:
    """Return ``value`` as a float in [0, 1], else raise :class:`DecisionError`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= 1.0:
        raise DecisionError(f"A threshold of {value!r} is impossible. Give a number from 0 to 1.")
    return float(value)


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise DecisionError(
            f"Policy option {name} = {value!r} is unknown. {nearest(str(value), known)}"
            f"Known are: {listing(known)}."
        )
