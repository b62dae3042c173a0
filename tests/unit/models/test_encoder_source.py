from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("huggingface_hub")

from emoscope.errors import EncoderNotFound, MissingExtra, TrainingError
from emoscope.models import encoder_source
from emoscope.models.encoder_source import find_encoder


def fill(folder: Path, weights: str = "model.safetensors") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    (folder / weights).write_bytes(b"")
    (folder / "tokenizer.json").write_text("{}")
    return folder


class Hub:
    """Stands for huggingface_hub.snapshot_download, and remembers how it was called."""

    def __init__(self, cached: Path | None = None, online: Path | Exception | None = None) -> None:
        self.cached, self.online = cached, online
        self.calls: list[dict[str, object]] = []

    def __call__(self, name: str, **options: object) -> str:
        self.calls.append({"name": name, **options})
        found = self.cached if options.get("local_files_only") else self.online
        if found is None:
            raise FileNotFoundError("not in the cache")
        if isinstance(found, Exception):
            raise found
        return str(found)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    stand_in = Hub()
    monkeypatch.setattr(encoder_source.huggingface_hub, "snapshot_download", stand_in)
    return stand_in


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = fill(tmp_path / "package" / "model")
    spec = SimpleNamespace(submodule_search_locations=[str(folder.parent)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    return folder


MINILM = "sentence-transformers/all-MiniLM-L6-v2"


def test_local_folder_comes_first(tmp_path: Path, hub: Hub):
    found = find_encoder(str(fill(tmp_path / "mine")))
    assert (found.folder, found.origin) == (tmp_path / "mine", "local folder")
    assert hub.calls == []


def test_a_folder_named_like_a_hub_id_is_the_folder(tmp_path, hub, monkeypatch):
    fill(tmp_path / "org" / "name")
    monkeypatch.chdir(tmp_path)
    assert find_encoder("org/name").origin == "local folder"


def test_cache_comes_before_package(tmp_path: Path, hub: Hub, packaged: Path):
    hub.cached = fill(tmp_path / "cache")
    found = find_encoder(MINILM)
    assert (found.folder, found.origin) == (hub.cached, "hub cache")


def test_package_comes_before_download(hub: Hub, packaged: Path):
    found = find_encoder(MINILM)
    assert (found.folder, found.origin) == (packaged, "installed package")
    assert all(call["local_files_only"] for call in hub.calls)


def test_a_revision_does_not_come_from_the_package(tmp_path, hub, packaged):
    hub.online = fill(tmp_path / "download")
    found = find_encoder(MINILM, revision="v2")
    assert (found.folder, found.origin) == (hub.online, "hub")
    assert hub.calls[-1]["revision"] == "v2"


@pytest.mark.parametrize("lacks", ["model.safetensors", "tokenizer.json"])
def test_an_incomplete_cache_is_not_taken(tmp_path: Path, hub: Hub, lacks: str):
    hub.cached = fill(tmp_path / "cache")
    (hub.cached / lacks).unlink()
    hub.online = fill(tmp_path / "download")
    assert find_encoder("org/name").origin == "hub"


def test_no_pickles_are_downloaded(tmp_path: Path, hub: Hub):
    hub.online = fill(tmp_path / "download")
    find_encoder("org/name")
    patterns = hub.calls[-1]["allow_patterns"]
    assert "*.safetensors" in patterns
    assert not any("bin" in p or "pt" in p for p in patterns)


def test_offline_says_how_to_give_a_folder(hub: Hub):
    hub.online = ConnectionError("Name or service not known")
    with pytest.raises(EncoderNotFound, match=r"Name or service not known.*give the folder's path"):
        find_encoder("org/name")


def test_unknown_on_the_hub(hub: Hub):
    error = encoder_source.HfHubHTTPError.__new__(encoder_source.HfHubHTTPError)
    error.response = SimpleNamespace(status_code=404)
    hub.online = error
    with pytest.raises(EncoderNotFound, match=r"'org/nmae' at revision 'v9' \(HTTP status 404\)"):
        find_encoder("org/nmae", revision="v9")


@pytest.mark.parametrize("name", ["./gone", "/gone", "~/gone", "a/b/c"])
def test_paths_are_not_sent_to_the_hub(hub: Hub, name: str):
    with pytest.raises(EncoderNotFound, match="There is no folder"):
        find_encoder(name)
    assert hub.calls == []


def test_pickled_weights_are_refused(tmp_path: Path):
    with pytest.raises(EncoderNotFound, match="no safetensors weights"):
        find_encoder(str(fill(tmp_path, "pytorch_model.bin")))


def test_a_folder_without_configuration(tmp_path: Path):
    with pytest.raises(EncoderNotFound, match=r"has no config\.json"):
        find_encoder(str(tmp_path))


@pytest.mark.parametrize("vocabulary", ["tokenizer.json", "vocab.txt", "vocab.json", "spm.model"])
def test_a_folder_without_any_vocabulary(tmp_path: Path, vocabulary: str):
    # transformers would make an empty tokenizer, and training would learn from unknown words
    (fill(tmp_path) / "tokenizer.json").unlink()
    with pytest.raises(EncoderNotFound, match=r"no vocabulary.*Save its tokenizer there too"):
        find_encoder(str(tmp_path))
    (tmp_path / vocabulary).write_text("")
    assert find_encoder(str(tmp_path)).folder == tmp_path


def test_is_a_training_error():
    assert issubclass(EncoderNotFound, TrainingError)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.delitem(sys.modules, "emoscope.models.encoder_source")
    with pytest.raises(MissingExtra, match=r"Finding an encoder.*emoscope\[encoders\]"):
        importlib.import_module("emoscope.models.encoder_source")
