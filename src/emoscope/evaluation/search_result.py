"""What a search found: its trials, and how far chance alone moves their figures.

Plain data in ``search.json``. A search writes it, and the run that it leads to keeps a copy, so
that reports are drawn without the package that searched.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from emoscope.errors import DataError
from emoscope.io.atomic_files import atomic_file

FILE = "search.json"
FORMAT_VERSION = 1
State = Literal["complete", "pruned", "failed", "running"]


@dataclass(frozen=True)
class TrialResult:
    """One trial: some values of the searched keys, and how the recipe with them did."""

    number: int
    state: State
    values: Mapping[str, Any]
    """Full path of a key -> value; without keys whose condition was not fulfilled."""
    value: float | None = None
    """The figure on validation; of a pruned trial the last one before it was ended."""
    by_seed: tuple[float, ...] = ()
    """The figure of each seed; :attr:`value` is their mean, or the first where one counts."""
    sample_error: float | None = None
    """Standard error of its distance to the best trial that comes from the sample of validation
    texts, on which both were judged; None for trials that are not complete."""
    evaluations: int = 0
    """How often validation was scored."""
    seconds: float | None = None
    error: str = ""
    """Why it failed."""


@dataclass(frozen=True)
class Importance:
    """How much of the way to a good figure is owed to one key, of all keys together 1."""

    key: str
    value: float
    low: float
    high: float
    """95 % of the values when figures move as far as chance moves them."""
    chance: float
    """What 95 % of searches stay below in which figures are nothing but noise."""


@dataclass(frozen=True)
class SearchResult:
    """All trials of a study."""

    recipe: str
    metric: str
    """Key of the figure in ``metrics.json``."""
    space: Mapping[str, Any]
    """The ``[search]`` table as plain data."""
    seeds: int
    """Seeds whose mean is a trial's figure."""
    starts_with_recipe: bool
    """Whether trial 0 is the recipe as it stands."""
    trials: tuple[TrialResult, ...]
    importances: tuple[Importance, ...] = ()

    @property
    def complete(self) -> tuple[TrialResult, ...]:
        """Trials with a figure that counts."""
        return tuple(trial for trial in self.trials if trial.state == "complete")

    @property
    def best(self) -> TrialResult | None:
        """The best one, the earliest of equals; None before one is complete."""
        return max(self.complete, key=lambda trial: trial.value or 0.0, default=None)

    @property
    def spread(self) -> float | None:
        """Standard deviation between seeds of one recipe, pooled over trials with several."""
        repeated = [trial.by_seed for trial in self.complete if len(trial.by_seed) > 1]
        degrees = sum(len(values) - 1 for values in repeated)
        if not degrees:
            return None
        squares = sum(statistics.variance(values) * (len(values) - 1) for values in repeated)
        return math.sqrt(squares / degrees)

    @property
    def seed_error(self) -> float:
        """Standard error of the difference of two trials by their seeds; 0 where unknown."""
        return (self.spread or 0.0) * math.sqrt(2.0 / self.seeds)

    def doubt(self, trial: TrialResult) -> float:
        """How far behind the best one ``trial`` may fall by chance: two standard errors.

        Chance is the seed and the sample of validation texts together.
        """
        if trial is self.best:
            return 0.0
        return 2.0 * math.hypot(self.seed_error, trial.sample_error or 0.0)

    @property
    def tied(self) -> tuple[TrialResult, ...]:
        """The best trial and those that chance alone may have put behind it."""
        best = self.best
        if best is None:
            return ()
        top = best.value or 0.0
        return tuple(t for t in self.complete if top - (t.value or 0.0) <= self.doubt(t))

    @property
    def figure_error(self) -> float:
        """Standard error of one figure, so that those of two give the usual one between trials."""
        errors = [t.sample_error for t in self.complete if t.sample_error]
        sample = statistics.median(errors) if errors else 0.0
        return math.hypot(self.seed_error, sample) / math.sqrt(2.0)

    @property
    def judged(self) -> tuple[TrialResult, ...]:
        """Trials that scored validation."""
        return tuple(trial for trial in self.trials if trial.evaluations)

    @property
    def evaluations(self) -> int:
        """How often validation was scored, all trials together."""
        return sum(trial.evaluations for trial in self.trials)

    def save(self, folder: Path) -> None:
        """Write ``search.json`` into ``folder``."""
        text = json.dumps({"format_version": FORMAT_VERSION, **asdict(self)}, indent=1) + "\n"
        with atomic_file(folder / FILE) as part:
            part.write_text(text, encoding="utf-8")


def read_search(folder: Path) -> SearchResult | None:
    """What a search left in ``folder``, or the run of its winner; None without ``search.json``.

    Raises :class:`DataError` for a file that cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_bytes())
        version = data.pop("format_version")
        if version != FORMAT_VERSION:
            raise ValueError(f"its format is {version}, and this emoscope reads {FORMAT_VERSION}")
        trials = (TrialResult(**{**t, "by_seed": tuple(t["by_seed"])}) for t in data["trials"])
        importances = (Importance(**each) for each in data["importances"])
        return SearchResult(**{**data, "trials": tuple(trials), "importances": tuple(importances)})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(
            f"{path} cannot be read ({error}). Write it again with `emoscope tune`."
        ) from error


def short_keys(space: Mapping[str, Any]) -> dict[str, str]:
    """Each key by its last part, or as much of its path as tells it from the others."""
    names = {}
    for path in space:
        parts = path.split(".")
        for n in range(1, len(parts) + 1):
            name = ".".join(parts[-n:])
            if sum(f".{other}".endswith(f".{name}") for other in space) == 1:
                break
        names[path] = name
    return names


def shown_value(value: Any) -> str:
    """A value of a key as a person writes it: three significant digits, lists as JSON."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return json.dumps(value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)
