"""The commands where an extra is not installed: they do without it, or name it."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emoscope.model_folder.manifest import read_manifest, write_manifest

MODEL = Path(__file__).parents[2] / "fixtures" / "tiny_encoder"
EXTRAS = (
    "torch", "transformers", "tokenizers", "huggingface_hub", "sklearn", "skops", "pyarrow",
    "datasets", "matplotlib", "jinja2", "fastapi", "uvicorn", "prometheus_client", "optuna",
    "submitit",
)  # fmt: skip
PROGRAM = f"""
import sys
sys.modules |= dict.fromkeys({EXTRAS!r})  # as good as not installed
from emoscope.cli import main
main()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text("id,text\n1,thank you\n2,\n", encoding="utf-8")
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    return tmp_path


def run(folder: Path, *words: str, model: str | Path = MODEL) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, *words, "--model", str(model)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.slow
def test_a_table_is_labelled_with_the_core_alone(folder: Path) -> None:
    done = run(folder, "predict", "a.csv", "-o", "o.csv")
    assert done.returncode == 0, done.stderr
    with (folder / "o.csv").open(encoding="utf-8", newline="") as file:
        assert [row["top_label"] for row in csv.DictReader(file)] == ["gratitude", ""]


@pytest.mark.slow
def test_a_text_is_explained_with_the_core_alone(folder: Path) -> None:
    done = run(folder, "explain", "thank you")
    assert done.returncode == 0, done.stderr
    assert "gratitude" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["predict", "a.parquet"], "parquet"),
        (["predict", "a.csv", "-o", "o.parquet"], "parquet"),
        (["serve"], "serve"),
        (["predict", "a.csv", "-o", "out", "--slurm"], "slurm"),
        (["tune", "tfidf-goemotions"], "tune"),
    ],
)
def test_a_missing_extra_is_named(folder: Path, words: list[str], extra: str) -> None:
    done = run(folder, *words)
    assert done.returncode == 2
    assert f'pip install "emoscope[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "a.parquet"]


@pytest.mark.slow
def test_a_model_of_the_hub_needs_an_extra(folder: Path) -> None:
    done = run(folder, "predict", "thank you", model="owner/name")
    assert done.returncode == 2
    assert "There is no folder 'owner/name' here" in " ".join(done.stderr.split())
    assert 'pip install "emoscope[encoders]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_model_with_another_tokenizer_needs_an_extra(folder: Path) -> None:
    model = folder / "model"
    shutil.copytree(MODEL, model)
    path = model / "tokenizer.json"
    description = json.loads(path.read_text(encoding="utf-8"))
    description["pre_tokenizer"] = {"type": "Whitespace"}
    path.write_text(json.dumps(description), encoding="utf-8")
    write_manifest(model, read_manifest(model, verify=False))
    done = run(folder, "predict", "thank you", model=model)
    assert done.returncode == 2
    assert 'pip install "emoscope[encoders]"' in done.stderr
    assert "Traceback" not in done.stderr
