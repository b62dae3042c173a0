from __future__ import annotations

import csv
from pathlib import Path

import pytest

from emoscope.data.examples import Examples
from emoscope.evaluation.behaviour.result import BehaviourResult, Failure, PassRate, TextAnswer
from emoscope.report.write import write_report

ANSWERS = (TextAnswer("<b>fine</b>", ("joy",), "joy", 0.9), TextAnswer("hm", (), "love", 0.25))
RESULT = BehaviourResult(
    (PassRate("invariance", None, 4, 3), PassRate("invariance", "case", 4, 3)),
    (Failure("suite:7", "invariance", "case", "the same answer", ANSWERS),),
    1,
    ("grief",),
)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("quick_files")
def test_a_run_with_tests_of_behaviour_shows_them(run: Path, examples: Examples) -> None:
    RESULT.save(run)
    page = write_report(run, examples).read_text(encoding="utf-8")
    assert "Passed: invariance 75.0 % of 4 cases. 1 case skipped" in page
    assert "&lt;b&gt;fine&lt;/b&gt;" in page
    rates = rows(run / "report" / "behaviour.csv")
    assert [(each["capability"], each["passed"]) for each in rates] == [("all", "3"), ("case", "3")]
    failures = rows(run / "report" / "behaviour_failures.csv")
    assert [each["answer"] for each in failures] == ["joy; joy 90.0 %", "no label; love 25.0 %"]


@pytest.mark.usefixtures("quick_files")
def test_a_run_without_shows_none(run: Path, examples: Examples) -> None:
    assert "Tests of behaviour" not in write_report(run, examples).read_text(encoding="utf-8")
