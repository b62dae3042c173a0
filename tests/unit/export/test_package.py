from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

from emoscope import load
from emoscope.errors import ExportError
from emoscope.export import SCHEMES, pack_model
from emoscope.export import matmuls as products
from emoscope.model_folder.manifest import read_manifest, write_manifest
from emoscope.training.finalize import export_again


@pytest.fixture(scope="module")
def exported_once(tmp_path_factory: pytest.TempPathFactory, saved_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "model"
    shutil.copytree(saved_folder, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "LEAST_WEIGHTS", 256)
        export_again(folder, schemes=SCHEMES)
    return folder


@pytest.fixture
def exported(tmp_path: Path, exported_once: Path) -> Path:
    return Path(shutil.copytree(exported_once, tmp_path / "model"))


def test_a_packed_folder_answers_the_same_and_is_small(exported: Path, tmp_path: Path):
    target = tmp_path / "packed"
    manifest = pack_model(exported, target)
    assert sorted(manifest.files) == [
        "README.md",
        "config.json",
        "onnx/model_quantized.onnx",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    card = (target / "README.md").read_text(encoding="utf-8")
    assert "onnxruntime.InferenceSession" in card
    assert "from transformers" in (exported / "README.md").read_text(encoding="utf-8")
    assert "from transformers" not in card
    texts = ["i am glad today", "we are furious"]
    np.testing.assert_array_equal(
        load(target).scorer.logits(texts), load(exported).scorer.logits(texts)
    )


def test_padding_to_the_length_of_training_is_dropped(exported: Path, tmp_path: Path):
    path = exported / "tokenizer.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["padding"] = {
        "strategy": {"Fixed": 128},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    }
    path.write_text(json.dumps(data, indent=4), encoding="utf-8")
    write_manifest(exported, read_manifest(exported, verify=False))
    pack_model(exported, tmp_path / "packed")
    packed = (tmp_path / "packed" / "tokenizer.json").read_text(encoding="utf-8")
    assert json.loads(packed)["padding"] is None
    assert len(packed) < len(path.read_text(encoding="utf-8"))


def test_not_exported(folder: Path, tmp_path: Path):
    with pytest.raises(ExportError, match="emoscope export"):
        pack_model(folder, tmp_path / "packed")


def test_nothing_is_overwritten(exported: Path, tmp_path: Path):
    with pytest.raises(ExportError, match="exists already"):
        pack_model(exported, tmp_path)
    mine = tmp_path / "new" / "packed.part" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    pack_model(exported, tmp_path / "new" / "packed")
    assert mine.read_text() == "mine"
    assert {p.name for p in (tmp_path / "new").iterdir()} == {"packed", "packed.part"}
