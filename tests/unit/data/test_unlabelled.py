from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from emoscope.data.unlabelled import read_unlabelled
from emoscope.errors import DataNotFound


def test_unlabelled_files_are_read_without_repeats(tmp_path: Path):
    (tmp_path / "a.txt").write_text("one\n\ntwo  words\none\n", encoding="utf-8")
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"two words\nthree\n"))
    read = read_unlabelled([tmp_path / "a.txt", tmp_path / "b.gz"])
    assert read.texts == ("one", "two words", "three")
    assert [(f.name, f.rows) for f in read.files] == [("a.txt", 4), ("b.gz", 2)]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match=r"gone\.txt"):
        read_unlabelled([tmp_path / "gone.txt"])
