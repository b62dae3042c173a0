from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from emoscope.cli.app import app
from emoscope.loading.catalogue import CATALOGUE
from emoscope.model_folder.file_names import MANIFEST
from emoscope.model_folder.manifest import read_manifest, write_manifest


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.exception
    return result.stdout


def test_the_table_has_name_size_figures_and_purpose() -> None:
    shown = " ".join(run("models").split())
    for words in (
        "default",
        "20.6 MB",
        "28",
        "0.533",
        "0.609",
        "the most accurate",
        "fast",
        "9.9 MB",
    ):
        assert words in shown


def test_json() -> None:
    (row,) = [row for row in json.loads(run("models", "--json")) if row["name"] == "default"]
    model = CATALOGUE["default"]
    assert row["size"] == model.size
    assert row["figures"]["macro_f1"] == model.manifest.metrics["headline"]["macro_f1"]


def test_info_describes_the_default() -> None:
    shown = run("info")
    assert "goemotions + everyday" in shown
    assert run("info", "default") == run("info", "--model", "default") == shown
    both = CliRunner().invoke(app, ["info", "default", "--model", "other"])
    assert "Two models were named, default and other" in str(both.exception)


def test_info_shows_escape_sequences_as_text(tiny_folder: Path) -> None:
    path = tiny_folder / MANIFEST
    text = path.read_text(encoding="utf-8").replace('"admiration"', '"\\u001b[2Jadmiration"')
    path.write_text(text, encoding="utf-8")
    shown = run("info", str(tiny_folder)) + run("info", str(tiny_folder), "--json")
    assert "\x1b" not in shown
    assert "\\u001b[2Jadmiration" in shown


def test_info_of_provenance_of_another_form(tiny_folder: Path) -> None:
    import dataclasses

    odd = {"recipe": ["x"], "data": None, "seed": {"a": 1}}
    manifest = dataclasses.replace(
        read_manifest(tiny_folder), provenance=odd, metrics={"headline": {"macro_f1": 1}}
    )
    write_manifest(tiny_folder, manifest)
    assert "unknown" in run("info", str(tiny_folder))
