from __future__ import annotations

import json
import subprocess
import sys
import zlib

import pytest

from emoscope.batch.counts import RowCounts
from emoscope.batch.writing.journal import FORMAT_VERSION, Commit, Journal
from emoscope.errors import DataError
from emoscope.io.chunks import Cursor

JOB = {"what": "é"}


def commit(n: int) -> Commit:
    return Commit(10 * n, n, Cursor(0, n), RowCounts(n, 1, ("f, line 2: é",), {"joy": n - 1}))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.begin(JOB)
    for n in (1, 2, 3):
        journal.commit(commit(n))
    journal.close()
    return path


def reopened(path):
    journal = Journal(path)
    journal.close()
    return journal


def altered(path, line, **changes):
    """Change values of a commit, with the right checksum."""
    lines = path.read_bytes().split(b"\n")
    data = json.loads(lines[line].partition(b" ")[2])
    data["commit"] |= changes
    text = json.dumps(data).encode()
    lines[line] = b"%08x %s" % (zlib.crc32(text), text)
    path.write_bytes(b"\n".join(lines))


def test_the_last_commit_comes_back(path):
    journal = reopened(path)
    assert (journal.job, journal.last, journal.problem) == (JOB, commit(3), None)


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_line_that_was_cut_off_is_dropped(path, cut):
    path.write_bytes(path.read_bytes()[:-cut])
    assert reopened(path).last == commit(2)
    journal = Journal(path)
    journal.commit(commit(4))
    journal.close()
    assert reopened(path).last == commit(4)


def test_a_changed_byte_ends_the_journal_there(path):
    data = path.read_bytes().splitlines(keepends=True)
    data[3] = data[3].replace(b"size", b"sizf")
    path.write_bytes(b"".join(data))
    assert reopened(path).last == commit(1)


@pytest.mark.parametrize("size", [0, 12, 27, 40])
def test_a_journal_cut_in_its_first_lines_says_nothing(path, size):
    path.write_bytes(path.read_bytes()[:size])
    journal = reopened(path)
    assert (journal.job, journal.last, journal.problem) == (None, None, None)


def test_beginning_discards_what_there_was(path):
    journal = Journal(path)
    journal.begin({"what": "else"})
    journal.close()
    again = reopened(path)
    assert (again.job, again.last) == ({"what": "else"}, None)


@pytest.mark.parametrize(("version", "age"), [(FORMAT_VERSION + 1, "newer"), (0, "older")])
def test_another_format_version_is_told(path, version, age):
    first, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(first.replace(b"%d" % FORMAT_VERSION, b"%d" % version) + b"\n" + rest)
    journal = reopened(path)
    assert f"{age} version of emoscope (journal format {version})" in journal.problem
    assert path.read_bytes().endswith(rest)  # reading has changed nothing


@pytest.mark.parametrize(
    "content", [b"a diary\n", b"\0" * 50, b"emoscope journal, format x\n", b"emoscope journey\n"]
)
def test_a_file_that_is_no_journal_is_left_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"in the way.*Move it"):
        Journal(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "changes",
    [
        {"size": -1},
        {"size": "3"},
        {"size": 5},  # less than the commit before
        {"crc32": 1 << 32},
        {"crc32": 1.5},
        {"after": {"file": 0, "offset": None, "line": 1, "row": 1}},
        {"after": {"place": 1}},
        {"after": []},
        {"counts": {"rows": True, "unread": 0, "examples": [], "labels": {}}},
        {"counts": {"rows": 3, "unread": 4, "examples": [], "labels": {}}},
        {"counts": {"rows": 3, "unread": 1, "examples": [], "labels": {}}},
        {"counts": {"rows": 3, "unread": 0, "examples": [], "labels": {"joy": 4}}},
        {"counts": {"rows": 1, "unread": 0, "examples": [], "labels": {}}},
        {"counts": {"rows": 3}},
    ],
)
def test_values_that_cannot_be_are_found_though_their_checksum_is_right(path, changes):
    altered(path, 4, **changes)
    assert "has been altered" in reopened(path).problem


@pytest.mark.parametrize("text", [b"{", b"[1]", b"{}", b'{"job": {}}', b"[" * 100_000])
def test_lines_that_are_no_records_are_found(path, text):
    path.write_bytes(path.read_bytes() + b"%08x %s\n" % (zlib.crc32(text), text))
    assert "has been altered" in reopened(path).problem


def test_after_a_write_that_failed_half_way_the_next_commit_is_whole(path, monkeypatch):
    from emoscope.batch.writing import journal as module

    journal = Journal(path)

    def half(handle, data):
        module.os.write(handle, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_all", half)
        with pytest.raises(OSError, match="No space"):
            journal.commit(commit(4))
    journal.commit(commit(5))
    journal.close()
    assert reopened(path).last == commit(5)


def test_one_process_at_a_time(path):
    pytest.importorskip("fcntl")
    journal = Journal(path)
    script = (
        "import sys; from pathlib import Path\n"
        "from emoscope.batch.writing.journal import Journal\n"
        "Journal(Path(sys.argv[1]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
    )
    assert "Another process is writing" in other.stderr
    with pytest.raises(DataError, match="Another process is writing"):
        Journal(path)
    journal.remove()
    assert not path.exists()
