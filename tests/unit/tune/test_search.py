"""A whole search, mostly with a trainer whose figures are known beforehand."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from emoscope.data.examples import Examples
from emoscope.data.mixture import load_mixture
from emoscope.errors import (
    EncoderNotFound,
    FitOnTest,
    MissingExtra,
    RecipeError,
    SearchError,
    TrainingError,
    UnreadableFile,
)
from emoscope.evaluation.search_result import SearchResult
from emoscope.training.recipe import Recipe, load_recipe
from emoscope.tune.options import SearchOptions
from emoscope.tune.search import search
from emoscope.tune.session import number_of_trials


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., SearchResult]:
    """Search into ``tmp_path`` with some options."""

    def start(recipe: Recipe, say: Any = lambda line: None, **options: Any) -> SearchResult:
        return search(recipe, SearchOptions(**options), runs=tmp_path, say=say)

    return start


def states(result: SearchResult) -> list[str]:
    return [trial.state for trial in result.trials]


def test_a_search_leaves_everything_in_its_folder(recipe: Recipe, run: Any, tmp_path: Path) -> None:
    """With a real model."""
    result = run(recipe, trials=4)
    folder = tmp_path / "tiny-search"
    assert states(result) == ["complete"] * 4
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert names == {
        "best.toml", "journal.log", "recipe.toml", "search.json", "trials", "trials.csv",
    }  # fmt: skip
    assert {path.suffix for path in (folder / "trials").iterdir()} == {".npy", ""}
    assert load_recipe(folder / "recipe.toml") == recipe
    assert result.starts_with_recipe
    assert len(result.trials[0].by_seed) == 3


def test_no_trial_touches_test(
    recipe: Recipe, run: Any, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Test is unreadable on disk, and asking for it is an error."""
    (data / "test.csv").write_bytes(b"\xff\x00\xfe not a table")
    with pytest.raises(UnreadableFile):
        load_mixture(recipe.data_sets)
    split = Examples.split

    def guarded(self: Examples, name: str) -> Examples:
        if name == "test":
            raise FitOnTest("anything", name)
        return split(self, name)

    monkeypatch.setattr(Examples, "split", guarded)
    assert states(run(recipe, trials=2)) == ["complete"] * 2


def test_trials_count_in_all_and_not_in_a_session(recipe: Recipe, run: Any, plan: Any) -> None:
    said: list[str] = []
    assert len(run(recipe, trials=3).trials) == 3
    assert len(run(recipe, trials=5, say=said.append).trials) == 5
    assert any(line.startswith("going on after 3 trials") for line in said)
    assert sum("trial 3:" in line or "trial 4:" in line for line in said) == 2
    before = len(plan.calls)
    assert len(run(recipe, trials=5).trials) == 5
    assert len(plan.calls) == before, "nothing was left to do"


def test_the_best_trial_is_found_and_written(
    recipe: Recipe, run: Any, plan: Any, tmp_path: Path
) -> None:
    result = run(recipe, trials=8)
    assert result.best is not None
    assert result.best.number == 0, "the plan makes the recipe itself the best"
    tuned = load_recipe(tmp_path / "tiny-search" / "best.toml")
    assert tuned.name == "tiny-tuned"
    assert tuned.search == {}
    assert tuned.model == recipe.model
    selection = tuned.selection
    assert selection is not None
    assert (selection.trial, selection.trials, selection.evaluations) == (0, 8, 10)
    assert selection.metric == "macro_f1"
    assert selection.value == pytest.approx(result.best.value, abs=1e-6)


@pytest.mark.slow
def test_a_study_that_was_interrupted_becomes_the_one_that_was_not(
    recipe: Recipe, run: Any, plan: Any, tmp_path: Path
) -> None:
    whole = search(recipe, SearchOptions(trials=13), runs=tmp_path / "whole")
    plan.fails = {len(plan.calls) + at: KeyboardInterrupt() for at in (5, 10)}
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            run(recipe, trials=13)
    pieces = run(recipe, trials=13)
    assert [t.values for t in pieces.trials] == [t.values for t in whole.trials]
    assert [t.value for t in pieces.trials] == [t.value for t in whole.trials]


def test_an_interrupted_trial_goes_on_in_its_own_folder(
    recipe: Recipe, run: Any, plan: Any
) -> None:
    plan.fails = {4: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        run(recipe, trials=3)
    assert plan.folders[4].is_dir(), "checkpoints may lie there"
    assert plan.folders[4].parent == plan.folders[0].parent, "and teachers' scores beside it"
    result = run(recipe, trials=3)
    assert plan.folders[5] == plan.folders[4]
    assert states(result) == ["complete"] * 3
    assert not plan.folders[4].exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TrainingError("Out of memory. Raise gradient_accumulation."), "Out of memory"),
        (TrainingError("Training diverged at step 20: the loss is nan. x"), "the loss is nan"),
        (RecipeError("Recipe a: keys do not fit."), "do not fit"),
        (MemoryError(), "MemoryError"),
    ],
    ids=["memory", "nan", "recipe", "python memory"],
)
def test_a_failed_trial_is_recorded_and_survived(
    recipe: Recipe, run: Any, plan: Any, tmp_path: Path, error: BaseException, said: str
) -> None:
    plan.fails = {3: error}
    lines: list[str] = []
    result = run(recipe, trials=4, say=lines.append)
    assert states(result) == ["complete", "failed", "complete", "complete"]
    assert said in result.trials[1].error
    with (tmp_path / "tiny-search" / "trials.csv").open(encoding="utf-8") as file:
        assert said in list(csv.DictReader(file))[1]["error"]
    assert any(f"failed: {result.trials[1].error}" in line for line in lines)
    assert not plan.folders[3].exists()


def test_scores_that_are_no_numbers_fail_their_trial(
    recipe: Recipe, run: Any, plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoNumbers:
        def logits(self, texts: Any) -> Any:
            return np.full((len(texts), 3), np.nan, dtype=np.float32)

    def fit(given: Recipe, *rest: Any, **options: Any) -> Any:
        made = plan(given, *rest, **options)
        return replace(made, scorer=NoNumbers()) if len(plan.calls) == 4 else made

    monkeypatch.setattr("emoscope.tune.objective.fit", fit)
    result = run(recipe, trials=3)
    assert states(result) == ["complete", "failed", "complete"]
    assert "scores is nan" in result.trials[1].error


def test_a_search_in_which_everything_fails_ends_early(recipe: Recipe, run: Any, plan: Any) -> None:
    plan.fails = dict.fromkeys(range(99), TrainingError("Out of memory. Do this."))
    with pytest.raises(SearchError, match=r"first 3 trials have all failed, .*: Out of memory"):
        run(recipe, trials=30)
    assert len(plan.calls) == 3


@pytest.mark.parametrize("error", [EncoderNotFound("No such encoder."), ZeroDivisionError("ours")])
def test_what_no_value_can_help_ends_the_search_and_costs_no_trial(
    recipe: Recipe, run: Any, plan: Any, error: Exception
) -> None:
    plan.fails = {0: error}
    with pytest.raises(type(error)):
        run(recipe, trials=3)
    assert states(run(recipe, trials=3)) == ["complete"] * 3


def test_several_seeds_are_the_same_for_all_and_their_mean_counts(
    recipe: Recipe, run: Any, plan: Any
) -> None:
    plan.seed_moves = 0.03
    result = run(recipe, trials=3, seeds=2)
    assert [r.seed for r in plan.calls] == [0, 1, 2, 0, 1, 0, 1]
    for trial in result.trials:
        first, second, *_ = trial.by_seed
        assert first > second
        assert trial.value == pytest.approx((first + second) / 2)
    assert result.spread is not None
    assert result.spread > 0.01


def test_one_seed_is_paired_and_trial_0_tells_the_spread(
    recipe: Recipe, run: Any, plan: Any
) -> None:
    plan.seed_moves = 0.03
    result = run(recipe, trials=3)
    assert [r.seed for r in plan.calls] == [0, 1, 2, 0, 0]
    assert [len(trial.by_seed) for trial in result.trials] == [3, 1, 1]
    assert result.trials[0].value == result.trials[0].by_seed[0]
    assert result.spread is not None


@pytest.mark.parametrize("pruner", ["median", "halving"])
def test_hopeless_trials_end_at_an_evaluation(
    recipe: Recipe, run: Any, plan: Any, pruner: str
) -> None:
    plan.evaluations = 4
    result = run(recipe, trials=16, pruner=pruner)
    ended = [trial for trial in result.trials if trial.state == "pruned"]
    assert ended
    assert "failed" not in states(result)
    assert all(1 <= trial.evaluations < 5 for trial in ended)
    assert all(trial.value is not None for trial in ended)
    whole = [trial for trial in result.complete if trial.number > 0]
    assert all(trial.evaluations == 5 for trial in whole)
    assert not [folder for folder in plan.folders if folder.exists()]


@pytest.mark.slow
def test_without_a_pruner_no_trial_ends_early(recipe: Recipe, run: Any, plan: Any) -> None:
    plan.evaluations = 4
    assert states(run(recipe, trials=12, pruner="none")) == ["complete"] * 12


def test_a_grid_is_run_whole(make_recipe: Callable[..., Recipe], run: Any, plan: Any) -> None:
    recipe = make_recipe(
        search={"strength": {"low": 0.1, "high": 10, "log": True, "points": 3},
                "class_weight": ["none", "balanced"]}
    )  # fmt: skip
    assert number_of_trials(recipe, SearchOptions(grid=True)) == 6
    assert number_of_trials(recipe, SearchOptions(grid=True, trials=4)) == 4
    assert len(run(recipe, grid=True, trials=4).trials) == 4
    result = run(recipe, grid=True)
    found = {(t.values["model.strength"], t.values["model.class_weight"]) for t in result.trials}
    assert found == {(s, w) for s in (0.1, 1.0, 10.0) for w in ("none", "balanced")}
    assert len(result.trials) == 6


@pytest.mark.slow
def test_no_trial_begins_after_the_time_is_over(recipe: Recipe, run: Any, plan: Any) -> None:
    result = run(recipe, trials=500, timeout=1.0)
    assert 1 <= len(result.trials) < 500


def test_two_processes_that_count_alike_do_not_run_one_trial_too_many(
    recipe: Recipe, run: Any, plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both see two of three trials done; the other is a moment faster to begin the third."""
    ask = optuna.Study.ask
    others: list[optuna.Trial] = []

    def overtaken(self: optuna.Study, *rest: Any) -> optuna.Trial:
        if len(plan.calls) == 4 and not others:
            others.append(ask(self))
            self.tell(others[0], 0.1)
        return ask(self, *rest)

    monkeypatch.setattr(optuna.Study, "ask", overtaken)
    assert len(run(recipe, trials=3).trials) == 3
    assert len(plan.calls) == 4
    assert len(run(recipe, trials=4).trials) == 4, "the one too many was kept for later"


def test_a_grid_without_end_is_refused(make_recipe: Callable[..., Recipe], run: Any) -> None:
    huge = {"low": 1, "high": 100_000, "points": 1000}
    recipe = make_recipe(search={"max_iterations": huge, "model.words.min_texts": huge})
    with pytest.raises(SearchError, match="more than 2,000 points"):
        run(recipe, grid=True)


def test_torchrun_is_refused(recipe: Recipe, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SearchError, match="torchrun has started several"):
        run(recipe)


@pytest.mark.slow
def test_processes_share_the_trials(recipe: Recipe, run: Any, tmp_path: Path) -> None:
    said: list[str] = []
    result = run(recipe, trials=5, jobs=2, say=said.append)
    assert [trial.number for trial in result.trials] == [0, 1, 2, 3, 4]
    assert states(result) == ["complete"] * 5
    assert sum(line.startswith(f"{n}/5 trial ") for n in range(1, 6) for line in said) == 5
    assert not list((tmp_path / "tiny-search" / "trials").glob("worker-*"))


def test_what_is_missing_is_told_before_anything_is_written(
    make_recipe: Callable[..., Recipe], run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SearchError, match=r"'tiny' has no \[search\] table"):
        run(make_recipe(search={}))
    (tmp_path / "other-search").mkdir()
    (tmp_path / "other-search" / "model.bin").touch()
    with pytest.raises(SearchError, match=r"holds other results \(model.bin\)"):
        run(make_recipe(name="other"))

    def missing(recipe: Recipe) -> None:
        raise MissingExtra("linear", "Training a linear model")

    monkeypatch.setattr("emoscope.tune.search.check_installed", missing)
    with pytest.raises(MissingExtra):
        run(make_recipe())
    assert not (tmp_path / "tiny-search").exists()
    assert [path.name for path in (tmp_path / "other-search").iterdir()] == ["model.bin"]


def test_lines_say_what_was_tried(recipe: Recipe, run: Any, plan: Any) -> None:
    said: list[str] = []
    run(recipe, trials=2, say=said.append)
    lines = [line for line in said if line.startswith(("1/2", "2/2"))]
    assert lines[0].startswith("1/2 trial 0 (the recipe as it is): macro-F1 0.")
    assert "strength 1, class_weight none, ngrams [1, 2], min_texts 2" in lines[0]
    assert "; best 0." in lines[1]
    assert "[I " not in "".join(said)
