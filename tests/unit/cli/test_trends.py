"""``emoscope trends`` as a person types it."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import emoscope.loading
from emoscope.cli import main, trend_table
from emoscope.cli.trend_table import side_by_side
from emoscope.cli.trends import trends
from emoscope.errors import DataError, MissingExtra
from emoscope.inference.classifier import EmotionClassifier

app = typer.Typer()
app.command()(trends)

ROWS = (
    "when,site,text\n"
    "2024-03-05,forum,joy\n"
    "2024-03-05,forum,so much joy\n"
    "2024-03-05,mail,anger\n"
    "2024-03-07,mail,so much joy again\n"
    "soon,mail,joy\n"
)
can_draw = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="charts need the report extra"
)


@pytest.fixture
def file(
    tmp_path: Path,
    goemotions_classifier: EmotionClassifier,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    monkeypatch.setattr(emoscope.loading, "load", lambda model: goemotions_classifier)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(ROWS)
    return Path("t.csv")


@pytest.fixture
def no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the report extra were not installed."""
    kept = {name: sys.modules[name] for name in sys.modules if name.startswith("emoscope.report")}
    for name in kept:
        monkeypatch.delitem(sys.modules, name)
    # the new import sets it on the package too, where others would then find half a report
    monkeypatch.setattr(emoscope, "report", None, raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    yield
    for name in [name for name in sys.modules if name.startswith("emoscope.report")]:
        del sys.modules[name]


def invoke(*arguments: object):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_a_table_with_shares_and_intervals(file: Path) -> None:
    done = invoke(file, "--time", "when", "--no-chart", "--labels", "joy, anger")
    assert done.exit_code == 0, done.exception
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
    assert lines[0] == ["day", "texts", "joy", "anger"]
    # Wilson: 2 of 3 is 20.8 to 93.9 %, 1 of 3 the rest of it, 1 of 1 is from 20.7 % on
    assert lines[2:5] == [
        ["2024-03-05", "3", "66.7", "(20.8–93.9)", "33.3", "(6.1–79.2)"],
        ["2024-03-06", "0", "–", "–"],
        ["2024-03-07", "1", "100.0", "(20.7–100.0)", "0.0", "(0.0–79.3)"],
    ]
    assert "no more than chance may do among 4 shares" in done.stdout
    assert "4 of 5 rows counted, by texts in column 'text'" in done.stderr
    assert "1 row without a time that can be read in 'when':" in done.stderr
    assert "t.csv, line 6: 'soon'" in done.stderr


def test_a_table_a_group(file: Path) -> None:
    done = invoke(file, "--time", "when", "--by", "site", "--no-chart", "--top", 1)
    assert done.stdout.index("site: forum") < done.stdout.index("site: mail")
    assert "joy" in done.stdout
    assert "anger" not in done.stdout


def test_the_file_holds_all_and_the_table_the_most_frequent(file: Path) -> None:
    done = invoke(file, "--time", "when", "--no-chart", "-o", "out.jsonl")
    assert done.exit_code == 0, done.exception
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert len(rows) == 2 * 28
    assert {row["period"] for row in rows} == {"2024-03-05", "2024-03-07"}
    assert "6 of 28 labels are shown, the most frequent, neutral aside" in done.stderr
    assert isinstance(invoke(file, "--time", "when", "-o", "out.jsonl").exception, DataError)
    again = invoke(file, "--time", "when", "-o", "out.jsonl", "--overwrite", "--top", 2,
                   "--no-chart")  # fmt: skip
    assert again.exit_code == 0
    assert len(Path("out.jsonl").read_text().splitlines()) == 2 * 2


def test_the_input_is_never_written_over(file: Path) -> None:
    done = invoke(file, "--time", "when", "-o", file, "--overwrite")
    assert isinstance(done.exception, DataError)
    assert file.read_text() == ROWS


@can_draw
@pytest.mark.parametrize(
    ("options", "place"),
    [
        ((), "runs/trends/t"),
        (("-o", "out.csv.gz"), "out"),
        (("--chart", "pictures/mine.svg", "--by", "site"), "pictures/mine"),
    ],
)
def test_the_chart_has_its_place(file: Path, options: tuple[str, ...], place: str) -> None:
    done = invoke(file, "--time", "when", "--labels", "joy", *options)
    assert done.exit_code == 0, done.exception
    assert Path(f"{place}.png").is_file()
    assert Path(f"{place}.svg").is_file()
    assert f"chart      {Path(place)}" in done.stderr


@pytest.mark.parametrize("options", [("-o", "out.csv"), ("--chart", "out.svg")])
@pytest.mark.parametrize("name", ["out.png", "out.svg"])
def test_a_picture_of_the_users_is_left_alone(
    file: Path, options: tuple[str, ...], name: str
) -> None:
    Path(name).write_bytes(b"mine")
    done = invoke(file, "--time", "when", *options)
    assert done.exit_code != 0
    assert "exists already" in str(done.exception)
    assert Path(name).read_bytes() == b"mine"
    assert not Path("out.csv").exists()


@pytest.mark.slow
@can_draw
def test_the_chart_of_a_pattern_has_a_plain_name(file: Path) -> None:
    assert invoke("t*.csv", "--time", "when", "--labels", "joy").exit_code == 0
    assert Path("runs/trends/t.png").is_file()


def test_a_chart_of_another_kind_is_refused_before_anything_is_read(file: Path) -> None:
    done = invoke("missing.csv", "--time", "when", "--chart", "c.gif")
    assert isinstance(done.exception, DataError)
    assert ".png and .svg" in str(done.exception)


def test_without_the_extra_the_table_is_there_and_a_line_says_what_to_install(
    file: Path, no_matplotlib: None
) -> None:
    done = invoke(file, "--time", "when", "-o", "out.csv")
    assert done.exit_code == 0, done.exception
    assert "2024-03-07" in done.stdout
    assert Path("out.csv").is_file()
    (line,) = (line for line in done.stderr.splitlines() if "pip install" in line)
    assert line.startswith("No chart: ")
    assert '"emoscope[report]"' in line


def test_a_chart_that_was_asked_for_by_name_is_missed(file: Path, no_matplotlib: None) -> None:
    done = invoke(file, "--time", "when", "--chart", "c.png")
    assert isinstance(done.exception, MissingExtra)
    assert "2024-03-07" in done.stdout  # the work is not lost


def test_a_terminal_shows_the_latest_periods(
    file: Path, goemotions_classifier: EmotionClassifier, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from emoscope.trends import TrendOptions, measure_trends

    monkeypatch.setattr(trend_table, "MOST_ROWS", 1)
    found = measure_trends(file, TrendOptions(time="when"), goemotions_classifier)
    trend_table.show_trends(found.select(["joy"]), width=80, whole=False)
    shown = capsys.readouterr().out
    assert "2024-03-05" not in shown.split("Shares")[0]
    assert "1 earlier periods with texts are not shown; -o FILE keeps all." in shown


@pytest.mark.parametrize(
    ("widths", "room", "expected"),
    [
        ([10, 10, 10], 39, [[0, 1, 2]]),
        ([10, 10, 10], 38, [[0, 1], [2]]),
        ([50, 10], 20, [[0], [1]]),
        ([], 20, []),
    ],
)
def test_columns_that_fit(widths: list[int], room: int, expected: list[list[int]]) -> None:
    assert side_by_side(widths, room) == expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--time", "wen"), "Did you mean 'when'?"),
        (("--time", "site"), "'forum'"),
        (("--time", "when", "--by", "sit"), "Did you mean 'site'?"),
        (("--time", "when", "--labels", "jooy"), "Did you mean 'joy'?"),
        (("--time", "when", "--strict"), "line 6"),
    ],
)
def test_what_is_wrong_is_one_paragraph_and_exit_code_2(
    file: Path,
    arguments: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["emoscope", "trends", str(file), *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("emoscope: ")
    assert said in error
    assert error.count("\n") == 1
