"""Ensembles of two tiny encoders: saved, loaded, damaged."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import emoscope
from emoscope.cli.app import app
from emoscope.decisions import plain_policy, read_policy
from emoscope.decisions.calibration import Calibration
from emoscope.errors import ModelFolderError
from emoscope.model_folder.ensemble_file import EnsembleFile
from emoscope.model_folder.file_names import ENSEMBLE_FILE, MANIFEST, MEMBERS
from emoscope.model_folder.manifest import Manifest, read_manifest, write_manifest
from emoscope.scorers.ensemble import EnsembleScorer
from emoscope.taxonomy import make_taxonomy

TEXTS = ["thank you so much", "how sad", "nothing of note", ""]
SLOPE = 3.0


def seal(folder: Path) -> None:
    """Give the manifest the checksums of what lies in the folder."""
    write_manifest(folder, read_manifest(folder, verify=False))


@pytest.fixture
def ensemble(tiny_folder: Path, tmp_path: Path) -> Path:
    """The tiny encoder with weight 3, and with weight 1 calibrated to three times its scores."""
    folder = tmp_path / "ensemble"
    for name in ("first", "second"):
        shutil.copytree(tiny_folder, folder / MEMBERS / name)
    inner = read_manifest(folder / MEMBERS / "second")
    n = len(inner.labels)
    steep = Calibration("platt", np.full(n, SLOPE), np.zeros(n))
    policy = replace(read_policy(inner.policy), calibration=steep)
    write_manifest(folder / MEMBERS / "second", replace(inner, policy=policy.to_json()))
    EnsembleFile(("first", "second"), (3.0, 1.0)).write(folder)
    write_manifest(folder, replace(inner, kind="ensemble", policy=inner.policy, max_length=None))
    return folder


def test_it_is_loaded_with_weights_and_calibrations(ensemble: Path, tiny_folder: Path) -> None:
    classifier = emoscope.load(ensemble)
    single = emoscope.load(tiny_folder)
    assert isinstance(classifier.scorer, EnsembleScorer)
    own = read_policy(read_manifest(tiny_folder).policy).calibration
    raw = single.score(TEXTS).scores
    expected = (3.0 * own.apply(raw.astype(float)) + SLOPE * raw) / 4.0
    np.testing.assert_allclose(classifier.score(TEXTS).scores, expected, rtol=1e-5)
    assert classifier("thank you").labels == ("gratitude",)


def test_notes_are_those_of_a_member(ensemble: Path, tiny_folder: Path) -> None:
    texts = ["", "zxqv wvut pqrs mnop"]
    found = emoscope.load(ensemble).score(texts).notes
    assert found == emoscope.load(tiny_folder).score(texts).notes
    assert any(found)


def test_pickled_and_back(ensemble: Path) -> None:
    classifier = emoscope.load(ensemble)
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(again.score(TEXTS).scores, classifier.score(TEXTS).scores)


def test_predict_reads_it(ensemble: Path) -> None:
    result = CliRunner().invoke(
        app, ["predict", "--model", str(ensemble), "--format", "jsonl", "thank you"]
    )
    assert result.exit_code == 0, result.exception
    assert json.loads(result.stdout)["labels"] == ["gratitude"]


def test_a_run_with_an_ensemble_is_found(ensemble: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    shutil.move(ensemble, tmp_path / "run" / "model")
    assert emoscope.load(tmp_path / "run")("thank you").labels == ("gratitude",)


@pytest.mark.parametrize(
    "name",
    [
        ENSEMBLE_FILE,
        f"{MEMBERS}/first/onnx/model_quantized.onnx",
        f"{MEMBERS}/second/tokenizer.json",
        f"{MEMBERS}/second/{MANIFEST}",
    ],
)
def test_an_altered_file_of_any_member(ensemble: Path, name: str) -> None:
    path = ensemble / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ModelFolderError, match=f"{name}.*SHA-256 differs"):
        emoscope.load(ensemble)


def test_a_file_beside_the_members(ensemble: Path) -> None:
    (ensemble / MEMBERS / "first" / "more.json").write_text("{}")
    with pytest.raises(ModelFolderError, match=r"more\.json"):
        emoscope.load(ensemble)


def change_labels(folder: Path) -> None:
    member = folder / MEMBERS / "second"
    taxonomy = make_taxonomy("other", ["joy", "anger"])
    policy = plain_policy(taxonomy.labels, "multi_label").to_json()
    write_manifest(member, Manifest("encoder", "multi_label", taxonomy, policy, 64))


def change_policy(folder: Path) -> None:
    member = folder / MEMBERS / "second"
    policy = plain_policy(("joy", "anger"), "multi_label").to_json()
    write_manifest(member, replace(read_manifest(member), policy=policy))


def nest(folder: Path) -> None:
    """An ensemble in the place of a member."""
    inner = folder.with_name("inner")
    shutil.copytree(folder, inner)
    shutil.rmtree(folder / MEMBERS / "second")
    shutil.move(inner, folder / MEMBERS / "second")


def take_away(folder: Path) -> None:
    shutil.rmtree(folder / MEMBERS / "second")


def take_the_list_away(folder: Path) -> None:
    (folder / ENSEMBLE_FILE).unlink()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (change_labels, "second' has other labels, or another task"),
        (change_policy, "policy of the member .*second' is not for its labels"),
        (nest, "second' is an ensemble itself"),
        (take_away, "second"),
        (take_the_list_away, "lacks the file ensemble.json"),
    ],
)
def test_a_member_that_does_not_fit(
    ensemble: Path, damage: Callable[[Path], None], says: str
) -> None:
    damage(ensemble)
    seal(ensemble)
    with pytest.raises(ModelFolderError, match=says):
        emoscope.load(ensemble)


def test_a_member_outside_the_folder(ensemble: Path, tmp_path: Path) -> None:
    shutil.move(ensemble / MEMBERS / "second", tmp_path / "elsewhere")
    (ensemble / MEMBERS / "second").symlink_to(tmp_path / "elsewhere")
    seal(ensemble)
    with pytest.raises(ModelFolderError):
        emoscope.load(ensemble)
