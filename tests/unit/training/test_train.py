from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

import emoscope
from emoscope.errors import ModelFolderError, NoExamples, TrainingError
from emoscope.evaluation.judge import examples_for, judge
from emoscope.training.recipe import Recipe, load_recipe, parse_recipe
from emoscope.training.train import Run, train

RECIPE = parse_recipe(
    {
        "name": "small",
        "data": {"name": "everyday", "sample": 600},
        "model": {"kind": "linear", "strength": 5.0, "class_weight": "balanced"},
        "policy": {"repeats": 1, "folds": 2},
    }
)


def finished(recipe: Recipe, runs: Path, **options: bool) -> Run:
    run = train(recipe, runs=runs, **options)
    assert run is not None
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A linear model of some texts of everyday."""
    return finished(RECIPE, tmp_path_factory.mktemp("runs"))


def test_the_run_folder_is_complete(run: Run) -> None:
    found = sorted(
        p.relative_to(run.folder).as_posix() for p in run.folder.rglob("*") if p.is_file()
    )
    for expected in (
        "metrics.json",
        "model/emoscope.json",
        "model/linear.skops",
        "per_label.csv",
        "recipe.toml",
        "scores/test.npz",
        "scores/validation.npz",
    ):
        assert expected in found
    assert run.folder.name == "small"
    assert not list(run.folder.parent.glob("*.unfinished"))


@pytest.mark.slow
def test_the_resolved_recipe_trains_the_same_model(run: Run, tmp_path: Path) -> None:
    again = finished(load_recipe(run.folder / "recipe.toml"), tmp_path)
    assert again.test is not None and run.test is not None  # noqa: PT018
    np.testing.assert_array_equal(again.test.scores, run.test.scores)
    assert again.test.fine.headline == run.test.fine.headline


def test_the_model_has_learned(run: Run) -> None:
    """600 texts teach little, but far more than the 1 in 28 of a guess."""
    assert run.test is not None
    assert run.test.fine.headline["macro_f1"] > 0.1


def test_metrics_json_says_what_was_measured(run: Run) -> None:
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    assert set(metrics["splits"]) == {"validation", "test"}
    test = metrics["splits"]["test"]
    assert run.test is not None
    assert test["fine"]["headline"]["macro_f1"] == run.test.fine.headline["macro_f1"]
    assert set(test["rollups"]) == {"ekman", "sentiment"}
    assert test["shared_with_train"] == 0
    low, high = test["fine"]["intervals"]["macro_f1"]
    assert low < test["fine"]["headline"]["macro_f1"] < high


def test_provenance_records_seed_data_and_versions(run: Run) -> None:
    manifest = run.classifier.manifest
    assert manifest is not None
    origin = manifest.provenance
    assert origin["seed"] == 0
    assert origin["data"]["rows"]["train"] > 500
    assert all(len(f["sha256"]) == 64 for f in origin["data"]["files"])
    assert {"python", "emoscope", "scikit-learn"} <= set(origin["versions"])
    assert str(run.folder.parent) not in json.dumps(origin)


def test_policy_was_fitted_on_validation(run: Run) -> None:
    assert run.classifier.policy.fitted_on["split"] == "validation"
    assert set(run.classifier.policy.rollups) == {"ekman", "sentiment"}


def test_the_saved_model_answers_as_the_live_one(run: Run) -> None:
    texts = ["thank you so much, that was kind", "", "I am scared of the dark"]
    loaded = emoscope.load(run.folder)
    assert [p.to_json() for p in loaded(texts)] == [p.to_json() for p in run.classifier(texts)]


@pytest.mark.slow
def test_evaluating_again_gives_the_same_numbers(run: Run) -> None:
    assert run.test is not None
    classifier = emoscope.load(str(run.model_folder))
    again = judge(classifier, examples_for(classifier, settings={"sample": "600"}))
    assert again.fine.headline == run.test.fine.headline
    assert again.texts_sha256 == run.test.texts_sha256


def test_an_existing_run_is_never_lost_by_accident(run: Run) -> None:
    with pytest.raises(TrainingError, match=r"exists already.*--overwrite"):
        train(RECIPE, runs=run.folder.parent)


@pytest.mark.slow
def test_overwriting_replaces_it(tmp_path: Path) -> None:
    first = finished(RECIPE, tmp_path)
    (first.folder / "marker").touch()
    second = finished(RECIPE, tmp_path, overwrite=True)
    assert not (second.folder / "marker").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["small"]


@pytest.mark.slow
def test_an_unfinished_run_is_resumed_or_thrown_away_knowingly(tmp_path: Path) -> None:
    (tmp_path / "small.unfinished").mkdir()
    with pytest.raises(TrainingError, match="--resume"):
        train(RECIPE, runs=tmp_path)
    assert finished(RECIPE, tmp_path, resume=True).folder.is_dir()


@pytest.mark.slow
def test_a_crash_while_overwriting_keeps_the_former_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = finished(RECIPE, tmp_path)
    before = (kept.folder / "metrics.json").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emoscope.training.finalize.write_manifest", full)
    with pytest.raises(OSError, match="No space"):
        train(RECIPE, runs=tmp_path, overwrite=True)
    assert (kept.folder / "metrics.json").read_bytes() == before
    assert emoscope.load(kept.folder)("thanks!").labels


def test_a_run_that_fails_at_once_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("emoscope.training.train.fit", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, runs=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_later_keeps_its_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(recipe: object, examples: object, folder: Path, **_: object) -> None:
        (folder / "checkpoints" / "checkpoint-10").mkdir(parents=True)
        raise KeyboardInterrupt

    monkeypatch.setattr("emoscope.training.train.fit", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, runs=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["small.unfinished"]


def test_data_without_validation_fails_before_training(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = [f"text number {i} about {'ab'[i % 2]},{'ab'[i % 2]},train" for i in range(20)]
    table.write_text("text,labels,split\n" + "\n".join(rows), encoding="utf-8")
    recipe = parse_recipe(
        {
            "name": "x",
            "data": {"name": "file", "split_column": "split", "validation_share": 0},
            "model": {"kind": "linear"},
        }
    )
    with pytest.raises(NoExamples, match="no validation rows"):
        train(recipe, data=table, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_own_labels_in_a_csv_file(tmp_path: Path) -> None:
    table = tmp_path / "tickets.csv"
    words = {"billing": "invoice money refund", "bug": "crash error broken", "praise": "nice good"}
    rows = []
    for i in range(120):
        label = list(words)[i % 3]
        word = words[label].split()[i % 2]
        rows.append(f'"ticket {i}: {word}, please look",{label}')
    table.write_text("body,tags\n" + "\n".join(rows), encoding="utf-8")
    recipe = parse_recipe(
        {
            "name": "tickets",
            "data": {"name": "file", "text": "body", "labels": "tags"},
            "model": {"kind": "linear"},
            "policy": {"repeats": 1, "folds": 2},
        }
    )
    run = train(recipe, data=table, runs=tmp_path / "runs")
    assert run is not None
    assert run.examples.task == "single_label"
    assert run.classifier("a crash, please look").labels == ("bug",)
    assert emoscope.load(run.folder).labels == run.examples.taxonomy.labels


def test_loading_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"emoscope\.json"):
        emoscope.load(tmp_path)
