from __future__ import annotations

from emoscope.io.line_reader import PlainTextReader
from emoscope.io.line_sources import LineSource


def test_every_line_is_a_row_even_an_empty_one(write):
    path = write("a.txt", b"one\r\n\ntw\xff\nlast, without end")
    (chunk,) = PlainTextReader(LineSource(path)).chunks(10)
    assert chunk.records.column("text") == ["one", "", "tw\ufffd", "last, without end"]
    assert chunk.errors == {2: "not UTF-8 (byte 0xff)"}
    assert chunk.place(3) == f"{path}, line 4"


def test_the_last_chunk_is_shorter(write):
    reader = PlainTextReader(LineSource(write("a.txt", "".join(f"{i}\n" for i in range(10)))))
    whole = list(reader.chunks(4))
    assert [c.records.column("text") for c in whole] == [list("0123"), list("4567"), list("89")]
    assert whole[1].places[0] == 5


def test_an_empty_file_has_no_rows(write):
    assert list(PlainTextReader(LineSource(write("a.txt", ""))).chunks(4)) == []
