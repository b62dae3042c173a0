from __future__ import annotations

import numpy as np
import pytest

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from emoscope.batch.writing import parquet as writer_module  # noqa: E402
from emoscope.batch.writing.parquet import ParquetEncoder  # noqa: E402
from emoscope.errors import UnreadableFile  # noqa: E402
from emoscope.inference.added_columns import AddedColumns  # noqa: E402
from emoscope.inference.answers import Answers, LabelAnswers, LabelSet  # noqa: E402
from emoscope.io.chunks import Chunk, Cursor  # noqa: E402
from emoscope.io.parquet.records import ArrowRecords  # noqa: E402
from emoscope.io.text_records import JsonRecords  # noqa: E402

OWN = LabelSet(None, ("joy", "fear"))


def chunk(records):
    return Chunk(records, {}, range(1, len(records) + 1), "line", "f", Cursor(), 1.0)


def answers(*rows):
    matrix = np.array([row or [0.0, 0.0] for row in rows], dtype=np.float32)
    notes = tuple(("low_coverage",) if row == [0.5, 0.75] else () for row in rows)
    return Answers(matrix, notes, (LabelAnswers(matrix, matrix >= 0.5),))


def written(encoder, tmp_path, *chunks):
    encoded, output = tmp_path / "part", tmp_path / "o.parquet"
    encoded.write_bytes(b"".join(encoder.encode(*each) for each in chunks))
    encoder.join(encoded, output)
    return pq.read_table(output)


def test_kinds_of_json_lines_become_types(tmp_path):
    kinds = {"text": "text", "n": "int", "x": "float", "b": "bool", "any": "json"}
    rows = [
        {"text": "a", "n": 1, "x": 2, "b": True, "any": [1, "é"]},
        {"text": "\ud83d", "x": 0.5, "any": "plain"},
    ]
    encoder = ParquetEncoder(kinds, AddedColumns((OWN,), "object"))
    data = chunk(JsonRecords(["", ""], rows)), {1: "no text"}, answers([0.5, 0.75], None)
    table = written(encoder, tmp_path, data)
    assert table.schema.field("n").type == pa.int64()
    assert table.schema.field("probabilities").type == pa.struct(
        [("joy", pa.float32()), ("fear", pa.float32())]
    )
    assert table.to_pylist() == [
        {
            "text": "a", "n": 1, "x": 2.0, "b": True, "any": '[1, "é"]',
            "labels": ["fear", "joy"], "top_label": "fear",
            "notes": ["low_coverage"], "error": None,
            "probabilities": {"joy": 0.5, "fear": 0.75},
        },
        {
            "text": "\ufffd", "n": None, "x": 0.5, "b": None, "any": '"plain"',
            "labels": [], "top_label": None, "notes": [], "error": "no text",
            "probabilities": None,
        },
    ]  # fmt: skip


def test_columns_of_parquet_stay_as_they_are(tmp_path):
    source = pa.table(
        {
            "text": pa.array(["a", "b", "a"]).dictionary_encode(),
            "d": pa.array([1, 2, None], pa.date32()),
            "s": pa.array([{"k": 1}, None, {"k": 3}]),
        }
    ).replace_schema_metadata({"note": "kept"})
    encoder = ParquetEncoder(source.schema, AddedColumns((OWN,), "wide"))
    one, rest = source.slice(0, 1).combine_chunks(), source.slice(1).combine_chunks()
    table = written(
        encoder,
        tmp_path,
        (chunk(ArrowRecords(one)), {}, answers([0.0, 1.0])),
        (chunk(ArrowRecords(rest)), {1: "x"}, answers([0.25, 0.5], None)),
    )
    assert table.select(["text", "d", "s"]).to_pylist() == source.to_pylist()
    assert table.schema.field("text").type == source.schema.field("text").type
    assert table.schema.metadata[b"note"] == b"kept"
    assert table.column("probability_fear").to_pylist() == [1.0, 0.5, None]
    assert table.schema.field("probability_fear").type == pa.float32()


def test_nanoseconds_and_nan_stay_bit_for_bit(tmp_path):
    numbers = np.array([0x7FF8000000000001, 0x7FF0000000000000, 1 << 63], dtype=np.uint64)
    source = pa.table(
        {
            "text": ["a", "b", "c"],
            "local": pa.array([1, None, 1_709_649_000_123_456_789], pa.timestamp("ns")),
            "zone": pa.array([-1, None, 3], pa.timestamp("ns", "Europe/Berlin")),
            "duration": pa.array([1, None, 3], pa.duration("ns")),
            "time": pa.array([1, None, 3], pa.time64("ns")),
            "x": pa.array(numbers.view(np.float64)),
        }
    )
    encoder = ParquetEncoder(source.schema, AddedColumns((OWN,), "none"))
    data = chunk(ArrowRecords(source)), {}, answers([0.5, 0.75], [0.5, 0.5], None)
    found = written(encoder, tmp_path, data)
    for name in source.column_names[1:5]:
        assert found.column(name).equals(source.column(name)), name
        assert found.schema.field(name).type == source.schema.field(name).type
    assert (found.column("x").to_numpy().view(np.uint64) == numbers).all()


def test_row_groups_are_made_of_many_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(writer_module, "_GROUP_ROWS", 4)
    encoder = ParquetEncoder({"text": "text"}, AddedColumns((OWN,), "none"))
    pieces = [
        (chunk(JsonRecords([""], [{"text": str(i)}])), {}, answers([0.0, 1.0])) for i in range(10)
    ]
    table = written(encoder, tmp_path, *pieces)
    assert table.column("text").to_pylist() == [str(i) for i in range(10)]
    assert pq.ParquetFile(tmp_path / "o.parquet").num_row_groups == 3


def test_no_rows_is_a_file_with_columns(tmp_path):
    encoder = ParquetEncoder({"text": "text"}, AddedColumns((OWN,), "object"))
    table = written(encoder, tmp_path)
    assert table.num_rows == 0
    assert table.column_names == ["text", "labels", "top_label", "notes", "error", "probabilities"]


def test_a_value_of_another_kind_than_surveyed_is_no_traceback():
    encoder = ParquetEncoder({"n": "int"}, AddedColumns((OWN,), "none"))
    with pytest.raises(UnreadableFile, match="f changed while it was being read"):
        encoder.encode(chunk(JsonRecords([""], [{"n": "x"}])), {}, answers([0.0, 1.0]))
