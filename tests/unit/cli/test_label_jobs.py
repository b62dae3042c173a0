from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.cli.label_jobs import label_submission
from emoscope.errors import DataError, DataNotFound


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv.gz", "c.txt", "d.json", "data"):
        (tmp_path / name).write_text("text\nhello\n")
    return tmp_path


def submission(line: str, inputs: str, output: str | None, **options: object):
    words = tuple(f"predict {line}".split())
    return label_submission(
        words, inputs.split(), None if output is None else Path(output), **options
    )


def test_a_folder_gets_a_file_for_each_input(here: Path) -> None:
    inputs = "a.csv b.csv.gz c.txt d.json"
    found = submission(f"{inputs} --wide -o out --text body --restart", inputs, "out")
    assert [str(work.leaves) for work in found.works] == [
        "out/a.csv", "out/b.csv.gz", "out/c.jsonl", "out/d.jsonl",
    ]  # fmt: skip
    first = found.works[0]
    assert first.arguments == (
        "predict", "--wide", "--text", "body", "--restart", "--output", "out/a.csv", "--", "a.csv",
    )  # fmt: skip
    assert "--restart" not in first.again, "it would throw away what was labelled"
    assert found.makes == Path("out")
    assert not (here / "out").exists()


@pytest.mark.parametrize("given", ["-o out", "--output out", "--output=out", "-oout"])
def test_however_the_output_is_given(here: Path, given: str) -> None:
    (work,) = submission(f"{given} -- a.csv", "a.csv", "out").works
    assert work.arguments == ("predict", "--output", "out/a.csv", "--", "a.csv")


def test_the_format_may_be_asked_for(here: Path) -> None:
    (work,) = submission("b.csv.gz", "b.csv.gz", "out", written="jsonl").works
    assert work.leaves == Path("out/b.jsonl")
    (work,) = submission("data", "data", "out", read_as="tsv").works
    assert work.leaves == Path("out/data.tsv")


def test_a_pattern_is_the_files_that_it_fits(here: Path) -> None:
    found = submission("*.csv* -o out", "*.csv*", "out")
    assert [work.arguments[-1] for work in found.works] == ["a.csv", "b.csv.gz"]


def test_a_file_gets_all_rows_from_one_job(here: Path) -> None:
    line = "a.csv b.csv.gz -o all.csv --restart"
    (work,) = submission(line, "a.csv b.csv.gz", "all.csv").works
    assert work.arguments == tuple(f"predict {line}".split())
    assert work.again == work.arguments[:-1]
    assert work.leaves == Path("all.csv")


@pytest.mark.parametrize(
    ("inputs", "output", "error", "said"),
    [
        ("a.csv", None, DataError, "A job reads files and writes files"),
        ("-", "out", DataError, "A job reads files and writes files"),
        ("a.csv", "-", DataError, "A job reads files and writes files"),
        ("gone.csv", "out", DataNotFound, r"gone\.csv"),
        ("a.csv", "a.csv", DataError, "is an input as well"),
        ("a.csv", "all.txt", DataError, "cannot tell which format to write"),
        ("a.csv sub/a.csv", "out", DataError, r"a\.csv and sub/a\.csv would both be labelled"),
        ("a.csv", "full", DataError, r"full/a\.csv exists already"),
        ("sub/a.csv", "sub", DataError, "is an input as well"),
    ],
)
def test_what_cannot_be_labelled_so_is_said(here: Path, inputs, output, error, said) -> None:
    for folder in ("sub", "full"):
        (here / folder).mkdir()
        (here / folder / "a.csv").write_text("text\nhello\n")
    before = sorted(here.rglob("*"))
    with pytest.raises(error, match=said):
        submission(inputs, inputs, output)
    assert sorted(here.rglob("*")) == before


def test_files_may_be_replaced(here: Path) -> None:
    (here / "out").mkdir()
    (here / "out" / "a.csv").write_text("former")
    (work,) = submission("a.csv --overwrite", "a.csv", "out", overwrite=True).works
    assert work.replaces
