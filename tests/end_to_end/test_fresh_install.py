"""`pip install .` into an empty environment, then the network off: labels come at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = "I can't believe you did that for me, thank you!"
UNPLUGGED = """
import socket, sys

def refuse(*given, **named):
    raise OSError("the network is unplugged")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.create_connection = socket.getaddrinfo = refuse
sys.argv[0] = "emoscope"
from emoscope.cli import main
main()
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.environ.get("EMOSCOPE_CORE_ONLY") == "1", reason="once is enough, in the full suite"
    ),
]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment that holds the core and what it needs, nothing else."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=True)
    found = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    command = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pinned = ["--constraint", str(ROOT / "constraints.txt"), str(ROOT)]
    done = subprocess.run([*command, *pinned], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return found


def run(python: Path, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`emoscope` with every way to the network closed, in a home without caches."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("EMOSCOPE")
    } | {"HOME": str(folder), "HF_HOME": str(folder / "hub"), "COLUMNS": "100"}
    return subprocess.run(
        [str(python), "-c", UNPLUGGED, *words],
        capture_output=True, text=True, cwd=folder, env=environment, timeout=120,
    )  # fmt: skip


def test_the_environment_is_bare(python: Path) -> None:
    code = "import importlib.util as u; print([n for n in {!r} if u.find_spec(n)])"
    heavy = ("torch", "transformers", "tokenizers", "huggingface_hub", "sklearn", "pyarrow",
             "matplotlib", "fastapi")  # fmt: skip
    done = subprocess.run(
        [str(python), "-c", code.format(heavy)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert sys.prefix not in done.stdout


def test_predict_needs_nothing_more(python: Path, tmp_path: Path) -> None:
    done = run(python, "predict", TEXT, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "gratitude" in found["labels"]
    assert found["text"] == TEXT
    assert len(found["probabilities"]) == 28


def test_a_file_is_labelled(python: Path, tmp_path: Path) -> None:
    (tmp_path / "comments.csv").write_text(
        "id,text\n1,thank you so much\n2,this makes me so angry\n", encoding="utf-8"
    )
    done = run(python, "predict", "comments.csv", "-o", "labelled.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "labelled.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["id", "1", "2"]
    assert "gratitude" in lines[1]
    assert "anger" in lines[2]
