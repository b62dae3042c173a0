from __future__ import annotations

import errno

import pytest

from emoscope.batch.counts import RowCounts
from emoscope.batch.writing import output_file, part_file
from emoscope.batch.writing.output_file import open_output
from emoscope.errors import DataError
from emoscope.io.chunks import Cursor

JOB = {
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
    """Every file below the folder of the output."""
    found = [path.relative_to(out.parent) for path in out.parent.rglob("*")]
    return sorted(path.as_posix() for path in found)


FOLDER = ".o.csv.emoscope"
UNFINISHED = [FOLDER, f"{FOLDER}/journal", f"{FOLDER}/part"]


def part_of(out):
    return out.with_name(FOLDER) / "part"


def journal_of(out):
    return out.with_name(FOLDER) / "journal"


def interrupted(out, pieces=(b"one\n", b"two\n"), job=JOB):
    """A job that dies after some chunks; its state is returned."""
    target = open_output(out, job)
    for n, piece in enumerate(pieces, start=1):
        target.append(piece, Cursor(0, n), RowCounts(rows=n))
    target.close()
    return target


def test_the_name_appears_when_all_is_there(out):
    target = open_output(out, JOB)
    target.append(b"one\n", Cursor(row=1), RowCounts(rows=1))
    assert names(out) == UNFINISHED
    target.finish()
    target.close()
    assert names(out) == ["o.csv"]
    assert out.read_bytes() == b"one\n"


def test_a_job_resumes_behind_its_last_commit(out):
    interrupted(out)
    part = part_of(out)
    part.write_bytes(part.read_bytes() + b"thr")  # written, but never committed
    target = open_output(out, JOB)
    assert target.resumed.counts.rows == 2
    assert target.resumed.after == Cursor(0, 2)
    target.append(b"three\n", Cursor(0, 3), RowCounts(rows=3))
    target.finish()
    target.close()
    assert out.read_bytes() == b"one\ntwo\nthree\n"


def test_commits_come_about_once_a_second(out, monkeypatch):
    monkeypatch.setattr(output_file, "COMMIT_SECONDS", 3600.0)
    target = open_output(out, JOB)
    size = journal_of(out).stat().st_size
    for n in range(5):
        target.append(b"x\n", Cursor(row=n), RowCounts(rows=n))
    assert journal_of(out).stat().st_size == size
    target.close()
    assert journal_of(out).stat().st_size > size


def test_a_job_that_wrote_nothing_yet_is_no_reason_to_refuse_another(out):
    interrupted(out, pieces=())
    target = open_output(out, {**JOB, "classifier": "other"})
    assert target.resumed is None
    target.close()


def test_another_job_is_refused_until_told_to_restart(out):
    interrupted(out)
    with pytest.raises(DataError, match=r"written 2 rows.*wide was False then.*--restart"):
        open_output(out, {**JOB, "options": {"wide": True}})
    again = open_output(out, JOB)
    assert again.resumed.counts.rows == 2  # nothing was lost by trying
    again.close()


def test_restart_discards_the_interrupted_job(out):
    interrupted(out)
    target = open_output(out, {**JOB, "classifier": "other"}, restart=True)
    assert target.resumed is None
    target.append(b"new\n", Cursor(row=1), RowCounts(rows=1))
    target.finish()
    target.close()
    assert out.read_bytes() == b"new\n"


@pytest.mark.parametrize("damage", [b"", b"one\n", b"One\ntwo\n"])
def test_a_part_that_was_tampered_with_is_refused(out, damage):
    interrupted(out)
    part_of(out).write_bytes(damage)
    with pytest.raises(DataError, match=r"not as it was left.*--restart"):
        open_output(out, JOB)


def test_a_finished_output_is_replaced_only_when_told(out):
    out.write_bytes(b"precious")
    with pytest.raises(DataError, match=r"o\.csv exists already.*--overwrite"):
        open_output(out, JOB)
    assert names(out) == ["o.csv"]  # and no folder is left by the refusal
    target = open_output(out, JOB, overwrite=True)
    target.append(b"new\n", Cursor(row=1), RowCounts(rows=1))
    assert out.read_bytes() == b"precious"
    target.finish()
    target.close()
    assert out.read_bytes() == b"new\n"


class Killed(BaseException):
    pass


PLAIN = ["commit", "record", "publish", "remove"]
JOINED = ["commit", "join", "sync_file", "record", "publish", "remove", "unlink"]


@pytest.mark.parametrize(
    ("joined", "step"), [*((False, step) for step in PLAIN), *((True, step) for step in JOINED)]
)
def test_killed_at_any_step_of_finishing_the_same_call_finishes(out, monkeypatch, joined, step):
    def join(encoded, output):
        output.write_bytes(encoded.read_bytes().upper())

    def die(*args, **kwargs):
        raise Killed

    target = open_output(out, JOB, finisher=join if joined else None)
    target.append(b"one\n", Cursor(row=1), RowCounts(rows=1))
    with monkeypatch.context() as patch:
        if step == "commit":
            patch.setattr(target._journal, "commit", die)
        elif step == "join":
            patch.setattr(target, "_finisher", die)
        elif step == "sync_file":
            patch.setattr(output_file, "sync_file", die)
        elif step == "record":
            patch.setattr(target._journal, "finished", die)
        elif step == "publish":
            patch.setattr(output_file, "publish", die)
        elif step == "unlink":
            patch.setattr("pathlib.Path.unlink", die)
        else:
            patch.setattr(target._folder, "remove", die)
        with pytest.raises(Killed):
            target.finish()
    target._journal._file.close()  # what the system does with a process that dies
    again = open_output(out, JOB, finisher=join if joined else None)
    assert again.resumed.counts.rows == 1
    again.finish()
    again.close()
    assert out.read_bytes() == (b"ONE\n" if joined else b"one\n")
    assert names(out) == ["o.csv"]


def test_a_full_disk_keeps_what_was_committed(out, monkeypatch):
    target = open_output(out, JOB)
    target.append(b"one\n", Cursor(row=1), RowCounts(rows=1))

    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(part_file.PartFile, "append", full)
        with pytest.raises(DataError, match=r"No space left on device.*saved already are kept"):
            target.append(b"two\n", Cursor(row=2), RowCounts(rows=2))
    target.close()
    assert open_output(out, JOB).resumed.counts.rows == 1


PIPE = {**JOB, "inputs": None}


def test_rows_from_a_pipe_are_discarded_only_when_told(out):
    interrupted(out, job=PIPE)
    for job in (PIPE, JOB):
        with pytest.raises(DataError, match=r"2 rows.*standard input, which cannot.*--restart"):
            open_output(out, job)
    assert part_of(out).read_bytes() == b"one\ntwo\n"
    open_output(out, PIPE, restart=True).close()
    assert names(out) == []


def test_a_pipe_does_not_discard_the_rows_of_files(out):
    interrupted(out)
    with pytest.raises(DataError, match=r"2 rows.*is standard input now.*--restart"):
        open_output(out, PIPE)
    assert open_output(out, JOB).resumed.counts.rows == 2


@pytest.mark.parametrize("first", [JOB, PIPE])
@pytest.mark.parametrize("second", [JOB, PIPE])
@pytest.mark.parametrize("restart", [False, True])
def test_one_job_at_a_time(out, tmp_path, first, second, restart):
    pytest.importorskip("fcntl")
    target = open_output(out, first)
    (tmp_path / "link.csv").symlink_to(out)
    for name in (out, tmp_path / "x" / ".." / "o.csv", tmp_path / "link.csv"):
        with pytest.raises(DataError, match="Another process is writing"):
            open_output(name, second, restart=restart, overwrite=True)
    target.append(b"one\n", Cursor(row=1), RowCounts(rows=1))
    target.finish()
    assert out.read_bytes() == b"one\n"


def test_a_job_that_wrote_nothing_leaves_nothing(out):
    open_output(out, JOB).close()
    assert names(out) == []


def test_a_newer_journal_is_refused_and_kept(out):
    interrupted(out)
    journal = journal_of(out)
    content = journal.read_bytes().replace(b"format 1", b"format 2")
    journal.write_bytes(content)
    with pytest.raises(DataError, match=r"newer version of emoscope.*--restart"):
        open_output(out, JOB)
    assert journal.read_bytes() == content
    assert part_of(out).read_bytes() == b"one\ntwo\n"
    open_output(out, JOB, restart=True).close()
    assert names(out) == []


def test_a_journal_without_its_first_lines_is_refused(out):
    interrupted(out)
    journal_of(out).write_bytes(b"")
    with pytest.raises(DataError, match=r"lost its first lines.*--restart"):
        open_output(out, JOB)
    assert part_of(out).read_bytes() == b"one\ntwo\n"


def test_rows_are_counted_again(out):
    interrupted(out)
    with pytest.raises(DataError, match="not as it was left"):
        open_output(out, JOB, count_rows=lambda path: 1)
    lines = open_output(out, JOB, count_rows=lambda path: path.read_bytes().count(b"\n"))
    assert lines.resumed.counts.rows == 2


@pytest.mark.parametrize(
    "name", ["o.csv.part", "o.csv.journal", "o.csv.joined", ".o.csv.part", "o.csv.tmp"]
)
def test_files_beside_an_output_are_left_alone(out, name):
    mine = out.with_name(name)
    mine.write_bytes(b"mine")
    interrupted(out)
    target = open_output(out, JOB)
    target.append(b"three\n", Cursor(row=3), RowCounts(rows=3))
    target.finish()
    assert mine.read_bytes() == b"mine"
    assert out.read_bytes() == b"one\ntwo\nthree\n"


@pytest.mark.parametrize("inside", [None, "notes.txt", "part"])
def test_a_folder_that_is_not_a_jobs_is_left_alone(out, inside):
    mine = out.with_name(FOLDER)
    if inside is None:
        mine.write_bytes(b"mine")
    else:
        mine.mkdir()
        mine = mine / inside
        mine.write_bytes(b"mine")
    with pytest.raises(DataError, match=r"in the way.*Move it"):
        open_output(out, JOB, restart=True, overwrite=True)
    assert mine.read_bytes() == b"mine"
    assert names(out) == sorted({FOLDER, mine.relative_to(out.parent).as_posix()})


def test_a_file_that_appears_while_a_job_works_is_not_replaced(out):
    target = open_output(out, JOB)
    target.append(b"one\n", Cursor(row=1), RowCounts(rows=1))
    out.write_bytes(b"precious")
    with pytest.raises(DataError, match=r"another program.*--overwrite"):
        target.finish()
    target.close()
    assert out.read_bytes() == b"precious"
    again = open_output(out, JOB, overwrite=True)
    assert again.resumed.counts.rows == 1
    again.finish()
    assert out.read_bytes() == b"one\n"
    assert names(out) == ["o.csv"]


def test_an_output_that_was_replaced_after_a_kill_is_not_taken_for_ours(out, monkeypatch):
    target = open_output(out, JOB)
    target.append(b"one\n", Cursor(row=1), RowCounts(rows=1))
    with monkeypatch.context() as patch:
        patch.setattr(target._folder, "remove", lambda journal: None)
        target.finish()
    target._journal.close()
    out.write_bytes(b"precious")
    with pytest.raises(DataError, match="exists already"):
        open_output(out, JOB)
    with pytest.raises(DataError, match="not as it was left"):
        open_output(out, JOB, overwrite=True)
    assert out.read_bytes() == b"precious"


def test_the_longest_name_that_a_file_system_takes(tmp_path):
    out = tmp_path / ("o" * 251 + ".csv")
    interrupted(out)
    target = open_output(out, JOB)
    assert target.resumed.counts.rows == 2
    target.finish()
    assert names(out) == [out.name]


@pytest.mark.parametrize("joined", [False, True])
def test_a_disk_that_fills_while_the_output_is_finished(out, joined):
    resource = pytest.importorskip("resource")

    def join(encoded, output):
        output.write_bytes(encoded.read_bytes() * 100)

    target = open_output(out, JOB, finisher=join if joined else None)
    target.append(b"x" * 4095 + b"\n", Cursor(row=1), RowCounts(rows=1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = 5000 if joined else journal_of(out).stat().st_size + 10
    resource.setrlimit(resource.RLIMIT_FSIZE, (full, limits[1]))
    try:
        with pytest.raises(DataError, match=r"Writing .*o\.csv failed: File too large\. Correct"):
            target.finish()
        target.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not out.exists()
    again = open_output(out, JOB, finisher=join if joined else None)
    assert again.resumed.counts.rows == 1
    again.finish()
    assert out.stat().st_size == (409_600 if joined else 4096)
    assert names(out) == ["o.csv"]


@pytest.mark.parametrize("step", ["mkdir", "open"])
def test_a_folder_that_cannot_be_written(out, monkeypatch, step):
    def refused(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    patched = "pathlib.Path.mkdir" if step == "mkdir" else "os.open"
    with monkeypatch.context() as patch:
        patch.setattr(patched, refused)
        with pytest.raises(DataError, match=r"Writing .*o\.csv failed: Permission denied"):
            open_output(out, JOB)
