from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.errors import ModelFolderError
from emoscope.model_folder.json_file import parse_json, read_regular_file, strict_json


def test_plain_json() -> None:
    assert parse_json('\ufeff{"a": [1, 2.5, null], "ü": "x"}'.encode(), "here") == {
        "a": [1, 2.5, None],
        "ü": "x",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' stands twice"),
        ("[" * 10_000, "nested too deeply"),
        ("[" + "1," * 4_000_000 + "1]", "more than 4,000,000 values"),
        ("{", "Expecting"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        strict_json(text)


@given(st.binary() | st.text('[]{},:"1 \\nu').map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(ModelFolderError):
        parse_json(content, "here")


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ModelFolderError, match="here is not valid JSON"):
        parse_json(b"\xff\xfe", "here")


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"12345")
    assert read_regular_file(path, 5) == b"12345"
    with pytest.raises(ModelFolderError, match="has 5 bytes; at most 4"):
        read_regular_file(path, 4)
    with pytest.raises(ModelFolderError, match="cannot be read"):
        read_regular_file(tmp_path / "none", 5)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFolderError, match="not a regular file"):
        read_regular_file(tmp_path / "pipe", 5)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
def test_devices() -> None:
    with pytest.raises(ModelFolderError, match="not a regular file"):
        read_regular_file(Path("/dev/zero"), 5)
