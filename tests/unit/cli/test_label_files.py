from __future__ import annotations

import io
import sys
from pathlib import Path

from emoscope.batch.summary import Progress, Summary
from emoscope.cli.label_files import Speed, bar, summary_lines
from emoscope.progress import HowFar, read_progress


def summary(**changes):
    values = {
        "rows": 1200, "unread": 0, "examples": (), "labels": {"joy": 700, "fear": 3},
        "text_notes": {"low_coverage": 3, "long_text": 1}, "text_column": "body", "added": (),
        "error_column": "error", "output": None, "resumed": 0, "seconds": 2.0,
    }  # fmt: skip
    return Summary(**(values | changes))


def test_the_summary():
    assert summary_lines(summary(output=Path("o.csv"), notes=("f.csv changed",))) == [
        "1,200 rows labelled by 'body', 600 rows a second",
        "most frequent: joy 700, fear 3",
        "notes: 3 texts low_coverage, 1 text long_text",
        "f.csv changed",
        "labelled   o.csv",
    ]


def test_rows_that_could_not_be_read_are_counted_and_shown():
    lines = summary_lines(
        summary(unread=1, examples=("f.csv, line 3: no text",), error_column="e_error")
    )
    assert lines[1:3] == [
        "1 row could not be read; the column e_error says why:",
        "  f.csv, line 3: no text",
    ]
    assert summary_lines(summary(unread=2))[1].startswith("2 rows could")


def test_rows_of_an_interrupted_job_do_not_count_for_the_speed():
    first, *_ = summary_lines(summary(resumed=1000))
    assert first.endswith(", 1,000 of them by an interrupted job, 100 rows a second")


def test_speed_counts_from_the_first_chunk_of_this_process():
    speed = Speed()
    assert speed.text(Progress(0, None, "checking"), 1.0) == ""
    assert speed.text(Progress(5000, 0.5, "labelling"), 100.0) == "5,000 rows"  # 4,000 were there
    assert speed.text(Progress(6000, 0.6, "labelling"), 104.0) == "6,000 rows, 250/s"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_share_rows_speed_and_time_left_of_this_process(monkeypatch):
    terminal, clock = Terminal(), [0.0]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("rich.console.monotonic", lambda: clock[0])
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with bar() as update:
        update(Progress(0, None, "checking"))
        clock[0] = 1.0
        for rows in (600, 700, 800):  # 500 of an earlier run, which cost no time
            update(Progress(rows, rows / 1000, "labelling"))
            clock[0] += 50.0
    last = terminal.getvalue().splitlines()[-2]
    for part in ("labelling", "80%", "800 rows, 2/s", "0:01:40"):
        assert part in last


def test_a_pipe_shows_nothing(monkeypatch):
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with bar() as update:
        update(Progress(5, 0.5, "labelling"))
    assert pipe.getvalue() == ""


def test_a_file_gets_share_and_rows(monkeypatch, tmp_path):
    monkeypatch.setenv("EMOSCOPE_PROGRESS", str(tmp_path / "p.json"))
    with bar() as progress:
        progress(Progress(0, None, "checking"))
        assert read_progress(tmp_path / "p.json") == HowFar("checking", 0.0, None)
        progress(Progress(5000, 0.5, "labelling"))
    assert read_progress(tmp_path / "p.json") == HowFar("labelling", 0.5, 1.0, "5,000 rows")
