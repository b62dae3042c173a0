from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emoscope.errors import ColumnMissing, DataError, NoExamples, UnreadableFile
from emoscope.io.frames import Frame, is_frame

COLUMNS: dict[str, list[Any]] = {
    "body": ["so happy", None, "so sad"],
    "tags": [["joy"], [], ["sadness", "fear"]],
    "n": [1, 2, 3],
}


def make(kind: str) -> Any:
    if kind == "mapping":
        return COLUMNS
    package = pytest.importorskip("pyarrow" if kind in ("arrow", "batch", "reader") else kind)
    if kind == "batch":
        return package.RecordBatch.from_pydict(COLUMNS)
    if kind == "reader":
        return package.table(COLUMNS).to_reader()
    return package.table(COLUMNS) if kind == "arrow" else package.DataFrame(COLUMNS)


@pytest.mark.parametrize("kind", ["mapping", "pandas", "polars", "arrow", "batch", "reader"])
def test_every_kind_of_table_gives_the_same(kind: str) -> None:
    given = make(kind)
    assert is_frame(given)
    frame = Frame(given)
    assert frame.columns == ("body", "tags", "n")
    assert {name: frame.column(name) for name in COLUMNS} == COLUMNS
    table = frame.table(lambda name, header: ["body", "tags"])
    assert table.columns == {"body": COLUMNS["body"], "tags": COLUMNS["tags"]}
    assert table.at(2, "tags") == "The table, row 3, column 'tags'"
    assert table.sha256 == Frame(COLUMNS).table(lambda name, header: ["body", "tags"]).sha256


def test_values_of_pandas_become_plain() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            0: ["a", pandas.NA, "b"],
            "count": [1.0, np.nan, 2.0],
            "kind": pandas.Categorical(["x", "y", None]),
            "list": [np.array(["p", "q"]), None, ["r"]],
        },
        index=[7, 7, 7],
    )
    found = Frame(frame)
    assert found.columns == ("0", "count", "kind", "list")
    assert found.column("0") == ["a", None, "b"]
    assert found.column("count") == [1.0, None, 2.0]
    assert found.column("kind") == ["x", "y", None]
    assert found.column("list") == [["p", "q"], None, ["r"]]


def test_a_column_is_no_table() -> None:
    pandas, pa = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    polars = pytest.importorskip("polars")
    for given in (
        pandas.Series(["a"]),
        polars.Series(["a"]),
        pa.chunked_array([["a"]]),
        ["a"],
        "a",
    ):
        assert not is_frame(given)


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(ColumnMissing, match="The table has no column 'text'"):
        Frame(COLUMNS).column("text")
    with pytest.raises(NoExamples, match="no rows"):
        Frame({"a": []}).table(lambda name, header: header)
    with pytest.raises(DataError, match="different lengths"):
        Frame({"a": [1], "b": [1, 2]}).table(lambda name, header: header)
    with pytest.raises(DataError, match="two columns of one name"):
        Frame({"1": ["a"], 1: ["b"]})
    with pytest.raises(DataError, match="has str as column 'a'"):
        Frame({"a": "joy"})
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(DataError, match="of type int, which cannot be read as a table"):
        Frame(3)
    broken = pa.array([b"joy", b"caf\xe9"], pa.binary()).view(pa.string())
    with pytest.raises(UnreadableFile, match="row 2: not UTF-8"):
        Frame(pa.table({"a": broken})).column("a")
