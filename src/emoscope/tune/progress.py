"""What is said of a search while it goes on: a line a trial, and a bar on terminals."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from emoscope.evaluation.search_result import SearchResult, TrialResult, short_keys, shown_value
from emoscope.metrics.formatting import count, number
from emoscope.metrics.names import METRIC_NAMES
from emoscope.progress import HowFar, take_progress_file


class SearchProgress:
    """Tells of each finished trial once, whoever ran it."""

    def __init__(self, total: int, say: Callable[[str], None], *, bar: bool) -> None:
        """Give lines to ``say``; show a ``bar`` on a terminal's error stream."""
        self._total = total
        self._say = say
        self._told: set[int] = set()
        self._first = True
        self._file = take_progress_file()
        console = Console(stderr=True)
        self._bar: Progress | None = None
        if bar and console.is_terminal:
            self._bar = Progress(
                TextColumn("[bold]searching"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[best]}"),
                TimeElapsedColumn(),
                console=console,  # what is said meanwhile stands above it
            )
            self._bar.start()
            self._task = self._bar.add_task("searching", total=total, best="")

    def update(self, result: SearchResult) -> None:
        """Tell of the trials that are new; those of an earlier session in one line."""
        done = [trial for trial in result.trials if trial.state != "running"]
        new = [trial for trial in done if trial.number not in self._told]
        if self._first and new:
            self._say(f"going on after {count(len(new), 'trial')}{_best(result)}")
        elif new:
            for n, trial in enumerate(new, len(self._told) + 1):
                self._say(f"{n}/{self._total} {trial_line(trial, result)}")
        self._first = False
        self._told |= {trial.number for trial in new}
        best = _best(result).lstrip("; ")
        if self._bar is not None:
            self._bar.update(self._task, completed=len(done), best=best)
        if self._file is not None:
            self._file.write(HowFar("searching", len(done), self._total, validation=best))

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def trial_line(trial: TrialResult, result: SearchResult) -> str:
    """One trial: its figure beside the best so far, its time, its values."""
    name = METRIC_NAMES[result.metric]
    match trial.state:
        case "complete":
            what = f"{name} {number(trial.value, 4)}{_best(result)}"
        case "pruned":
            what = f"ended after evaluation {trial.evaluations}, {name} {number(trial.value, 4)}"
        case _:
            what = f"failed: {trial.error}"
    took = "" if trial.seconds is None else f", {trial.seconds:.0f} s"
    names = short_keys(result.space)
    values = ", ".join(f"{names[key]} {shown_value(value)}" for key, value in trial.values.items())
    first = " (the recipe as it is)" if trial.number == 0 and result.starts_with_recipe else ""
    return f"trial {trial.number}{first}: {what}{took}; {values}"


def _best(result: SearchResult) -> str:
    best = result.best
    return "" if best is None else f"; best {number(best.value, 4)} (trial {best.number})"
