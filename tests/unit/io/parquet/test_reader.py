from __future__ import annotations

from itertools import chain

import pytest

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from emoscope.errors import DataError, UnreadableFile  # noqa: E402
from emoscope.io.parquet import reader as reader_module  # noqa: E402
from emoscope.io.parquet.reader import ParquetReader, common_schema  # noqa: E402


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"id": range(23), "text": [f"row {i}" for i in range(23)]})
    pq.write_table(table, path, row_group_size=5)
    return path


def ids(chunks):
    return [chunk.records.column("id") for chunk in chunks]


@pytest.mark.parametrize("rows", [1, 3, 5, 7, 100])
def test_chunks_have_as_many_rows_as_asked_for(path, rows):
    reader = ParquetReader(path)
    whole = list(reader.chunks(rows))
    assert list(chain.from_iterable(ids(whole))) == list(range(23))
    assert all(len(chunk) == rows for chunk in whole[:-1])


def test_places_and_shares(path):
    chunks = list(ParquetReader(path).chunks(10))
    assert chunks[1].place(0) == f"{path}, row 11"
    assert [chunk.share for chunk in chunks] == [10 / 23, 20 / 23, 1.0]


def test_chunks_are_smaller_where_rows_are_long(path, monkeypatch):
    per_row = pq.ParquetFile(path).metadata.row_group(0).total_byte_size // 5
    monkeypatch.setattr(reader_module, "CHUNK_BYTES", per_row * 2)
    reader = ParquetReader(path)
    whole = list(reader.chunks(1000))
    assert list(chain.from_iterable(ids(whole))) == list(range(23))
    assert max(map(len, whole)) <= 4


def test_files_that_are_no_parquet(tmp_path, path):
    wrong = tmp_path / "b.parquet"
    wrong.write_bytes(b"id,text\n1,a\n")
    with pytest.raises(UnreadableFile, match=r"b\.parquet: not a whole Parquet file"):
        ParquetReader(wrong)
    wrong.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFile, match="not a whole Parquet file"):
        ParquetReader(wrong)


def test_damage_in_the_middle_is_told_with_its_place(path):
    reader = ParquetReader(path)
    data = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(2).column(0).data_page_offset
    data[start - 30 : start + 20] = b"\xff" * 50
    path.write_bytes(bytes(data))
    with pytest.raises(UnreadableFile, match=r"after row \d+: not a whole Parquet file"):
        list(reader.chunks(5))


def test_columns_of_the_same_name_are_told_apart(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array([1])], ["x", "x"]), path)
    reader = ParquetReader(path)
    (chunk,) = reader.chunks(5)
    assert reader.columns == ("x", "x_2")
    assert chunk.records.column("x_2") == [1]
    assert "more than one column of the same name" in reader.notes[0]


def test_no_rows(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), path)
    assert list(ParquetReader(path).chunks(5)) == []


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_bytes_that_are_utf8_are_text(tmp_path, kind):
    path = tmp_path / "a.parquet"
    texts = pa.array(["é 😀".encode(), None, b"ok", b"caf\xe9"], kind)
    pq.write_table(pa.table({"text": texts.slice(0, 3), "raw": pa.array([b"\xff"] * 3)}), path)
    reader = ParquetReader(path)
    (chunk,) = reader.chunks(5)
    assert chunk.records.column("text") == ["é 😀", None, "ok"]
    assert chunk.records.column("raw") == [b"\xff"] * 3
    assert chunk.records.table.schema.types == reader.schema.types == [pa.string(), pa.binary()]
    assert "'text' are UTF-8" in reader.notes[0]
    pq.write_table(pa.table({"text": texts}), path)  # one of them is none: its row has an error
    (chunk,) = ParquetReader(path).chunks(5)
    assert chunk.records.column("text") == ["é 😀", None, "ok", "caf\ufffd"]
    assert chunk.errors == {3: "not UTF-8 (byte 0xe9) in column 'text'"}


@pytest.mark.parametrize("values", [[b"\xff\xfe", b"ok"], [b"\x01", b"\x02\x03"], [None, b""]])
def test_other_bytes_stay_bytes(tmp_path, values):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"raw": pa.array(values, pa.binary())}), path)
    (chunk,) = ParquetReader(path).chunks(5)
    assert chunk.records.column("raw") == values


def test_bytes_of_one_length_that_are_utf8_are_text(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": pa.array([b"so good", None, b"so sad!"], pa.binary(7))}), path)
    reader = ParquetReader(path)
    (chunk,) = reader.chunks(5)
    assert chunk.records.column("text") == ["so good", None, "so sad!"]
    assert chunk.records.table.schema.types == reader.schema.types == [pa.string()]


def test_bytes_behind_the_first_rows_that_are_no_text_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(reader_module, "_SAMPLE_ROWS", 2)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": pa.array([b"a", b"b", b"caf\xe9"], pa.binary())}), path)
    (chunk,) = ParquetReader(path).chunks(5)
    assert chunk.records.column("text") == ["a", "b", "caf\ufffd"]
    assert chunk.errors == {2: "not UTF-8 (byte 0xe9) in column 'text'"}


def test_inputs_of_other_types_are_told_before_the_work(tmp_path):
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    pq.write_table(pa.table({"n": [1]}), paths[0])
    pq.write_table(pa.table({"n": ["1"]}), paths[1])
    readers = [ParquetReader(path, i) for i, path in enumerate(paths)]
    with pytest.raises(DataError, match=r"'n' is int64 in .*a\.parquet and string in .*b\.parquet"):
        common_schema(readers)
    assert common_schema(readers[:1]) == readers[0].schema
    assert common_schema([]) is None
