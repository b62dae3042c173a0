from __future__ import annotations

import shutil
import sys
import types
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import pytest

import emoscope
from emoscope.errors import MissingExtra, ModelFolderError
from emoscope.loading.hub import download, is_hub_id


@pytest.fixture
def hub(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for the hub, which has one model, beside files that its manifest does not list."""
    (tiny_folder / "training_args.bin").write_bytes(b"a pickle")
    snapshot = tmp_path / "cache" / "snapshots" / "1a2b"

    def fetch(name: str) -> None:
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tiny_folder / name, snapshot / name)

    def hf_hub_download(hub_id: str, name: str) -> str:
        if hub_id != "owner/tiny":
            raise OSError(f"404 for {hub_id}\nmore lines")
        fetch(name)
        return str(snapshot / name)

    def snapshot_download(hub_id: str, *, revision: str, allow_patterns: Sequence[str]) -> str:
        assert (hub_id, revision) == ("owner/tiny", "1a2b")
        for path in tiny_folder.rglob("*"):
            name = path.relative_to(tiny_folder).as_posix()
            if path.is_file() and any(fnmatch(name, pattern) for pattern in allow_patterns):
                fetch(name)
        return str(snapshot)

    module = types.ModuleType("huggingface_hub")
    vars(module).update(hf_hub_download=hf_hub_download, snapshot_download=snapshot_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    return snapshot


def test_what_the_manifest_lists_is_fetched_and_opened(hub: Path) -> None:
    assert emoscope.load("owner/tiny")("thank you").labels == ("gratitude",)
    assert not (hub / "training_args.bin").exists()


def test_a_model_that_the_hub_does_not_have(hub: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"did not give .* \(404 for owner/none\)"):
        download("owner/none")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match=r"emoscope\[encoders\]"):
        download("owner/tiny")


def test_hub_ids() -> None:
    assert is_hub_id("owner/name-2.1")
    assert not any(map(is_hub_id, ("name", "a/b/c", "./x", "../x", "/a/b", "a b/c")))
