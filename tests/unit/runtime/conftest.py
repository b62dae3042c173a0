"""The tiny encoder folder, whose scores can be added up by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

FIXTURE = Path(__file__).parents[2] / "fixtures" / "tiny_encoder"


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """A copy of the tiny encoder, to be damaged."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "tiny"))
