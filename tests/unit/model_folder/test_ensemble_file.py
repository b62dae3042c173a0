from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emoscope.errors import ModelFolderError
from emoscope.model_folder.ensemble_file import MOST_MEMBERS, EnsembleFile
from emoscope.model_folder.file_names import ENSEMBLE_FILE


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = EnsembleFile(("member_1", "member_2"), (0.1 + 0.2, 0.0))
    written.write(tmp_path)
    assert EnsembleFile.read(tmp_path) == written


def member(name: Any = "a", weight: Any = 1) -> dict[str, Any]:
    return {"name": name, "weight": weight}


def described(*members: Any, **values: Any) -> str:
    return json.dumps({"format_version": 1, "members": list(members), **values})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "1 to 32 members"),
        ("null", "1 to 32 members"),
        (described(), "1 to 32 members"),
        (described(member(), format_version=2), "a format version 1"),
        (described(member(), members={"a": 1}), "1 to 32 members"),
        (described(*(member(f"m{i}") for i in range(MOST_MEMBERS + 1))), "1 to 32 members"),
        (described("a"), "plain name"),
        (described({"name": "a"}), "plain name"),
        (described(member(7)), "plain name"),
        (described(member("")), "plain name"),
        (described(member("..")), "plain name"),
        (described(member("../../elsewhere")), "plain name"),
        (described(member("/etc")), "plain name"),
        (described(member("a\\b")), "plain name"),
        (described(member("a\u0000")), "plain name"),
        (described(member("é")), "plain name"),
        (described(member(weight=-1)), "weight of 0 or more"),
        (described(member(weight="1")), "weight of 0 or more"),
        (described(member(weight=None)), "weight of 0 or more"),
        (described(member(weight=True)), "weight of 0 or more"),
        (described(member(weight=10**400)), "weight of 0 or more"),
        (described(member(weight=0)), "weights that are not all 0"),
        (described(member(), member()), "different names"),
    ],
)
def test_any_other_content_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / ENSEMBLE_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ModelFolderError, match=says) as raised:
        EnsembleFile.read(tmp_path)
    assert "make the ensemble again" in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format_version": 1, "members": [{"name": "a", "weight": NaN}]}',
        b'{"format_version": 1, "members": [{"name": "a", "weight": 1e999}]}',
    ],
)
def test_no_json(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ENSEMBLE_FILE).write_bytes(content)
    with pytest.raises(ModelFolderError):
        EnsembleFile.read(tmp_path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=ENSEMBLE_FILE):
        EnsembleFile.read(tmp_path)
