from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import emoscope
from emoscope.data.examples import Examples
from emoscope.decisions.calibration import log_loss
from emoscope.errors import FitOnTest, ModelFolderError, NoExamples, RecipeError, TrainingError
from emoscope.model_folder.ensemble_file import EnsembleFile
from emoscope.model_folder.file_names import MANIFEST, MEMBERS
from emoscope.model_folder.manifest import read_manifest, write_manifest
from emoscope.taxonomy import GOEMOTIONS
from emoscope.training.fit_ensemble import ensemble_recipe, fit_ensemble, fit_weights
from emoscope.training.settings import EnsembleModel

ROWS = [
    ("train", "thank you", "gratitude"),
    ("validation", "thank you all", "gratitude"),
    ("validation", "how sad", "sadness"),
    ("validation", "a plain day", "neutral"),
    ("test", "many thanks", "gratitude"),
]


def examples(**changes: Any) -> Examples:
    labels = np.array([[label == name for label in GOEMOTIONS.labels] for _, _, name in ROWS])
    made = Examples(
        texts=tuple(text for _, text, _ in ROWS),
        labels=labels,
        taxonomy=GOEMOTIONS,
        task="multi_label",
        ids=tuple(map(str, range(len(ROWS)))),
        splits=np.array([split for split, _, _ in ROWS]),
        name="five",
    )
    return replace(made, **changes)


def members(*folders: Path, weights: str = "equal") -> EnsembleModel:
    return EnsembleModel.model_validate({"members": [str(f) for f in folders], "weights": weights})


@pytest.fixture
def other_folder(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "other"))


def random_task(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Truth (n, 5) of one label each, and scores that know it."""
    random = np.random.default_rng(seed)
    truth = np.eye(5, dtype=np.bool_)[random.integers(5, size=n)]
    return truth, np.where(truth, 1.0, -1.0) + random.normal(size=truth.shape)


@pytest.mark.parametrize("exclusive", [False, True])
def test_the_better_member_weighs_more(exclusive: bool) -> None:
    truth, good = random_task(0)
    noise = np.random.default_rng(1).normal(size=good.shape)
    weights = fit_weights(np.stack([noise, good, -good]), truth, exclusive=exclusive)
    assert weights[1] > 0.95
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()


@pytest.mark.parametrize("scale", [0.3, 1.0, 10.0, 100.0])
def test_no_weight_of_a_grid_has_less_loss(scale: float) -> None:
    truth, one = random_task(2)
    two = scale * (one + np.random.default_rng(3).normal(size=one.shape))
    one = scale * (one + np.random.default_rng(4).normal(size=one.shape))

    def loss(weight: float) -> float:
        return float(log_loss(weight * one + (1 - weight) * two, truth.astype(float)).sum(1).mean())

    weights = fit_weights(np.stack([one, two]), truth, exclusive=False)
    assert 0.2 < weights[0] < 0.8
    assert loss(weights[0]) <= min(map(loss, np.linspace(0, 1, 101))) * (1 + 1e-3)


def test_members_that_are_the_same_weigh_the_same() -> None:
    truth, scores = random_task(5)
    weights = fit_weights(np.stack([scores, scores, scores]), truth, exclusive=False)
    np.testing.assert_allclose(weights, 1 / 3)


def test_copies_are_joined(tiny_folder: Path, other_folder: Path, tmp_path: Path) -> None:
    scorer = fit_ensemble(members(tiny_folder, other_folder), examples(), tmp_path / "model")
    assert EnsembleFile.read(tmp_path / "model").weights == (1.0, 1.0)
    for name in ("member_1", "member_2"):
        place = tmp_path / "model" / MEMBERS / name
        assert read_manifest(place).files == read_manifest(tiny_folder).files
    classifier = emoscope.load(tiny_folder)
    raw = classifier.scorer.logits(["thank you"]).astype(np.float64)
    expected = classifier.policy.calibration.apply(raw)
    np.testing.assert_allclose(scorer.logits(["thank you"]), expected, rtol=1e-6)


def test_weights_of_torch_stay_behind_where_there_is_a_graph(
    tiny_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    (tiny_folder / "model.safetensors").write_bytes(b"not read")
    write_manifest(tiny_folder, read_manifest(tiny_folder, verify=False))
    fit_ensemble(members(tiny_folder, other_folder), examples(), tmp_path / "model")
    place = tmp_path / "model" / MEMBERS / "member_1"
    assert sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()) == [
        MANIFEST, "onnx/model.onnx", "onnx/model_quantized.onnx", "tokenizer.json",
    ]  # fmt: skip
    assert "model.safetensors" not in read_manifest(place).files


def test_weights_are_fitted_on_validation(
    tiny_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    asked = members(tiny_folder, other_folder, weights="validation")
    fit_ensemble(asked, examples(), tmp_path / "model")
    np.testing.assert_allclose(EnsembleFile.read(tmp_path / "model").weights, 0.5)


def test_weights_are_not_fitted_on_test(
    tiny_folder: Path, other_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = members(tiny_folder, other_folder, weights="validation")
    given = examples()
    monkeypatch.setattr(Examples, "split", lambda self, name: self)  # all rows, test among them
    with pytest.raises(FitOnTest, match="weights of an ensemble"):
        fit_ensemble(asked, given, tmp_path / "model")


def test_no_validation(tiny_folder: Path, other_folder: Path, tmp_path: Path) -> None:
    asked = members(tiny_folder, other_folder, weights="validation")
    with pytest.raises(NoExamples, match="validation"):
        fit_ensemble(asked, examples().split("train"), tmp_path / "model")


def test_members_of_other_labels(
    tiny_folder: Path, other_folder: Path, tmp_path: Path, tiny_examples: Examples
) -> None:
    with pytest.raises(TrainingError, match="tiny' has other labels than tiny"):
        fit_ensemble(members(tiny_folder, other_folder), tiny_examples, tmp_path / "model")


def test_an_ensemble_is_no_member(tiny_folder: Path, other_folder: Path, tmp_path: Path) -> None:
    fit_ensemble(members(tiny_folder, other_folder), examples(), tmp_path / "joined")
    inner = read_manifest(tiny_folder)
    write_manifest(tmp_path / "joined", replace(inner, kind="ensemble"))
    with pytest.raises(TrainingError, match="joined' is an ensemble itself"):
        fit_ensemble(members(tiny_folder, tmp_path / "joined"), examples(), tmp_path / "model")


def test_a_damaged_member(tiny_folder: Path, other_folder: Path, tmp_path: Path) -> None:
    (other_folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelFolderError, match=r"tokenizer\.json"):
        fit_ensemble(members(tiny_folder, other_folder), examples(), tmp_path / "model")


def trained_on(folder: Path, **tables: Any) -> None:
    manifest = read_manifest(folder)
    write_manifest(folder, replace(manifest, provenance={"recipe": tables}))


def test_the_recipe_has_the_data_of_the_first_member(tiny_folder: Path, other_folder: Path) -> None:
    more = [{"name": "file", "weight": 2.0, "label_map": {"glad": "joy"}}]
    trained_on(tiny_folder, data={"name": "everyday", "sample": 600}, more_data=more)
    recipe = ensemble_recipe("both", [str(tiny_folder), str(other_folder)], "validation")
    assert recipe.name == "both"
    assert (recipe.data.name, recipe.data.sample) == ("everyday", 600)
    assert [(each.name, each.weight) for each in recipe.more_data] == [("file", 2.0)]
    assert recipe.model == members(tiny_folder, other_folder, weights="validation")


def test_a_first_member_that_does_not_know_its_data(tiny_folder: Path, other_folder: Path) -> None:
    trained_on(other_folder, data={"name": "everyday"})
    with pytest.raises(TrainingError, match="does not say what data it was trained on"):
        ensemble_recipe("both", [str(tiny_folder), str(other_folder)])


@pytest.mark.parametrize(
    ("name", "n", "weights", "says"),
    [
        ("a/b", 2, "equal", "name = 'a/b'"),
        ("", 2, "equal", "name = ''"),
        ("both", 1, "equal", r"model\.members"),
        ("both", 33, "equal", r"model\.members"),
        ("both", 2, "best", r"model\.weights = 'best'"),
    ],
)
def test_wrong_names_numbers_and_weights(
    tiny_folder: Path, name: str, n: int, weights: str, says: str
) -> None:
    trained_on(tiny_folder, data={"name": "everyday"})
    with pytest.raises(RecipeError, match=says):
        ensemble_recipe(name, [str(tiny_folder)] * n, weights)


def test_the_name_of_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="nowhere"):
        ensemble_recipe("both", [str(tmp_path / "nowhere"), "default"])
