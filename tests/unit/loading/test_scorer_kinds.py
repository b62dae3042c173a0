from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

import emoscope
from emoscope.errors import MissingExtra
from emoscope.loading.scorer_kinds import KINDS, ScorerKind
from emoscope.model_folder.manifest import Manifest, read_manifest, write_manifest
from emoscope.scorers.runtime_options import RuntimeOptions


class ConstantScorer:
    """The same score for all labels of all texts."""

    def __init__(self, folder: Path, manifest: Manifest, options: RuntimeOptions) -> None:
        self.labels, self.task = manifest.labels, manifest.task
        self.score = float((folder / "score.txt").read_text())

    def logits(self, texts):
        return np.full((len(texts), len(self.labels)), self.score, dtype=np.float32)


@pytest.fixture
def constant_folder(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a kind that one module and one line of the table have added."""
    module = types.ModuleType("constant_kind")
    module.open_scorer = ConstantScorer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "constant_kind", module)
    monkeypatch.setitem(KINDS, "constant", ScorerKind("constant_kind", "linear"))
    manifest = read_manifest(tiny_folder)
    (tiny_folder / "score.txt").write_text("7")
    facts = Manifest("constant", manifest.task, manifest.taxonomy, manifest.policy)
    write_manifest(tiny_folder, facts)
    return tiny_folder


def test_a_kind_is_a_module_and_a_line(constant_folder: Path) -> None:
    classifier = emoscope.load(constant_folder)
    assert isinstance(classifier.scorer, ConstantScorer)
    assert len(classifier("anything").labels) == 28


def test_the_extra_of_a_kind_is_named(
    constant_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "constant_kind", None)  # what a missing package looks like
    with pytest.raises(MissingExtra, match=r"kind constant needs .*emoscope\[linear\]"):
        emoscope.load(constant_folder)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_an_opener(name: str) -> None:
    import importlib

    assert callable(importlib.import_module(KINDS[name].module).open_scorer)
