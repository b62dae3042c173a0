from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from emoscope.errors import DataNotFound, NoExamples, UnreadableFile
from emoscope.io.text_file import read_text_file


def test_it_gives_text_and_checksum_of_the_bytes_on_disk(write):
    path = write("a.csv", "grüße\n")
    file = read_text_file(path)
    assert file.text == "grüße\n"
    assert file.sha256 == hashlib.sha256("grüße\n".encode()).hexdigest()
    source = file.source(7)
    assert (source.name, source.sha256, source.rows) == ("a.csv", file.sha256, 7)


def test_a_byte_order_mark_is_no_text(write):
    assert read_text_file(write("a.csv", b"\xef\xbb\xbftext\n")).text == "text\n"


def test_gzip_is_known_by_its_bytes(write):
    packed = gzip.compress(b"hello")
    file = read_text_file(write("a.csv", packed))
    assert file.text == "hello"
    assert file.sha256 == hashlib.sha256(packed).hexdigest()


@pytest.mark.parametrize("damage", [lambda b: b[:-6], lambda b: b[:12] + b"\xff" * 9 + b[21:]])
def test_broken_gzip_is_named(write, damage):
    path = write("a.csv.gz", damage(gzip.compress(b"hello world, hello" * 9)))
    with pytest.raises(UnreadableFile, match=r"a\.csv\.gz is not a whole gzip file"):
        read_text_file(path)


def test_broken_utf8_is_named_with_line_and_byte(write):
    path = write("a.csv", b"text\nfine\ncaf\xe9 creme\n")
    with pytest.raises(UnreadableFile, match=r"a\.csv, line 3, byte 4 \(0xe9\): not UTF-8"):
        read_text_file(path)


def test_utf16_is_told(write):
    with pytest.raises(UnreadableFile, match="looks like UTF-16"):
        read_text_file(write("a.csv", "text,label\n".encode("utf-16")))


def test_a_nul_byte_is_named_with_line_and_byte(write):
    with pytest.raises(UnreadableFile, match=r"line 2, byte 3: a NUL byte"):
        read_text_file(write("a.csv", b"text\nab\0c\n"))


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_named(write, content):
    with pytest.raises(NoExamples, match=r"a\.csv is empty"):
        read_text_file(write("a.csv", content))


def test_a_missing_file_is_named_with_its_neighbour(write, tmp_path: Path):
    write("tickets.csv", "x")
    with pytest.raises(DataNotFound, match=r"ticket\.csv.*Did you mean 'tickets\.csv'"):
        read_text_file(tmp_path / "ticket.csv")


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path):
    with pytest.raises(UnreadableFile, match="is a folder"):
        read_text_file(tmp_path)
