from __future__ import annotations

import csv
import io
import tracemalloc
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.errors import NoExamples, UnreadableFile
from emoscope.io import line_reader, lines
from emoscope.io.delimited_reader import DelimitedReader
from emoscope.io.line_sources import LineSource
from emoscope.io.lines import Lines
from emoscope.io.read_options import ReadOptions


class MemorySource:
    name = "memory.csv"

    def __init__(self, data: bytes) -> None:
        self.data = data

    def lines(self) -> Lines:
        return Lines(io.BufferedReader(io.BytesIO(self.data)), self.name)


def read(data: str | bytes, rows: int = 100, **options):
    """(columns, rows, errors by row number, line numbers)"""
    raw = data if isinstance(data, bytes) else data.encode()
    reader = DelimitedReader(MemorySource(raw), ReadOptions(**options))
    found, errors, places = [], {}, []
    for chunk in reader.chunks(rows):
        errors |= {len(found) + row: reason for row, reason in chunk.errors.items()}
        found += chunk.records.cells(reader.columns)
        places += chunk.places
    return reader.columns, found, errors, places


def test_plain_rows():
    columns, rows, errors, places = read("id,text\n1,hello\n2,good bye\n")
    assert columns == ("id", "text")
    assert rows == [["1", "hello"], ["2", "good bye"]]
    assert (errors, places) == ({}, [2, 3])


def test_quoted_line_ends_quotes_and_delimiters_belong_to_the_field():
    data = 'id,text\r\n1,"two\r\nlines, ""quoted"""\r\n2,a "word" inside\r\n'
    _, rows, errors, places = read(data)
    assert rows == [["1", 'two\r\nlines, "quoted"'], ["2", 'a "word" inside']]
    assert (errors, places) == ({}, [2, 4])


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert read(b"\xef\xbb\xbftext,id\nx,1\n")[0] == ("text", "id")
    assert read(b'\xef\xbb\xbf"text",id\nx,1\n')[0] == ("text", "id")


def test_spreadsheets_write_semicolons_or_tabs_into_csv():
    assert read("id;text\n1;a, b\n")[1] == [["1", "a, b"]]
    assert read("id\ttext\n1\ta, b\n")[1] == [["1", "a, b"]]
    assert read("a;b,c\n1;2,3\n")[0] == ("a;b", "c")
    assert read("a|b\n1|2\n", delimiter="|")[1] == [["1", "2"]]


def test_blank_lines_are_no_rows():
    assert read("\n\nid,text\n1,a\n\n2,b\n\n")[1] == [["1", "a"], ["2", "b"]]


def test_in_a_single_column_a_blank_line_is_an_empty_cell():
    _, rows, errors, places = read('\ntext\na\n\n""\r\nb\n')
    assert rows == [["a"], [""], [""], ["b"]]
    assert (errors, places) == ({}, [3, 4, 5, 6])


def test_rows_of_another_width_are_kept_and_told():
    _, rows, errors, _ = read("id,text\n1\n2,b,c,d\n3,ok\n")
    assert rows == [["1", ""], ["2", "b,c,d"], ["3", "ok"]]
    assert errors == {
        0: "1 field, and the header has 2",
        1: "4 fields, and the header has 2; the last column holds all the rest",
    }


def test_broken_utf8_and_nul_bytes_touch_their_row_only():
    _, rows, errors, _ = read(b"id,text\n1,caf\xe9\n2,a\0b\n3,ok\n")
    assert rows == [["1", "caf\ufffd"], ["2", "a\ufffdb"], ["3", "ok"]]
    assert errors == {
        0: "not UTF-8 (byte 0xe9) in column 'text'",
        1: "a NUL byte, which no text holds in column 'text'",
    }


def test_a_quote_that_is_never_closed_costs_one_line_not_the_file():
    data = 'id,text\n1,"open and never closed\n2,fine\n3,"closed"\n4,"two\nlines"\n5,last\n'
    _, rows, errors, places = read(data)
    assert rows == [
        ["1", '"open and never closed'], ["2", "fine"], ["3", "closed"],
        ["4", "two\nlines"], ["5", "last"],
    ]  # fmt: skip
    assert list(errors) == [0]
    assert "not closed" in errors[0]
    assert places == [2, 3, 4, 5, 7]


def test_an_open_quote_in_the_last_line():
    _, rows, errors, _ = read('text\nfine\n"open', quoting="csv")
    assert rows == [["fine"], ['"open']]
    assert list(errors) == [1]


def test_an_open_quote_in_a_long_file_is_given_up_in_bounded_memory(monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    body = "".join(f"{i},row {i}\n" for i in range(500))
    _, rows, errors, _ = read('id,text\n0,"open\n' + body, quoting="csv")
    assert len(rows) == 501
    assert list(errors) == [0]
    assert rows[-1] == ["499", "row 499"]


@pytest.mark.slow
@pytest.mark.parametrize("start", ['id,text\n0,"open\n', "", "id,text\n"])
def test_short_and_blank_lines_cost_no_memory(monkeypatch, start):
    monkeypatch.setattr(lines, "_MOST_LINES", 1000)
    monkeypatch.setattr(lines, "_SAMPLE_LINES", 1000)
    body = "\n" * 100_000 if '"' not in start else "1,a\n" * 100_000
    raw = f"{start}{body}id,text\n".encode()
    tracemalloc.start()
    reader = DelimitedReader(MemorySource(raw), ReadOptions(quoting="csv"))
    n = sum(len(chunk) for chunk in reader.chunks(100))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n == {"": 0, "id,text\n": 1}.get(start, 100_002)
    assert peak < 2_500_000  # with every line kept: 5 MB and more


def test_a_lone_carriage_return_outside_quotes():
    _, rows, errors, _ = read("id,text\n1,a\rb\n2,ok\n")
    assert rows == [["1", "a\rb"], ["2", "ok"]]
    assert errors == {0: "a carriage return outside quotes that does not end the line"}


def test_a_huge_field_is_a_field():
    text = "x" * 3_000_000  # the csv module's own limit is 131,072
    assert read(f"id,text\n1,{text}\n")[1] == [["1", text]]


def test_a_line_beyond_the_limit_is_one_unread_row(monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    _, rows, errors, _ = read("id,text\n1,a\n2," + "x" * 5000 + "\n3,c\n")
    assert [row[0] for row in rows] == ["1", "\ufffd", "3"]
    assert "left out" in errors[1]


@pytest.mark.parametrize("data", ["", "\n\n", "\r\n"])
def test_a_file_without_header_is_told(data):
    with pytest.raises(NoExamples, match=r"memory\.csv is empty"):
        read(data)


@pytest.mark.parametrize("data", [b"caf\xe9,b\n1,2\n", b"a\0,b\n"])
def test_a_header_that_is_no_text_is_told(data):
    with pytest.raises(UnreadableFile, match="the header is no text"):
        read(data)


@pytest.mark.parametrize("data", ['"a,b\n1,2\n', "a,b\r1,2\r3,4\r"])
def test_a_header_that_is_no_csv_is_told(data):
    with pytest.raises(UnreadableFile, match="the header is not CSV"):
        read(data)


def test_a_header_alone_has_no_rows():
    assert read("id,text\n")[:2] == (("id", "text"), [])


def test_chunks_end_early_where_rows_are_long(monkeypatch):
    monkeypatch.setattr(line_reader, "CHUNK_BYTES", 100)
    data = "text\n" + "".join("x" * 60 + "\n" for _ in range(5))
    chunks = list(DelimitedReader(MemorySource(data.encode())).chunks(1000))
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]


NASTY = st.text(alphabet='ab",\r\n;\té\u2028\0', max_size=6).map(str.encode) | st.binary(max_size=4)


@given(st.lists(NASTY, max_size=12).map(b"".join), st.integers(1, 4))
def test_whatever_the_bytes_chunks_of_any_length_hold_the_same_rows(data, rows):
    reader = DelimitedReader(MemorySource(b"id,text\n" + data))

    def taken(rows):
        chunks = list(reader.chunks(rows))
        assert all(len(chunk) == rows for chunk in chunks[:-1])
        cells = [row for chunk in chunks for row in chunk.records.cells(())]
        errors = [chunk.errors.get(i) for chunk in chunks for i in range(len(chunk))]
        return cells, errors, [place for chunk in chunks for place in chunk.places]

    assert taken(rows) == taken(1000)


ROWS = st.lists(
    st.lists(st.text(alphabet='ab",\r\n;\té ', max_size=5), min_size=2, max_size=2), max_size=6
)


@given(ROWS)
def test_what_the_csv_module_writes_is_read_as_it_was(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([["id", "text"], *rows])
    _, found, errors, _ = read(out.getvalue(), rows=2)
    assert found == rows
    assert errors == {}


def test_a_gzip_file_on_disk(write):
    path = write("a.csv.gz", "id,text\n1,hello\n2,bye\n")
    reader = DelimitedReader(LineSource(path))
    chunks = list(reader.chunks(1))
    assert list(chain.from_iterable(c.records.column("text") for c in chunks)) == ["hello", "bye"]
    assert chunks[0].place(0) == f"{path}, line 2"


STRAY = "id,text,label\n1,so good,joy\n2,so bad,anger\n3,well,joy\n" + (
    '4,"tis the day,joy\n5,"well, yes",joy\n6,fine,joy\n7,"tis bad,anger\n8,ok,joy\n'
    '9,he is 6 feet 2",joy\n10,"so\nfine, 2",joy\n'
    '11,"so, so",joy\n12,"well, no",anger\n13,"oh, ""yes""",joy\n'
)


def test_rows_that_stray_quotes_join_are_told_apart():
    _, rows, errors, _ = read(STRAY)
    assert [row[0] for row in rows] == [str(number) for number in range(1, 14)]
    assert rows[4] == ["5", "well, yes", "joy"]
    assert rows[6] == ["7", '"tis bad', "anger"]
    assert rows[8] == ["9", 'he is 6 feet 2"', "joy"]
    assert rows[9] == ["10", "so\nfine, 2", "joy"]
    assert sorted(errors) == [3, 6]
    assert "in another row" in errors[6]


def test_quotes_that_were_asked_for_are_believed():
    _, rows, errors, _ = read(STRAY, quoting="csv")
    assert (rows[6][0], rows[6][1].count("\n"), errors.get(6)) == ("7", 2, None)


def test_rows_that_are_perhaps_joined_are_noted():
    text = "text,reply\nso good,thanks\nso bad,sorry\nwell,no\noh,yes\n"
    text += '"tis,a\n6 feet",b\nwell,fine\n"a, b",c\n'
    reader = DelimitedReader(MemorySource(text.encode()))
    assert reader.notes == ()
    (chunk,) = reader.chunks(100)
    assert len(chunk) == 7
    assert "1 time, first in line 6," in reader.notes[0]
    assert "--quoting none" in reader.notes[0]


def test_lines_above_the_header_keep_their_numbers():
    columns, rows, errors, places = read("# exported\n# again\nid,text\n1,so good\n2,so bad\n")
    assert (columns, rows) == (("id", "text"), [["1", "so good"], ["2", "so bad"]])
    assert (errors, places) == ({}, [4, 5])
