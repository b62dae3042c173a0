"""`pip install .` into an empty environment, then the network off: labels come at once.

`make test-core` installs the core so, and what runs its tests beside it, which is hidden here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = "I can't believe you did that for me, thank you!"
UNPLUGGED = """
import re, socket, sys
from importlib import metadata

def refuse(*given, **named):
    raise OSError("the network is unplugged")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.create_connection = socket.getaddrinfo = refuse

def plain(name):
    return re.sub("[-_.]+", "-", name).lower()

needed, waiting = set(), ["emoscope"]
while waiting:
    name = plain(waiting.pop())
    if name not in needed:
        needed.add(name)
        try:
            lines = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # of another version of Python
            continue
        lines = [line for line in lines if "extra ==" not in line]
        waiting += [re.match("[A-Za-z0-9._-]+", line)[0] for line in lines]
hidden = [module for module, owners in metadata.packages_distributions().items()
          if not needed & set(map(plain, owners))]
assert "pytest" in hidden
sys.modules |= dict.fromkeys(hidden)  # as good as not installed
sys.argv[0] = "emoscope"
from emoscope.cli import main
main()
"""

pytestmark = pytest.mark.skipif(
    os.environ.get("EMOSCOPE_CORE_ONLY") != "1", reason="only where the core stands alone"
)


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`emoscope` with every way to the network closed, in a home without caches."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("EMOSCOPE")
    } | {"HOME": str(folder), "HF_HOME": str(folder / "hub"), "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-I", "-c", UNPLUGGED, *words],
        capture_output=True, text=True, cwd=folder, env=environment, timeout=120,
    )  # fmt: skip


def test_predict_needs_nothing_more(tmp_path: Path) -> None:
    done = run("predict", TEXT, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "gratitude" in found["labels"]
    assert found["text"] == TEXT
    assert len(found["probabilities"]) == 28


def test_a_file_is_labelled(tmp_path: Path) -> None:
    (tmp_path / "comments.csv").write_text(
        "id,text\n1,thank you so much\n2,this makes me so angry\n", encoding="utf-8"
    )
    done = run("predict", "comments.csv", "-o", "labelled.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "labelled.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["id", "1", "2"]
    assert "gratitude" in lines[1]
    assert "anger" in lines[2]
