"""Every input row has exactly one output row, in order, whatever its bytes are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions

FINE = st.sampled_from(["j", "aa nn", "é 😀", "so, he said ", "tab\there", " x\u2028", "0"])
MISSING = st.sampled_from(["", " ", "\u200b", "\t"])
BROKEN = st.sampled_from([b"caf\xe9", b"\xff", b"nul\0", b"\xed\xa0\x80", b"j \xf0\x9f"])
CELLS = st.lists(st.tuples(FINE | MISSING | BROKEN, st.booleans()), max_size=25)


def raw(cell: str | bytes) -> bytes:
    return cell if isinstance(cell, bytes) else cell.encode()


def csv_of(cells) -> bytes:
    """``spread``: the cell goes over two lines and holds a quote, all as CSV wants it."""
    lines = [b"id,text"]
    for i, (cell, spread) in enumerate(cells):
        lines.append(b'%d,"%s%s"' % (i, raw(cell), b' ""\n' if spread else b""))
    return b"\n".join(lines)


def json_of(cells) -> bytes:
    """``spread``: blank lines follow, which are no rows."""
    lines = []
    for i, (cell, spread) in enumerate(cells):
        text = cell if isinstance(cell, bytes) else json.dumps(cell)[1:-1].encode()
        lines.append(b'{"id": "%d", "text": "%s"}%s' % (i, text, b"\n\n" if spread else b""))
    return b"\n".join(lines)


def single_of(cells) -> bytes:
    return b"".join(raw(cell) + b"\r\n" for cell, _ in cells)


def is_read(cell: str | bytes) -> bool:
    return not isinstance(cell, bytes) and bool(cell.strip("\u200b \t"))


@pytest.fixture
def labelled(classifier, tmp_path):
    """Rows of JSON lines that labelling these bytes gives, in small chunks."""

    def label(name: str, data: bytes):
        (tmp_path / name).write_bytes(data)
        out = tmp_path / "o.jsonl"
        options = LabelOptions(chunk_rows=4, overwrite=True, restart=True)
        summary = label_files(classifier, [tmp_path / name], out, options)
        rows = [json.loads(line) for line in out.read_bytes().split(b"\n")[:-1]]
        assert (summary.rows, summary.unread) == (len(rows), sum(bool(r["error"]) for r in rows))
        return rows

    return label


fuzzed = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize(("name", "made"), [("i.csv", csv_of), ("i.jsonl", json_of)])
@fuzzed
@given(cells=CELLS)
def test_tables(labelled, classifier, name, made, cells):
    rows = labelled(name, made(cells))
    assert [row["id"] for row in rows] == [str(i) for i in range(len(cells))]
    for row, (cell, spread) in zip(rows, cells, strict=True):
        read = is_read(cell) or (spread and name == "i.csv" and not isinstance(cell, bytes))
        assert bool(row["error"]) is not read
        if read:
            expected = classifier(row["text"])
            assert row["labels"] == list(expected.labels)
            found = [*row["probabilities"].values()]
            np.testing.assert_allclose(found, [*expected.probabilities.values()], atol=1e-6)
        else:
            assert (row["labels"], row["top_label"], row["probabilities"]) == ([], None, None)


@pytest.mark.parametrize(("name", "header"), [("i.txt", b""), ("i.tsv", b"text\r\n")])
@fuzzed
@given(cells=CELLS)
def test_one_text_a_line(labelled, name, header, cells):
    if name == "i.tsv":
        cells = [(cell, spread) for cell, spread in cells if b"\t" not in raw(cell)]
    rows = labelled(name, header + single_of(cells))
    assert [bool(row["error"]) for row in rows] == [not is_read(cell) for cell, _ in cells]
    fine = [
        (row["text"], cell) for row, (cell, _) in zip(rows, cells, strict=True) if is_read(cell)
    ]
    assert all(text == cell for text, cell in fine)
