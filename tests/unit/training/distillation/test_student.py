"""A tiny MiniBERT taught by a linear model, from recipe to run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")
pytest.importorskip("sklearn")
pytest.importorskip("skops")

import emoscope  # noqa: E402
from emoscope.data.load import load_examples  # noqa: E402
from emoscope.data.settings import data_settings  # noqa: E402
from emoscope.errors import TrainingError  # noqa: E402
from emoscope.training.distillation import teacher_scores  # noqa: E402
from emoscope.training.recipe import Recipe, parse_recipe  # noqa: E402
from emoscope.training.train import Run, train  # noqa: E402

DATA = {"name": "everyday", "sample": 400}
POLICY = {"repeats": 1, "folds": 2, "calibration": "none", "thresholds": "fixed"}
UNLABELLED = ("what a lovely morning", "i could scream", "the shop opens at nine", "oh no not now")


def teach(runs: Path, name: str = "teacher", strength: float = 3.0) -> Path:
    tables = {
        "name": name,
        "data": DATA,
        "model": {"kind": "linear", "strength": strength, "characters": False},
        "policy": POLICY,
    }
    run = train(parse_recipe(tables), runs=runs)
    assert run is not None
    return run.folder


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run folder of a linear model of some texts of everyday."""
    return teach(tmp_path_factory.mktemp("teachers"))


@pytest.fixture
def unlabelled(tmp_path: Path) -> Path:
    path = tmp_path / "unlabelled.txt"
    path.write_text("\n".join(UNLABELLED), encoding="utf-8")
    return path


def student(teacher: Path, unlabelled: Path, **distillation: Any) -> Recipe:
    return parse_recipe(
        {
            "name": "student",
            "data": DATA,
            "model": {
                "kind": "minibert", "vocabulary_size": 600, "embedding_size": 16, "layers": 1,
                "hidden_size": 16, "intermediate_size": 16, "heads": 2,
            },
            "training": {
                "epochs": 2, "batch_size": 64, "max_length": 16, "device": "cpu",
                "learning_rate": 3e-3,
            },
            "distillation": {
                "teachers": [str(teacher)],
                "unlabelled": [str(unlabelled)],
                "neutral_share": 1.0,
                **distillation,
            },
            "policy": POLICY,
            "export": "none",
        }
    )  # fmt: skip


def finished(recipe: Recipe, runs: Path, **options: Any) -> Run:
    run = train(recipe, runs=runs, **options)
    assert run is not None
    return run


def weights_of(run: Run) -> dict[str, torch.Tensor]:
    return run.classifier.scorer.model.state_dict()


@pytest.mark.slow
def test_a_student_learns_and_scores_of_its_teacher_are_kept(
    teacher: Path, unlabelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    first = finished(student(teacher, unlabelled), tmp_path / "runs", say=said.append)
    n_train = len(load_examples(data_settings(DATA)).split("train"))
    assert f"Learning from {n_train:,} labelled and 4 unlabelled texts" in said
    assert emoscope.load(first.folder)("thank you").labels
    kept = tmp_path / "runs" / teacher_scores.FOLDER
    assert sum(len(np.load(part)) for part in kept.rglob("*.npy")) == n_train + len(UNLABELLED)

    # another student of the same teacher finds them done, and the same recipe gives the same model
    monkeypatch.setattr(
        teacher_scores, "_save", lambda *given: pytest.fail("scores were computed again")
    )
    again = finished(student(teacher, unlabelled), tmp_path / "runs", overwrite=True)
    for name, tensor in weights_of(first).items():
        assert torch.equal(weights_of(again)[name], tensor), name
    # and the teachers' weight in the loss matters
    other = finished(student(teacher, unlabelled, weight=1.0), tmp_path / "runs", overwrite=True)
    assert not all(torch.equal(weights_of(other)[k], v) for k, v in weights_of(first).items())


@pytest.mark.slow
def test_a_stopped_student_resumes_with_its_teacher_and_no_other(
    teacher: Path, unlabelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = student(teacher, unlabelled)
    unbroken = finished(recipe, tmp_path / "whole")
    save = torch.save

    def stops(value: Any, path: Any, *args: Any, **kwargs: Any) -> None:
        folder = Path(path).parent
        if folder.name.startswith("checkpoint-") and any(folder.parents[1].glob("checkpoint-*")):
            raise KeyboardInterrupt
        save(value, path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", stops)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, runs=tmp_path / "runs")
    assert (tmp_path / "runs" / "student.unfinished").is_dir()

    other = teach(tmp_path / "teachers", "other", strength=0.5)
    with pytest.raises(TrainingError, match=r"distillation\.teachers was .* and is "):
        train(student(other, unlabelled), runs=tmp_path / "runs", resume=True)
    with pytest.raises(TrainingError, match=r"distillation\.weight was 0\.5 and is 0\.9"):
        train(student(teacher, unlabelled, weight=0.9), runs=tmp_path / "runs", resume=True)

    resumed = finished(recipe, tmp_path / "runs", resume=True)
    for name, tensor in weights_of(unbroken).items():
        torch.testing.assert_close(weights_of(resumed)[name], tensor, msg=name)
