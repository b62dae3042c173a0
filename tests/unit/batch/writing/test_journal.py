from __future__ import annotations

import subprocess
import sys

import pytest

from emoscope.batch.counts import Tally
from emoscope.batch.writing.journal import FORMAT_VERSION, Commit, Journal
from emoscope.errors import DataError
from emoscope.io.chunks import Cursor

RUN = {"format_version": FORMAT_VERSION, "what": "é"}


def commit(n: int) -> Commit:
    return Commit(10 * n, n, Cursor(0, n, n, n), Tally(n, 1, ("f, line 2: é",), {"joy": n}))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "o.journal"
    journal = Journal(path)
    journal.begin(RUN)
    for n in (1, 2, 3):
        journal.commit(commit(n))
    journal.close()
    return path


def reopened(path):
    journal = Journal(path)
    journal.close()
    return journal


def test_the_last_commit_comes_back(path):
    journal = reopened(path)
    assert (journal.run, journal.last) == (RUN, commit(3))


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_a_line_that_was_cut_off_is_dropped(path, cut):
    path.write_bytes(path.read_bytes()[:-cut])
    assert reopened(path).last == commit(2)
    journal = Journal(path)
    journal.commit(commit(4))
    journal.close()
    assert reopened(path).last == commit(4)


def test_a_changed_byte_ends_the_journal_there(path):
    data = bytearray(path.read_bytes())
    second = data.index(b"\n", data.index(b"\n") + 1)
    data[second + 30] ^= 1
    path.write_bytes(bytes(data))
    assert reopened(path).last == commit(1)


def test_a_journal_cut_in_its_first_line_says_nothing(path):
    path.write_bytes(path.read_bytes()[:12])
    journal = Journal(path)
    assert (journal.run, journal.last) == (None, None)
    journal.close()
    assert not path.exists()


def test_beginning_drops_what_there_was(path):
    journal = Journal(path)
    journal.begin({**RUN, "what": "else"})
    journal.close()
    again = reopened(path)
    assert (again.run["what"], again.last) == ("else", None)


def test_another_format_version_is_not_understood(path):
    journal = Journal(path)
    journal.begin({**RUN, "format_version": 99})
    journal._append({"of the future": 1})
    journal.close()
    again = reopened(path)
    assert again.run["format_version"] == 99
    assert again.last is None


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
