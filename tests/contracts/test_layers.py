"""The direction of imports, and the files' sizes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import emoscope

ROOT = Path(__file__).parents[2]


def test_arrows_go_down_only() -> None:
    pytest.importorskip("importlinter")
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_module_is_two_modules() -> None:
    package = Path(emoscope.__file__).parent
    long = {
        path.relative_to(package).as_posix(): lines
        for path in package.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
