from __future__ import annotations

import os

import pytest

from emoscope.batch.changed_inputs import InputStamps
from emoscope.errors import UnreadableFile
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.text_records import TextRecords


def chunk(file: int) -> Chunk:
    records = TextRecords(("text",), [["a"]])
    return Chunk(records, {}, (1,), "line", "f", Cursor(file), 1.0)


@pytest.fixture
def paths(write):
    return [write(name, "text\n") for name in ("a.txt", "b.txt", "c.txt")]


def test_files_that_stay_are_passed_through(paths):
    chunks = [chunk(file) for file in (0, 0, 1, 2)]
    assert list(InputStamps(paths).compared(iter(chunks))) == chunks
    assert list(InputStamps([]).compared(iter(chunks))) == chunks  # standard input


def test_a_file_is_compared_until_its_end_and_not_after(paths):
    chunks = InputStamps(paths).compared(chunk(file) for file in (0, 1, 1, 2))
    next(chunks)
    next(chunks)
    paths[0].unlink()
    next(chunks)
    os.utime(paths[1], ns=(0, 1))
    with pytest.raises(UnreadableFile, match=r"b\.txt changed while it was read"):
        next(chunks)


def test_a_file_that_ends_too_early_is_found_though_no_chunk_comes(paths):
    chunks = InputStamps(paths[:1]).compared(iter([chunk(0)]))
    next(chunks)
    paths[0].write_bytes(b"")
    with pytest.raises(UnreadableFile, match=r"a\.txt changed"):
        next(chunks)


def test_an_error_is_explained_by_a_change_and_by_nothing_else(paths):
    stamps = InputStamps(paths)
    with pytest.raises(KeyError), stamps.explaining_errors():
        {}["x"]
    paths[2].unlink()
    with pytest.raises(UnreadableFile, match=r"c\.txt was removed"), stamps.explaining_errors():
        {}["x"]
