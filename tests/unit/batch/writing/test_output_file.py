from __future__ import annotations

import errno

import pytest

from emoscope.batch.counts import Tally
from emoscope.batch.writing import output_file, part_file
from emoscope.batch.writing.journal import FORMAT_VERSION
from emoscope.batch.writing.output_file import check_place, open_output
from emoscope.errors import DataError
from emoscope.io.chunks import Cursor

RUN = {
    "format_version": FORMAT_VERSION,
    "emoscope": "1",
    "classifier": "c",
    "options": {"wide": False},
    "output": {"format": "csv"},
    "inputs": [{"name": "i.csv", "bytes": 3, "sha256": "s"}],
}


@pytest.fixture
def out(tmp_path):
    return tmp_path / "o.csv"


@pytest.fixture(autouse=True)
def commit_every_chunk(monkeypatch):
    monkeypatch.setattr(output_file, "COMMIT_SECONDS", 0.0)


def names(out):
    return sorted(path.name for path in out.parent.iterdir())


def interrupted(out, pieces=(b"one\n", b"two\n"), run=RUN):
    """A run that dies after some chunks; its state is returned."""
    target = open_output(out, run)
    for n, piece in enumerate(pieces, start=1):
        target.append(piece, Cursor(0, n, n, n), Tally(rows=n))
    target.close()
    return target


def test_the_name_appears_when_all_is_there(out):
    target = open_output(out, RUN)
    target.append(b"one\n", Cursor(row=1), Tally(rows=1))
    assert names(out) == ["o.csv.journal", "o.csv.part"]
    target.finish()
    target.close()
    assert names(out) == ["o.csv"]
    assert out.read_bytes() == b"one\n"


def test_a_run_goes_on_behind_its_last_commit(out):
    interrupted(out)
    part = out.with_name("o.csv.part")
    part.write_bytes(part.read_bytes() + b"thr")  # written, but never committed
    target = open_output(out, RUN)
    assert target.resumed.tally.rows == 2
    assert target.resumed.after == Cursor(0, 2, 2, 2)
    target.append(b"three\n", Cursor(0, 3, 3, 3), Tally(rows=3))
    target.finish()
    target.close()
    assert out.read_bytes() == b"one\ntwo\nthree\n"


def test_commits_come_about_once_a_second(out, monkeypatch):
    monkeypatch.setattr(output_file, "COMMIT_SECONDS", 3600.0)
    target = open_output(out, RUN)
    size = out.with_name("o.csv.journal").stat().st_size
    for n in range(5):
        target.append(b"x\n", Cursor(row=n), Tally(rows=n))
    assert out.with_name("o.csv.journal").stat().st_size == size
    target.close()
    assert out.with_name("o.csv.journal").stat().st_size > size


def test_a_run_that_wrote_nothing_yet_is_no_reason_to_refuse_another(out):
    interrupted(out, pieces=())
    target = open_output(out, {**RUN, "classifier": "other"})
    assert target.resumed is None
    target.close()


def test_another_run_is_refused_until_told_to_begin_anew(out):
    interrupted(out)
    with pytest.raises(DataError, match=r"written 2 rows.*wide was False then.*--restart"):
        open_output(out, {**RUN, "options": {"wide": True}})
    again = open_output(out, RUN)
    assert again.resumed.tally.rows == 2  # nothing was lost by trying
    again.close()


def test_restart_forgets_the_interrupted_run(out):
    interrupted(out)
    target = open_output(out, {**RUN, "classifier": "other"}, restart=True)
    assert target.resumed is None
    target.append(b"new\n", Cursor(row=1), Tally(rows=1))
    target.finish()
    target.close()
    assert out.read_bytes() == b"new\n"


@pytest.mark.parametrize("damage", [b"", b"one\n", b"One\ntwo\n"])
def test_a_part_that_was_tampered_with_is_refused(out, damage):
    interrupted(out)
    out.with_name("o.csv.part").write_bytes(damage)
    with pytest.raises(DataError, match=r"not as it was left.*--restart"):
        open_output(out, RUN)


def test_a_finished_output_is_replaced_only_when_told(out):
    out.write_bytes(b"precious")
    with pytest.raises(DataError, match=r"o\.csv is there already.*--overwrite"):
        open_output(out, RUN)
    assert names(out) == ["o.csv"]
    target = open_output(out, RUN, overwrite=True)
    target.append(b"new\n", Cursor(row=1), Tally(rows=1))
    assert out.read_bytes() == b"precious"
    target.finish()
    target.close()
    assert out.read_bytes() == b"new\n"


class Killed(BaseException):
    pass


PLAIN = ["commit", "rename", "journal"]
JOINED = ["commit", "join", "sync_file", "rename", "unlink", "journal"]


@pytest.mark.parametrize(
    ("joined", "step"), [*((False, step) for step in PLAIN), *((True, step) for step in JOINED)]
)
def test_killed_at_any_step_of_finishing_the_same_call_finishes(out, monkeypatch, joined, step):
    def join(encoded, output):
        output.write_bytes(encoded.read_bytes().upper())

    def die(*args, **kwargs):
        raise Killed

    target = open_output(out, RUN, finisher=join if joined else None)
    target.append(b"one\n", Cursor(row=1), Tally(rows=1))
    with monkeypatch.context() as patch:
        if step == "commit":
            patch.setattr(target._journal, "commit", die)
        elif step == "join":
            patch.setattr(target, "_finisher", die)
        elif step == "sync_file":
            patch.setattr(output_file, "sync_file", die)
        elif step == "rename":
            patch.setattr("pathlib.Path.replace", die)
        elif step == "unlink":
            patch.setattr("pathlib.Path.unlink", die)
        else:
            patch.setattr(target._journal, "remove", die)
        with pytest.raises(Killed):
            target.finish()
    if target._journal is not None:
        target._journal._file.close()  # what the system does with a process that dies
    again = open_output(out, RUN, finisher=join if joined else None)
    assert again.resumed.tally.rows == 1
    again.finish()
    again.close()
    assert out.read_bytes() == (b"ONE\n" if joined else b"one\n")
    assert names(out) == ["o.csv"]


def test_without_a_run_there_is_no_journal(out):
    target = open_output(out, None)
    target.append(b"one\n", Cursor(row=1), Tally(rows=1))
    assert names(out) == ["o.csv.part"]
    target.close()
    again = open_output(out, None)
    assert again.resumed is None
    again.finish()
    assert out.read_bytes() == b""


def test_a_full_disk_keeps_what_was_committed(out, monkeypatch):
    target = open_output(out, RUN)
    target.append(b"one\n", Cursor(row=1), Tally(rows=1))

    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(part_file.PartFile, "append", full)
        with pytest.raises(DataError, match=r"No space left on device.*goes on where it stopped"):
            target.append(b"two\n", Cursor(row=2), Tally(rows=2))
    target.close()
    assert open_output(out, RUN).resumed.tally.rows == 1


def test_places_that_cannot_be_written(tmp_path, out):
    source = tmp_path / "i.csv"
    source.write_text("text\n")
    with pytest.raises(DataError, match="is an input as well"):
        check_place(source, [source], overwrite=True)
    with pytest.raises(DataError, match="There is no folder"):
        check_place(tmp_path / "no" / "o.csv", [source], overwrite=False)
    with pytest.raises(DataError, match="is a folder"):
        check_place(tmp_path, [source], overwrite=False)
    out.write_text("")
    with pytest.raises(DataError, match="there already"):
        check_place(out, [source], overwrite=False)
    check_place(out, [source], overwrite=True)
