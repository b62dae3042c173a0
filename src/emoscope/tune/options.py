"""How a search is run, besides its recipe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from emoscope.errors import SearchError, listing, nearest

Pruner = Literal["median", "halving", "none"]
USUAL_TRIALS = 30
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?")


@dataclass(frozen=True)
class SearchOptions:
    """Options of a search; raises :class:`SearchError` for impossible ones."""

    trials: int | None = None
    """Trials in all, those of earlier sessions and other processes included; 30, or the whole grid,
    when not given."""
    timeout: float | None = None
    """Seconds after which this session begins no other trial."""
    grid: bool = False
    """Try all combinations once, in place of what looks promising."""
    seeds: int = 1
    """Seeds that each trial is trained with, the same for all; its figure is their mean."""
    pruner: Pruner = "median"
    """What ends a trial after an evaluation: being worse than the median of the others there, or
    successive halving, which lets the better half go on."""
    jobs: int = 1
    """Processes on this machine that share the trials."""

    def __post_init__(self) -> None:
        """Refuse unknown names and impossible numbers."""
        for name in ("trials", "seeds", "jobs"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SearchError(f"--{name} {value}: give a whole number, at least 1.")
        if self.timeout is not None and self.timeout <= 0:
            raise SearchError(f"A timeout of {self.timeout} seconds leaves no time for a trial.")
        known = get_args(Pruner)
        if self.pruner not in known:
            raise SearchError(
                f"There is no pruner {self.pruner!r}. {nearest(self.pruner, known)}"
                f"Known are: {listing(known)}."
            )


def parse_duration(text: str) -> float:
    """Seconds of ``2h``, ``90m``, ``1h30m`` or ``45s``; a bare number is seconds.

    Raises :class:`SearchError` for anything else.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None or not any(found.groups()):
        raise SearchError(f"A timeout of {text!r} is not understood. Write 2h, 90m or 1h30m.")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds
