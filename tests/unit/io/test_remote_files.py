from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.errors import DataError, DataNotFound
from emoscope.io.input_files import Inputs, input_stamp
from emoscope.io.read_options import ReadOptions
from emoscope.io.remote_files import RemoteFile, find_remote, is_uri, shown

pytest.importorskip("pyarrow")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.csv", "below/c d.csv", "_SUCCESS", ".hidden/x.csv", "_temp/y.csv"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("id,text\n1,pure joy\n", encoding="utf-8")
    return tmp_path / "in"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("s3://bucket/a", True), ("hdfs://host:8020/a", True), ("C:\\a.csv", False), ("a.csv", False)],
)
def test_a_uri_is_no_path(name: str, expected: bool) -> None:
    assert is_uri(name) is expected


def test_credentials_and_options_are_not_shown() -> None:
    assert shown("s3://key:secret@bucket/a.csv?region=x") == "s3://bucket/a.csv"


def test_a_folder_is_its_data_files_in_order(folder: Path) -> None:
    found = find_remote(folder.as_uri())
    assert [str(file) for file in found] == [
        f"{folder.as_uri()}/{name}" for name in ("a.csv", "b.csv", "below/c d.csv")
    ]


def test_it_is_read_as_a_path_is(folder: Path) -> None:
    (file,) = find_remote(f"{folder.as_uri()}/a.csv")
    local = Inputs([folder / "a.csv"], ReadOptions())
    remote = Inputs([file], ReadOptions())
    here, there = list(local.chunks()), list(remote.chunks())
    assert [c.records.column("text") for c in there] == [c.records.column("text") for c in here]
    assert there[-1].share == 1.0


def test_a_change_is_seen(folder: Path) -> None:
    (file,) = find_remote(f"{folder.as_uri()}/a.csv")
    before = input_stamp(file)
    Path(folder, "a.csv").write_text("id,text\n", encoding="utf-8")
    assert before != input_stamp(file) is not None
    Path(folder, "a.csv").unlink()
    assert input_stamp(file) is None


def test_what_is_not_there_is_told_by_its_name(folder: Path) -> None:
    with pytest.raises(DataNotFound, match=r"no file or folder file:///.*nothing\.csv"):
        find_remote(f"{folder.as_uri()}/nothing.csv")
    with pytest.raises(DataNotFound, match=r"z\.csv"):
        RemoteFile(folder.as_uri(), f"{folder}/z.csv").open()


def test_an_unknown_scheme_is_told() -> None:
    with pytest.raises(DataError, match=r"nope://x/y cannot be opened.*s3://"):
        find_remote("nope://x/y")
