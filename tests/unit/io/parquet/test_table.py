from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from emoscope.errors import MissingExtra, NoExamples, UnreadableFile
from emoscope.io.table import read_table


@pytest.fixture
def write_parquet(tmp_path: Path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def write_file(columns, names=None) -> Path:
        path = tmp_path / "a.parquet"
        arrays = [pyarrow.array(cells) for cells in columns.values()]
        parquet.write_table(pyarrow.table(arrays, names=names or list(columns)), path)
        return path

    return write_file


def test_chosen_columns_are_read(write_parquet):
    path = write_parquet({"text": ["a", None], "tags": [["x", "y"], []], "n": [1, 2]})
    table = read_table(path, lambda name, header: ["text", "tags"])
    assert table.columns == {"text": ["a", None], "tags": [["x", "y"], []]}
    assert table.at(1) == f"{path}, row 2"
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_damaged_file_is_named(write):
    pytest.importorskip("pyarrow")
    with pytest.raises(UnreadableFile, match=r"a\.parquet: not a whole Parquet file"):
        read_table(write("a.parquet", b"PAR1 and then nothing"), lambda name, header: header)


def test_no_rows_and_doubled_columns_are_named(write_parquet):
    with pytest.raises(NoExamples, match="no rows"):
        read_table(write_parquet({"text": [], "n": []}), lambda name, header: header)
    path = write_parquet({"text": ["a"], "n": ["b"]}, names=["text", "text"])
    with pytest.raises(UnreadableFile, match="more than one column 'text'"):
        read_table(path, lambda name, header: header)


def test_without_pyarrow_the_extra_is_named(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in [name for name in sys.modules if name.startswith("emoscope.io.parquet")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtra, match=r"Parquet.*emoscope\[parquet\]"):
        read_table(write("a.parquet", b"PAR1"), lambda name, header: header)
