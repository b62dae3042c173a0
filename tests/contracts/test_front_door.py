"""The public face of the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import emoscope


def test_all_names_exist_and_dir_shows_them() -> None:
    for name in emoscope.__all__:
        assert getattr(emoscope, name) is not None
    assert dir(emoscope) == sorted(emoscope.__all__)


def test_public_names_are_exactly_these() -> None:
    assert set(emoscope.__all__) == {
        "EmoscopeError",
        "EmotionClassifier",
        "Prediction",
        "__version__",
        "load",
        "train",
    }


def test_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(emoscope, "no_such_thing")


def test_front_door_is_small() -> None:
    lines = Path(emoscope.__file__).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40


def test_module_runs_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "emoscope", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"emoscope {emoscope.__version__}"
