from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from emoscope.data.examples import Examples
from emoscope.data.mixture import load_mixture
from emoscope.errors import SearchError
from emoscope.training.recipe import Recipe
from emoscope.tune.options import SearchOptions
from emoscope.tune.study import AS_RECIPE, RECORD, open_study


@pytest.fixture
def examples(recipe: Recipe) -> Examples:
    return load_mixture(recipe.data_sets, test=False)


def opened(folder: Path, recipe: Recipe, examples: Examples, **options: object) -> optuna.Study:
    return open_study(folder, recipe, examples, SearchOptions(**options))  # type: ignore[arg-type]


def test_the_first_trial_is_the_recipe_as_it_is(
    tmp_path: Path, recipe: Recipe, examples: Examples
) -> None:
    study = opened(tmp_path / "s", recipe, examples)
    (trial,) = study.trials
    assert trial.user_attrs[AS_RECIPE]
    assert trial.system_attrs["fixed_params"]["model.strength"] == 1.0
    assert len(opened(tmp_path / "s", recipe, examples).trials) == 1, "once"


def test_a_grid_is_enqueued_whole_and_once(
    tmp_path: Path, recipe: Recipe, examples: Examples
) -> None:
    study = opened(tmp_path / "s", recipe, examples, grid=True)
    assert len(study.trials) == 40
    assert len(opened(tmp_path / "s", recipe, examples, grid=True).trials) == 40


def test_a_session_that_was_killed_while_it_began_is_completed(
    tmp_path: Path, recipe: Recipe, examples: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue = optuna.Study.enqueue_trial
    done = []

    def killed(self: optuna.Study, params: object, **options: object) -> None:
        if len(done) == 7:
            raise KeyboardInterrupt
        done.append(params)
        enqueue(self, params, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(optuna.Study, "enqueue_trial", killed)
    with pytest.raises(KeyboardInterrupt):
        opened(tmp_path / "s", recipe, examples, grid=True)
    monkeypatch.undo()
    study = opened(tmp_path / "s", recipe, examples, grid=True)
    assert len(study.trials) == 40
    assert RECORD in study.user_attrs


@pytest.mark.parametrize(
    ("tables", "options", "message"),
    [
        ({"model": {"kind": "linear", "strength": 2.0}}, {}, "model.strength was 1.0 and is 2.0"),
        ({"search": {"strength": [1.0]}}, {}, "search"),
        ({"seed": 4}, {}, "seed was 0 and is 4"),
        ({"policy": {"objective": "micro_f1"}}, {}, "metric was \"macro_f1\" and is \"micro_f1\""),
        ({}, {"seeds": 2}, "seeds was 1 and is 2"),
        ({}, {"grid": True}, "grid was false and is true"),
        ({"name": "other"}, {}, "a study of another recipe, tiny"),
    ],
)  # fmt: skip
def test_a_study_of_another_recipe_is_refused_and_left_as_it_is(
    tmp_path: Path,
    make_recipe: Callable[..., Recipe],
    examples: Examples,
    tables: dict[str, object],
    options: dict[str, object],
    message: str,
) -> None:
    folder = tmp_path / "s"
    opened(folder, make_recipe(), examples)
    before = (folder / "journal.log").read_bytes()
    with pytest.raises(SearchError, match=message):
        opened(folder, make_recipe(**tables), examples, **options)
    assert (folder / "journal.log").read_bytes() == before


def test_a_study_of_other_data_is_refused(
    tmp_path: Path, recipe: Recipe, examples: Examples
) -> None:
    opened(tmp_path / "s", recipe, examples)
    fewer = examples.select(range(1, len(examples)))
    with pytest.raises(SearchError, match=r"data.train was .*90 texts.* and is .*89 texts"):
        opened(tmp_path / "s", recipe, fewer)


def test_how_a_study_is_computed_may_change(
    tmp_path: Path, make_recipe: Callable[..., Recipe], examples: Examples
) -> None:
    opened(tmp_path / "s", make_recipe(), examples)
    elsewhere = make_recipe(training={"device": "cuda", "num_threads": 2})
    study = opened(tmp_path / "s", elsewhere, examples, trials=99, pruner="halving", jobs=3)
    assert isinstance(study.pruner, optuna.pruners.SuccessiveHalvingPruner)


def test_a_folder_with_other_results_is_refused(
    tmp_path: Path, recipe: Recipe, examples: Examples
) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "metrics.json").write_text("{}")
    with pytest.raises(SearchError, match=r"other results \(metrics.json\)"):
        opened(folder, recipe, examples)
    assert [path.name for path in folder.iterdir()] == ["metrics.json"]
    with pytest.raises(SearchError, match="is a file, not a folder"):
        opened(folder / "metrics.json", recipe, examples)
    with pytest.raises(SearchError, match="Nothing can be written"):
        opened(folder / "metrics.json" / "below", recipe, examples)
