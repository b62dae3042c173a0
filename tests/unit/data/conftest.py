"""Every test of this folder starts without environment, cache or network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL_DATA = os.environ.get("EMOSCOPE_DATA")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory):
    monkeypatch.delenv("EMOSCOPE_DATA", raising=False)
    monkeypatch.setenv("EMOSCOPE_CACHE", str(tmp_path_factory.mktemp("cache") / "none"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def real_data() -> Path:
    if not REAL_DATA:
        pytest.skip("EMOSCOPE_DATA is not set")
    return Path(REAL_DATA)


@pytest.fixture
def write(tmp_path: Path):
    """Write a file below tmp_path from text or bytes, and give its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file
