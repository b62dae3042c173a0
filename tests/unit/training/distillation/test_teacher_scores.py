from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import emoscope
from emoscope.decisions import plain_policy
from emoscope.decisions.calibration import Calibration, no_calibration
from emoscope.errors import ModelFolderError, TrainingError
from emoscope.model_folder.manifest import read_manifest, write_manifest
from emoscope.scorers.ensemble import EnsembleScorer, Member
from emoscope.taxonomy import GOEMOTIONS
from emoscope.training.distillation import teacher_scores as module
from emoscope.training.distillation.teacher_scores import (
    FOLDER,
    Teachers,
    open_teachers,
    teacher_scores,
)

TEXTS = [f"text {'x' * i}" for i in range(7)]


class Counting:
    """Scores the length of a text; remembers what it was asked, and fails when told to."""

    labels = ("joy", "anger")
    task = "multi_label"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.fail_at: int | None = None

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        if self.fail_at == len(self.asked):
            raise KeyboardInterrupt
        self.asked.append(list(texts))
        return np.array([[len(text), -len(text)] for text in texts], dtype=np.float32)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PART_TEXTS", 3)


@pytest.fixture
def scorer() -> Counting:
    return Counting()


def teachers(scorer: Counting, identity: str = "one") -> Teachers:
    return Teachers(EnsembleScorer([Member(scorer, no_calibration(2))]), identity)  # type: ignore[arg-type]


def parts(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).rglob("*.npy"))


def test_scores_of_all_texts_in_order(scorer: Counting, tmp_path: Path) -> None:
    found = teacher_scores(teachers(scorer), TEXTS, tmp_path)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[:, 0], [len(text) for text in TEXTS])
    assert [len(asked) for asked in scorer.asked] == [3, 3, 1]


def test_computed_once(scorer: Counting, tmp_path: Path) -> None:
    first = teacher_scores(teachers(scorer), TEXTS, tmp_path)
    again = teacher_scores(teachers(scorer), TEXTS, tmp_path)
    np.testing.assert_array_equal(again, first)
    assert len(scorer.asked) == 3
    assert len(parts(tmp_path)) == 3


def test_an_interruption_loses_one_part(scorer: Counting, tmp_path: Path) -> None:
    scorer.fail_at = 2
    with pytest.raises(KeyboardInterrupt):
        teacher_scores(teachers(scorer), TEXTS, tmp_path)
    scorer.fail_at = None
    found = teacher_scores(teachers(scorer), TEXTS, tmp_path)
    np.testing.assert_array_equal(found[:, 0], [len(text) for text in TEXTS])
    assert scorer.asked == [TEXTS[:3], TEXTS[3:6], TEXTS[6:]]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-5]),
        lambda path: path.write_bytes(b"no numpy file"),
        lambda path: np.save(path, np.zeros((3, 2))),  # double precision
        lambda path: np.save(path, np.zeros((2, 2), dtype=np.float32)),
        lambda path: np.save(path, np.full((3, 2), np.nan, dtype=np.float32)),
        lambda path: np.save(path, np.array([{}, {}]), allow_pickle=True),
        Path.unlink,
    ],
)
def test_a_damaged_part_is_computed_again(damage, scorer: Counting, tmp_path: Path) -> None:
    first = teacher_scores(teachers(scorer), TEXTS, tmp_path)
    damage(parts(tmp_path)[1])
    scorer.asked.clear()
    np.testing.assert_array_equal(teacher_scores(teachers(scorer), TEXTS, tmp_path), first)
    assert scorer.asked == [TEXTS[3:6]]


@pytest.mark.parametrize(
    ("identity", "texts"),
    [
        ("two", TEXTS),
        ("one", [*TEXTS[:-1], "another"]),
        ("one", TEXTS[::-1]),
        ("one", TEXTS[:-1]),
        ("one", ["".join(TEXTS[:2]), *TEXTS[2:]]),
    ],
)
def test_other_teachers_or_texts_are_another_place(
    identity: str, texts: list[str], scorer: Counting, tmp_path: Path
) -> None:
    teacher_scores(teachers(scorer), TEXTS, tmp_path)
    scorer.asked.clear()
    found = teacher_scores(teachers(scorer, identity), texts, tmp_path)
    np.testing.assert_array_equal(found[:, 0], [len(text) for text in texts])
    assert sum(map(len, scorer.asked)) == len(texts)
    assert len(list((tmp_path / FOLDER).iterdir())) == 2


def test_progress_is_said(scorer: Counting, tmp_path: Path) -> None:
    said: list[str] = []
    teacher_scores(teachers(scorer), ["x"] * 14, tmp_path, said.append)
    assert said == ["Teachers score texts: 0 of 14", "Teachers score texts: 12 of 14"]
    said.clear()
    teacher_scores(teachers(scorer), ["x"] * 14, tmp_path, said.append)
    assert said == []


def test_a_lone_surrogate_is_a_text_too(scorer: Counting, tmp_path: Path) -> None:
    assert teacher_scores(teachers(scorer), ["\ud800"], tmp_path).shape == (1, 2)


def test_a_folder_that_cannot_be_written(scorer: Counting, tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file")
    with pytest.raises(TrainingError, match="Cannot write the teachers' scores"):
        teacher_scores(teachers(scorer), TEXTS, tmp_path)


# ---- opening teachers --------------------------------------------------------------------------


def test_several_teachers_are_the_mean_of_their_calibrated_scores(
    tiny_folder: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(tiny_folder, tmp_path / "other"))
    policy = replace(
        plain_policy(GOEMOTIONS.labels, "multi_label"),
        calibration=Calibration("platt", np.full(28, 2.0), np.full(28, 1.0)),
    )
    write_manifest(other, replace(read_manifest(other), policy=policy.to_json()))
    one = emoscope.load(tiny_folder)
    raw = one.scorer.logits(["thank you"])
    expected = (one.policy.calibration.apply(raw.astype(float)) + 2 * raw + 1) / 2
    found = open_teachers([str(tiny_folder), str(other)], GOEMOTIONS.labels, "multi_label")
    np.testing.assert_allclose(found.scorer.logits(["thank you"]), expected, rtol=1e-5)


def identity(*folders: Path) -> str:
    return open_teachers([str(f) for f in folders], GOEMOTIONS.labels, "multi_label").identity


def test_the_identity_is_that_of_files_and_policies(tiny_folder: Path, tmp_path: Path) -> None:
    before = identity(tiny_folder)
    other = Path(shutil.copytree(tiny_folder, tmp_path / "other"))
    assert identity(other) == before  # wherever it lies
    assert identity(tiny_folder, other) != before
    policy = replace(
        plain_policy(GOEMOTIONS.labels, "multi_label"),
        calibration=Calibration("platt", np.full(28, 2.0), np.full(28, 1.0)),
    )
    write_manifest(other, replace(read_manifest(other), policy=policy.to_json()))
    assert identity(other) != before
    changed = tiny_folder / "tokenizer.json"
    changed.write_text(changed.read_text() + "\n")
    write_manifest(tiny_folder, read_manifest(tiny_folder, verify=False))
    assert identity(tiny_folder) != before


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (("joy", "anger"), "multi_label"),
        (GOEMOTIONS.labels[::-1], "multi_label"),
        (GOEMOTIONS.labels, "single_label"),
    ],
)
def test_a_teacher_of_other_labels(tiny_folder: Path, labels: tuple[str, ...], task) -> None:
    with pytest.raises(TrainingError, match=r"tiny' has other labels .*distillation\.teachers"):
        open_teachers([str(tiny_folder)], labels, task)


def test_a_teacher_that_is_nowhere(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="nowhere"):
        open_teachers([str(tmp_path / "nowhere")], GOEMOTIONS.labels, "multi_label")
