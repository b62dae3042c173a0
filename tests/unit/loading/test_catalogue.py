from __future__ import annotations

import json

import pytest

from emoscope.loading.catalogue import CATALOGUE, ShippedModel


@pytest.mark.parametrize("model", CATALOGUE.values(), ids=CATALOGUE)
def test_facts_come_from_the_folder(model: ShippedModel) -> None:
    files = [path for path in model.folder.rglob("*") if path.is_file()]
    assert model.size == sum(path.stat().st_size for path in files)
    manifest = json.loads((model.folder / "emoscope.json").read_text(encoding="utf-8"))
    assert model.figures == manifest["metrics"]["headline"]
    assert model.to_json()["labels"] == manifest["taxonomy"]["labels"]


def test_the_default_is_there() -> None:
    assert CATALOGUE["default"].is_installed
