from __future__ import annotations

from emoscope.io.chunks import Cursor
from emoscope.io.line_sources import FileSource
from emoscope.io.plain_text_reader import PlainTextReader


def test_every_line_is_a_row_even_an_empty_one(write):
    path = write("a.txt", b"one\r\n\ntw\xff\nlast, without end")
    (chunk,) = PlainTextReader(FileSource(path)).chunks(Cursor(), 10)
    assert chunk.records.column("text") == ["one", "", "tw\ufffd", "last, without end"]
    assert chunk.errors == {2: "not UTF-8 (byte 0xff)"}
    assert chunk.place(3) == f"{path}, line 4"


def test_reading_on_from_any_cursor_gives_the_same(write):
    reader = PlainTextReader(FileSource(write("a.txt", "".join(f"{i}\n" for i in range(10)))))
    whole = list(reader.chunks(Cursor(), 4))
    assert [c.records.column("text") for c in whole] == [list("0123"), list("4567"), list("89")]
    rest = list(reader.chunks(whole[0].after, 4))
    assert [c.records.column("text") for c in rest] == [list("4567"), list("89")]
    assert rest[0].places[0] == 5


def test_an_empty_file_has_no_rows(write):
    assert list(PlainTextReader(FileSource(write("a.txt", ""))).chunks(Cursor(), 4)) == []
