from __future__ import annotations

import pytest

from emoscope.data.delimited import delimited_rows
from emoscope.errors import UnreadableFile
from emoscope.io.text_file import read_text_file


def rows(write, content: str, delimiter: str = ","):
    return list(delimited_rows(read_text_file(write("a.csv", content)), delimiter))


def test_quotes_are_resolved_and_lines_counted(write):
    content = 'a,b\n"x ""y"" z",1\n\n"two\nlines",2\nlast,3\n'
    assert rows(write, content) == [
        (1, ["a", "b"]),
        (2, ['x "y" z', "1"]),
        (4, ["two\nlines", "2"]),
        (6, ["last", "3"]),
    ]


def test_crlf_ends_a_line(write):
    assert rows(write, "a,b\r\nc,d\r\n") == [(1, ["a", "b"]), (2, ["c", "d"])]


def test_a_quote_inside_a_field_is_a_character(write):
    assert rows(write, 'a 5" pipe,x\n') == [(1, ['a 5" pipe', "x"])]


def test_unicode_line_separators_do_not_end_a_line(write):
    assert rows(write, "a\u2028b\x85c,d\n") == [(1, ["a\u2028b\x85c", "d"])]


def test_a_very_long_field_is_read(write):
    long = "x" * 300_000  # more than the csv module's usual limit
    assert rows(write, f"a,{long}\n") == [(1, ["a", long])]


def test_a_stray_quote_is_named_with_its_line(write):
    with pytest.raises(UnreadableFile, match=r"a\.csv, line 2: a double quote opens a field"):
        rows(write, 'a,b\n"oh" he said,x\n')


def test_a_quote_never_closed_is_named_with_the_line_it_opens_on(write):
    with pytest.raises(UnreadableFile, match=r"a\.csv, line 3:"):
        rows(write, 'a,b\nc,d\n"e,f\ng,h\ni,j\n')
