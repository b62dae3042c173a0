"""Comparison of runs on the same texts: metrics, paired differences to the first run, cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emoscope.arrays import Floats
from emoscope.errors import DataError, listing
from emoscope.evaluation.evaluated_model import EvaluatedModel, open_run
from emoscope.evaluation.intervals import Estimates, bootstrap_estimates
from emoscope.evaluation.saved_run import is_run
from emoscope.evaluation.speed import Speed, measure_speed
from emoscope.metrics import PairedDifference, compare_paired
from emoscope.metrics.bootstrap import resample, two_sided_p
from emoscope.metrics.contributions import contributions
from emoscope.metrics.names import MAIN_METRICS
from emoscope.scorers.runtime_options import RuntimeOptions

LABEL_RESAMPLES = 5000
"""More than for a headline: corrected for 28 labels, a p-value of 2 / 1001 would never be small."""


@dataclass(frozen=True, eq=False)
class LabelDifferences:
    """F1 of each label, another run's minus the first run's; (n_labels,) each.

    NaN for a label that no text has; p-values are NaN wherever the interval is.
    """

    f1: Estimates
    p_value: Floats
    adjusted: Floats
    """Corrected for the number of labels (Holm 1979)."""


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """One run in a comparison."""

    name: str
    model: EvaluatedModel
    speed: Speed | None
    """None when it was not measured."""
    differences: Mapping[str, PairedDifference]
    """Headline metrics against the first run; empty for the first run itself."""
    by_label: LabelDifferences | None
    """Against the first run; None for the first run itself."""

    @property
    def megabytes(self) -> float:
        """Size of the model folder."""
        return (self.model.model_bytes or 0) / 1e6

    @property
    def fit_seconds(self) -> float | None:
        """Seconds that training took, on the machine it ran on."""
        found = self.model.provenance.get("fit_seconds")
        return None if found is None else float(found)


@dataclass(frozen=True, eq=False)
class RunComparison:
    """Runs that were scored on the same texts; all differences are to the first."""

    runs: tuple[ComparedRun, ...]
    split: str

    @property
    def first(self) -> EvaluatedModel:
        """The model of the first run; labels, task and texts of all are the same."""
        return self.runs[0].model

    @property
    def metrics(self) -> tuple[str, ...]:
        """Keys of the metrics that tables and figures show."""
        return MAIN_METRICS[self.first.task]


def compare_runs(
    runs: Sequence[Path],
    *,
    split: str = "test",
    speed: bool = True,
    label_resamples: int = LABEL_RESAMPLES,
    say: Callable[[str], None] = lambda line: None,
    runtime: RuntimeOptions | None = None,
) -> RunComparison:
    """Compare run folders by their saved scores.

    Folders that are no finished run are skipped and reported through ``say``, so that
    ``runs/*`` may be given.
    ``speed=False`` leaves out measuring how many texts a second each model scores here and now.

    Raises :class:`DataError` when fewer than two runs are left, or when they were not scored on the
    same texts with the same labels.
    """
    found = [run for run in runs if is_run(run)]
    skipped = [str(run) for run in runs if not is_run(run)]
    if len(found) < 2:
        raise DataError(
            f"A comparison needs two finished runs with saved scores; of {listing(map(str, runs))} "
            f"there {'is' if len(found) == 1 else 'are'} {len(found)}. Train another with "
            "`emoscope train`."
        )
    if skipped:
        say(f"Skipped, not finished runs: {listing(skipped)}")
    models = [open_run(run, split=split, with_texts=False) for run in found]
    _check_comparable(found, models)
    first = models[0]
    by_label = _label_differences(models, label_resamples)
    compared = [
        ComparedRun(
            name,
            model,
            measure_speed(run / "model", say, runtime) if speed else None,
            {} if model is first else _differences(first, model),
            moved,
        )
        for name, run, model, moved in zip(_names(found), found, models, by_label, strict=True)
    ]
    return RunComparison(tuple(compared), first.split)


def holm(p_values: Floats) -> Floats:
    """P-values corrected for their number after Holm (1979), in the order given; NaN stays NaN."""
    order = np.argsort(p_values, kind="stable")  # NaN last
    n = int(np.isfinite(p_values).sum())
    grown = np.maximum.accumulate(p_values[order] * (n - np.arange(len(p_values))))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(grown, 1.0)
    return adjusted


def _differences(first: EvaluatedModel, second: EvaluatedModel) -> dict[str, PairedDifference]:
    return compare_paired(
        first.task, first.truth, first.predicted, second.predicted, seed=first.report.seed
    )


def _label_differences(
    models: Sequence[EvaluatedModel], resamples: int
) -> list[LabelDifferences | None]:
    """Differences of every model to the first, on the same resamples; None for the first."""
    seed = models[0].report.seed
    drawn = [
        resample(contributions(each.truth, each.predicted), resamples, seed).counts.measured("f1")
        for each in models
    ]
    points = [np.array([row.f1 for row in each.report.per_label]) for each in models]
    found: list[LabelDifferences | None] = [None]
    for values, point in zip(drawn[1:], points[1:], strict=True):
        differences = values - drawn[0]
        f1 = bootstrap_estimates(point - points[0], differences)
        p_value = np.where(np.isnan(f1.low), np.nan, two_sided_p(differences))
        found.append(LabelDifferences(f1, p_value, holm(p_value)))
    return found


def _check_comparable(runs: Sequence[Path], models: Sequence[EvaluatedModel]) -> None:
    first = models[0]
    for run, model in zip(runs, models, strict=True):
        if model.labels != first.labels or model.task != first.task:
            raise DataError(
                f"{str(run)!r} has other labels or another task than {str(runs[0])!r} "
                f"({len(model.labels)} labels, {model.task}, against {len(first.labels)}, "
                f"{first.task}). Compare runs on the same data."
            )
        same_texts = model.evaluation.texts_sha256 == first.evaluation.texts_sha256
        if model.split != first.split or not same_texts:
            alike = [
                str(other)
                for other, each in zip(runs, models, strict=True)
                if each.evaluation.texts_sha256 == first.evaluation.texts_sha256
            ]
            raise DataError(
                f"{str(run)!r} was scored on other {model.split} texts than {str(runs[0])!r}: "
                "their numbers say nothing about each other. Scored on the same texts as the first "
                f"were: {listing(alike)}."
            )
        if not np.array_equal(model.truth, first.truth):
            raise DataError(
                f"{str(run)!r} was scored on the texts of {str(runs[0])!r}, but with other true "
                "labels. Train both on the same version of the data."
            )


def _names(runs: Sequence[Path]) -> list[str]:
    """Folder names; whole paths where two folders have the same name."""
    names = [run.resolve().name for run in runs]
    return [
        name if names.count(name) == 1 else str(run) for name, run in zip(names, runs, strict=True)
    ]
