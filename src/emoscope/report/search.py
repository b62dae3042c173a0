"""A search in sentences and tables; these need no package for figures."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from emoscope.evaluation.search_result import (
    SearchResult,
    TrialResult,
    short_keys,
    shown_value,
)
from emoscope.metrics.formatting import count, number, signed
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.tables import Cell, Table

SHOWN = 5
"""Trials in the short table."""
FIGURES = 3
"""Its columns before those of the keys."""


def summarise(result: SearchResult) -> list[str]:
    """What was found, and what of it may be chance."""
    return list(_sentences(result))


def _sentences(result: SearchResult) -> Iterator[str]:
    states = [trial.state for trial in result.trials]
    parts = [
        f"{states.count(state)} {word}"
        for state, word in (
            ("complete", "complete"), ("pruned", "ended early"), ("failed", "failed"),
            ("running", "running"),
        )
        if state in states
    ]  # fmt: skip
    yield (
        f"{count(len(states), 'trial')} of {result.recipe}: {', '.join(parts)}. Validation was "
        f"scored {count(result.evaluations, 'time')}, test never."
    )
    best = result.best
    if best is None:
        return
    yield _winner(result, best)
    yield _chance(result)
    others = len(result.tied) - 1
    of = count(len(result.complete), "complete trial")
    yield (
        f"Beside it, {others} of {of} may be as good: they are behind by no more than chance moves."
        if others
        else f"Of {of} no other may be as good: all are behind by more than chance moves."
    )
    yield (
        "The best of many figures is too good an estimate of itself: what the winner is worth, "
        "test says once it is trained."
    )


def _winner(result: SearchResult, best: TrialResult) -> str:
    name = METRIC_NAMES[result.metric]
    text = f"Best is trial {best.number}, {name} {number(best.value, 4)}"
    own = result.complete[0]
    if not result.starts_with_recipe or own.number != 0:
        return f"{text}."
    if own is best:
        return f"{text}: the recipe as it is. Nothing better was found."
    gain = f"{signed((best.value or 0.0) - (own.value or 0.0), 4)} over the recipe as it is"
    doubt = number(result.doubt(own), 4)
    if own in result.tied:
        return f"{text}, {gain}; chance alone may move the two that far apart (by {doubt})."
    return f"{text}, {gain}; chance alone moves the two apart by {doubt} at most."


def _chance(result: SearchResult) -> str:
    """How large the two kinds of chance are."""
    repeated = [trial for trial in result.complete if len(trial.by_seed) > 1]
    if result.spread is None:
        seeds = "How far seeds move a figure is not known: no trial has several"
    elif result.spread < 0.00005:
        n = max(len(trial.by_seed) for trial in repeated)
        seeds = f"Seeds do not move a figure: {n} of them gave the same"
    else:
        where = (
            f"trial {repeated[0].number}" if len(repeated) == 1 else count(len(repeated), "trial")
        )
        n = len(repeated[0].by_seed)
        seeds = (
            f"Seeds move a figure by {number(result.spread, 4)} (standard deviation of {n} seeds "
            f"in {where})"
        )
    errors = [trial.sample_error for trial in result.complete if trial.sample_error]
    if not errors:
        return f"{seeds}."
    return (
        f"{seeds}; the sample of validation texts moves the distance of two trials by "
        f"{number(statistics.median(errors), 4)} (median standard error). Chance means two "
        "standard errors of both."
    )


def best_table(result: SearchResult, most: int = SHOWN) -> Table:
    """The best trials and their values, the best first."""
    best = sorted(result.complete, key=lambda trial: -(trial.value or 0.0))[:most]
    tied = {trial.number for trial in result.tied}
    keys = short_keys(result.space)
    rows = tuple(
        (
            f"{trial.number}{' (recipe)' if _is_recipe(result, trial) else ''}",
            number(trial.value, 4),
            "yes" if trial.number in tied else "no",
            *(_value(trial, key) for key in keys),
        )
        for trial in best
    )
    columns = ("trial", METRIC_NAMES[result.metric], "may be best", *keys.values())
    return Table("search_best", "Best trials", columns, rows)


def trials_table(result: SearchResult) -> Table:
    """All trials with their figures, what became of them, and their values."""
    keys = short_keys(result.space)
    rows: list[tuple[Cell, ...]] = [
        (
            trial.number,
            trial.state,
            trial.value,
            None if trial.state != "complete" else result.doubt(trial),
            trial.evaluations,
            trial.seconds,
            *(_value(trial, key) for key in keys),
            trial.error,
        )
        for trial in result.trials
    ]
    columns = (
        "trial", "state", METRIC_NAMES[result.metric], "chance", "evaluations", "seconds",
        *keys.values(), "error",
    )  # fmt: skip
    return Table("search_trials", "All trials of the search", columns, tuple(rows))


def _is_recipe(result: SearchResult, trial: TrialResult) -> bool:
    return trial.number == 0 and result.starts_with_recipe


def _value(trial: TrialResult, key: str) -> str:
    return shown_value(trial.values[key]) if key in trial.values else "–"
