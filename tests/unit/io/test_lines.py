from __future__ import annotations

import io
from pathlib import Path

import pytest

from emoscope.errors import UnreadableFile
from emoscope.io import lines as lines_module
from emoscope.io.line_sources import LineSource
from emoscope.io.lines import Lines, decoding_problem, replace_undecodable


def lines_of(data: bytes) -> Lines:
    return Lines(io.BufferedReader(io.BytesIO(data)), "x")


def test_lines_keep_their_ends_and_know_their_place():
    lines = lines_of("é\r\nb\n\nc".encode())
    seen = [(line, lines.offset, lines.number) for line in lines]
    assert seen == [("é\r\n", 4, 1), ("b\n", 6, 2), ("\n", 7, 3), ("c", 8, 4)]


def test_other_line_separators_of_unicode_are_ordinary_characters():
    assert list(lines_of("a\u2028b\x85c\x0bd\n".encode())) == ["a\u2028b\x85c\x0bd\n"]


def test_a_byte_order_mark_is_no_text():
    lines = lines_of(b"\xef\xbb\xbftext\n")
    assert (next(lines), lines.offset) == ("text\n", 8)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_is_told(encoding):
    mark = "\ufeff".encode(encoding)
    with pytest.raises(UnreadableFile, match="looks like UTF-16"):
        lines_of(mark + "text".encode(encoding))


def test_bytes_that_are_no_text_are_marked_and_told():
    lines = lines_of(b"ok\nna\xefve\nnul\0\nfine\n")
    found = []
    for line in lines:
        found.append((lines.odd, decoding_problem(line), replace_undecodable(line)))
        lines.begin_record()
    assert found == [
        (False, None, "ok\n"),
        (True, "not UTF-8 (byte 0xef)", "na\ufffdve\n"),
        (True, "a NUL byte, which no text holds", "nul\ufffd\n"),
        (False, None, "fine\n"),
    ]


def test_encoded_surrogates_are_no_text_either():
    line = next(lines_of(b"\xed\xa0\x80\n"))
    assert decoding_problem(line) == "not UTF-8 (byte 0xed)"


def test_going_back_gives_the_same_lines_again():
    lines = lines_of(b"1\n22\n333\n4\n")
    next(lines)
    lines.begin_record()
    assert [next(lines), next(lines)] == ["22\n", "333\n"]
    lines.go_back(keep=1)
    assert (lines.offset, lines.number, lines.record_lines()[0]) == (5, 2, "22\n")
    assert list(lines) == ["333\n", "4\n"]


def test_a_line_beyond_reason_is_left_out_and_the_next_one_read(monkeypatch):
    monkeypatch.setattr(lines_module, "LONGEST_LINE", 8)
    lines = lines_of(b"short\n" + b"x" * 30 + b"\nnext\n")
    seen = []
    for line in lines:
        seen.append((decoding_problem(line), lines.offset))
        lines.begin_record()
    assert seen == [(None, 6), ("a line of more than 0 MiB, left out", 37), (None, 42)]


def test_a_gzip_file_is_known_by_its_bytes(write):
    source = LineSource(write("misnamed.gz", "one\ntwo\nthree\n").rename(write("m.csv", "")))
    assert list(source.lines()) == ["one\n", "two\n", "three\n"]


def test_gzip_that_ends_too_early_is_told_with_its_place(write):
    path = write("a.csv.gz", "word " * 50_000 + "\n" + "word " * 50_000)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UnreadableFile, match="not a whole gzip file"):
        list(LineSource(path).lines())


def test_standard_input_goes_on_where_it_was_left():
    source = LineSource(Path("-"), io.BufferedReader(io.BytesIO(b"a\nb\nc\n")))
    lines = source.lines()
    assert next(lines) == "a\n"
    lines.leave()
    assert list(source.lines()) == ["b\n", "c\n"]
