"""Model folders that are damaged or made to do harm: each is one error, soon, in little memory."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import emoscope
from emoscope.errors import ModelFolderError
from emoscope.model_folder.file_names import INT8_GRAPH, MANIFEST, TOKENIZER_FILE
from emoscope.model_folder.manifest import read_manifest, write_manifest

SECONDS = 2.0
MEGABYTES = 600


def refused(folder: Path, match: str) -> None:
    """Opening ``folder`` raises ModelFolderError in little processor time and memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with pytest.raises(ModelFolderError, match=match) as raised:
        emoscope.load(folder)
    assert time.process_time() - start < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024
    assert len(str(raised.value)) < 1_000


def edit(folder: Path, **values: Any) -> None:
    path = folder / MANIFEST
    data = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps(data), encoding="utf-8")


def seal(folder: Path) -> None:
    """Give the manifest the checksums of what lies in the folder, as who wants to do harm would."""
    write_manifest(folder, read_manifest(folder, verify=False))


def describe_tokenizer(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / TOKENIZER_FILE
    description = json.loads(path.read_text(encoding="utf-8"))
    change(description)
    path.write_text(json.dumps(description), encoding="utf-8")
    seal(folder)


def test_a_whole_folder_opens(tiny_folder: Path) -> None:
    assert emoscope.load(tiny_folder)("thank you").labels == ("gratitude",)
    seal(tiny_folder)
    assert emoscope.load(tiny_folder)("thank you").labels == ("gratitude",)


@pytest.mark.parametrize(
    "name",
    ["../outside.json", "/etc/passwd", "onnx/../../x", "C:\\x", "a\\b", "", ".", "x\x1b[31m",
     "a//b", "\ud800", MANIFEST],
)  # fmt: skip
def test_paths_that_leave_the_folder(tiny_folder: Path, name: str) -> None:
    (tiny_folder.parent / "outside.json").write_bytes(b"x")
    files = dict(read_manifest(tiny_folder).files)
    edit(tiny_folder, files={**files, name: "0" * 64})
    refused(tiny_folder, "relative paths inside the folder")


@pytest.mark.parametrize(
    "files",
    [{}, [], None, 3, "tokenizer.json", {"tokenizer.json": None}, {"tokenizer.json": "abc"},
     {"tokenizer.json": ["0" * 64]}, {f"{i}.json": "0" * 64 for i in range(2_000)}],
)  # fmt: skip
def test_files_of_another_form(tiny_folder: Path, files: object) -> None:
    edit(tiny_folder, files=files)
    refused(tiny_folder, "files is ")


@pytest.mark.parametrize("value", [-5, 0, "128", True, 2.5, 1 << 62, [64], 1 << 400])
def test_max_length_that_is_no_length(tiny_folder: Path, value: object) -> None:
    edit(tiny_folder, max_length=value)
    refused(tiny_folder, "max_length is ")


def test_max_length_without_room_for_a_token(tiny_folder: Path) -> None:
    edit(tiny_folder, max_length=2)
    refused(tiny_folder, "max_length 2 leaves no room beside 2 special tokens")


@pytest.mark.parametrize(
    "change",
    [
        lambda taxonomy: taxonomy["labels"].__setitem__(0, "joy\ud800"),
        lambda taxonomy: taxonomy["labels"].__setitem__(0, taxonomy["labels"][1]),
        lambda taxonomy: taxonomy["labels"].__setitem__(0, 3),
        lambda taxonomy: taxonomy.update(labels="joy"),
        lambda taxonomy: taxonomy.update(labels=[]),
        lambda taxonomy: taxonomy.update(labels=[f"l{i}" for i in range(200_000)], rollups={}),
        lambda taxonomy: taxonomy.update(name=None),
        lambda taxonomy: taxonomy.update(rollups=[]),
        lambda taxonomy: taxonomy.update(rollups={"ekman": ["joy"]}),
        lambda taxonomy: taxonomy.update(rollups={"ekman": {"joy": {}}}),
    ],
)
def test_labels_that_are_none(tiny_folder: Path, change: Callable[[Any], object]) -> None:
    data = json.loads((tiny_folder / MANIFEST).read_text(encoding="utf-8"))
    del data["labels"]
    change(data["taxonomy"])
    (tiny_folder / MANIFEST).write_text(json.dumps(data), encoding="utf-8")
    refused(tiny_folder, "emoscope")


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"format_version":' * 5_000,
        b'{"format_version": 1, "format_version": 1}',
        b'{"format_version": ' + b"9" * 10_000 + b"}",
        b'{"format_version": 1, "kind": "' + b"x" * 9_000_000 + b'"}',
        b"[" + b"[]," * 2_500_000 + b"1]",
        b'{"format_version": 1, "kind": "\xff"}',
        b"",
    ],
)
def test_json_that_is_damaged_deep_or_huge(tiny_folder: Path, content: bytes) -> None:
    (tiny_folder / MANIFEST).write_bytes(content)
    refused(tiny_folder, "emoscope.json")


def test_nested_policies(tiny_folder: Path) -> None:
    policy: dict[str, Any] = json.loads((tiny_folder / MANIFEST).read_bytes())["policy"]
    nested = dict(policy)
    for _ in range(100):
        nested = {**policy, "rollups": {"ekman": nested}}
    edit(tiny_folder, policy=nested)
    refused(tiny_folder, "rolled-up labels have no roll-ups")


@pytest.mark.parametrize(
    ("key", "value"),
    [("thresholds", [10**400] * 28), ("labels", ["joy"]), ("labels", [[[[]]]]), ("top_k", True),
     ("task", "single_label"), ("thresholds", [0.5]), ("calibration", [])],
)  # fmt: skip
def test_policies_that_do_not_fit(tiny_folder: Path, key: str, value: object) -> None:
    policy = json.loads((tiny_folder / MANIFEST).read_bytes())["policy"]
    edit(tiny_folder, policy={**policy, key: value})
    refused(tiny_folder, "policy")


@pytest.mark.parametrize(
    "name",
    ["extra.json", "onnx/other.onnx", "onnx/model.onnx_data", "model.safetensors", "code.py", "x"],
)
def test_files_that_the_manifest_does_not_list(tiny_folder: Path, name: str) -> None:
    (tiny_folder / name).write_bytes(b"x")
    refused(tiny_folder, "does not list")


@pytest.mark.parametrize("name", [".gitattributes", ".git/config", "onnx.part/model.onnx", "a.md"])
def test_files_that_are_no_part_of_the_model(tiny_folder: Path, name: str) -> None:
    (tiny_folder / name).parent.mkdir(exist_ok=True)
    (tiny_folder / name).write_bytes(b"x")
    emoscope.load(tiny_folder)


def test_a_graph_that_is_not_listed_is_not_opened(tiny_folder: Path) -> None:
    files = dict(read_manifest(tiny_folder).files)
    del files[INT8_GRAPH]
    (tiny_folder / INT8_GRAPH).unlink()
    edit(tiny_folder, files=files)
    scorer: Any = emoscope.load(tiny_folder).scorer
    assert scorer.graph.name == "model.onnx"


def test_links_out_of_the_folder(tiny_folder: Path) -> None:
    outside = tiny_folder.parent / "outside.json"
    (tiny_folder / TOKENIZER_FILE).rename(outside)
    (tiny_folder / TOKENIZER_FILE).symlink_to(outside)
    refused(tiny_folder, "a link that leads out of the folder")


def test_links_in_a_circle(tiny_folder: Path) -> None:
    (tiny_folder / TOKENIZER_FILE).unlink()
    (tiny_folder / TOKENIZER_FILE).symlink_to(tiny_folder / TOKENIZER_FILE)
    refused(tiny_folder, "lacks the file tokenizer.json")


def test_links_of_the_hubs_cache(tiny_folder: Path, tmp_path: Path) -> None:
    """The cache holds blobs, and snapshots of links to them."""
    blobs, snapshot = tmp_path / "repo" / "blobs", tmp_path / "repo" / "snapshots" / "1a2b"
    blobs.mkdir(parents=True)
    for i, name in enumerate([MANIFEST, *read_manifest(tiny_folder).files]):
        (tiny_folder / name).rename(blobs / str(i))
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / name).symlink_to(blobs / str(i))
    assert emoscope.load(snapshot)("thank you").labels == ("gratitude",)


@pytest.mark.parametrize("name", [MANIFEST, TOKENIZER_FILE, INT8_GRAPH])
def test_pipes_in_place_of_files(tiny_folder: Path, name: str) -> None:
    (tiny_folder / name).unlink()
    os.mkfifo(tiny_folder / name)
    refused(tiny_folder, "not a regular file")


@pytest.mark.parametrize("name", [MANIFEST, TOKENIZER_FILE, INT8_GRAPH])
def test_folders_in_place_of_files(tiny_folder: Path, name: str) -> None:
    (tiny_folder / name).unlink()
    (tiny_folder / name).mkdir()
    refused(tiny_folder, "not a regular file|cannot be read")


@pytest.mark.parametrize("name", [MANIFEST, TOKENIZER_FILE, INT8_GRAPH])
def test_files_of_terabytes(tiny_folder: Path, name: str) -> None:
    os.truncate(tiny_folder / name, 1 << 42)  # sparse: takes no place on the disk
    refused(tiny_folder, "bytes")


@pytest.mark.parametrize("number", [500_000_000, 1 << 62, -1, 4_000_000])
def test_token_ids_that_take_gigabytes(tiny_folder: Path, number: int) -> None:
    describe_tokenizer(tiny_folder, lambda d: d["model"]["vocab"].update(thank=number))
    refused(tiny_folder, "token id")


@pytest.mark.parametrize("ids", [[500_000_000], [-1], ["2"], [True], [2] * 100])
def test_special_tokens_that_are_none(tiny_folder: Path, ids: list[object]) -> None:
    def change(description: dict[str, Any]) -> None:
        for special in description["post_processor"]["special_tokens"].values():
            special["ids"] = ids

    describe_tokenizer(tiny_folder, change)
    refused(tiny_folder, "special tokens")


def test_words_of_any_length(tiny_folder: Path) -> None:
    describe_tokenizer(tiny_folder, lambda d: d["model"].update(max_input_chars_per_word=10**9))
    refused(tiny_folder, "max_input_chars_per_word")


@pytest.mark.parametrize(
    "part",
    [
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "/////w=="}},
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAAAA=="}},
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": ""}},
        {"normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 100}] * 5}},
        {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(((("},
                           "behavior": "Isolated", "invert": False}},
        {"pre_tokenizer": {"type": "FixedLength", "length": 0}},
        {"post_processor": {"type": "TemplateProcessing", "pair": [], "special_tokens": {},
                            "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}},
                                       {"Sequence": {"id": "A", "type_id": 0}}]}},
        {"post_processor": {"type": "TemplateProcessing", "pair": [], "special_tokens": {},
                            "single": [{"Sequence": {"id": "B", "type_id": 0}}]}},
        {"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "[UNK]"}},
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 500_000_000}, "merges": []}},
        {"added_tokens": [{"id": 500_000_000, "content": "[X]", "single_word": True,
                           "lstrip": False, "rstrip": False, "normalized": False,
                           "special": True}]},
        {"model": {}},
        {"model": None},
    ],
)  # fmt: skip
def test_other_tokenizers_that_panic_or_take_gigabytes(
    tiny_folder: Path, part: dict[str, Any]
) -> None:
    pytest.importorskip("tokenizers")
    describe_tokenizer(tiny_folder, lambda d: d.update(part))
    refused(tiny_folder, "not a tokenizer that can be read")


def test_a_regular_expression_that_panics_on_a_text(tiny_folder: Path) -> None:
    pytest.importorskip("tokenizers")
    split = {"type": "Split", "pattern": {"Regex": "(a|aa)+$"},
             "behavior": "Isolated", "invert": False}  # fmt: skip
    describe_tokenizer(tiny_folder, lambda d: d.update(pre_tokenizer=split))
    with pytest.raises(ModelFolderError, match="tokenizer fails on a text"):
        emoscope.load(tiny_folder)("a" * 60 + "b")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[" * 100_000, b'{"model": 1, "model": 2}', b"\xff"]
)
def test_tokenizer_files_that_are_none(tiny_folder: Path, content: bytes) -> None:
    (tiny_folder / TOKENIZER_FILE).write_bytes(content)
    seal(tiny_folder)
    refused(tiny_folder, "not a tokenizer that can be read")


def test_a_kind_that_is_not_known(tiny_folder: Path) -> None:
    edit(tiny_folder, kind="encodre")
    refused(tiny_folder, r"the kind 'encodre', .* Did you mean 'encoder'\?")
