from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import emoscope
from emoscope.errors import EmoscopeWarning, ModelFolderError
from emoscope.loading import find_model
from emoscope.loading.catalogue import CATALOGUE, ShippedModel
from emoscope.loading.find_model import find_model_folder

SHIPPED = CATALOGUE["default"].folder


@pytest.mark.parametrize("model", [None, "", "default"])
def test_the_default_model(model: str | None) -> None:
    assert find_model_folder(model) == SHIPPED


def test_it_opens_by_name() -> None:
    assert emoscope.load("default")("thank you so much!").labels == ("gratitude",)


def test_a_run_means_its_model(tiny_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_folder, tmp_path / "runs" / "own" / "model")
    assert find_model_folder(tmp_path / "runs" / "own") == tmp_path / "runs" / "own" / "model"


def test_a_folder_does_not_change_what_a_name_means(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny_folder, tmp_path / "default")
    with pytest.warns(EmoscopeWarning, match=r"give \./default"):
        assert find_model_folder("default") == SHIPPED
    assert find_model_folder("./default") == Path("default")
    assert find_model_folder(Path("default")) == Path("default")


def test_a_name_that_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelFolderError, match=r"Did you mean 'default'\? These ship: default"):
        find_model_folder("defautl")


@pytest.mark.parametrize("model", ["x" * 5_000, "a\0b", "../nowhere", "/no/such/folder"])
def test_paths_that_lead_nowhere(model: str) -> None:
    with pytest.raises(ModelFolderError, match="There is no model folder"):
        find_model_folder(model)


def test_hub_ids_are_downloaded(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(find_model, "download", {"owner/name": tiny_folder}.__getitem__)
    assert emoscope.load("owner/name")("thank you").labels == ("gratitude",)


def test_an_installation_without_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ShippedModel, "folder", tmp_path)
    with pytest.raises(ModelFolderError, match="lacks the model 'default'"):
        emoscope.load()
