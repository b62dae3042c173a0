from __future__ import annotations

import json
from pathlib import Path

import pytest

from emoscope.errors import DataError
from emoscope.evaluation.behaviour.result import (
    BehaviourResult,
    Failure,
    PassRate,
    TextAnswer,
    read_result,
)


def failure(where: str, capability: str) -> Failure:
    answer = TextAnswer("what a day 🙃", ("joy",), "joy", 0.75)
    return Failure(where, "minimum_functionality", capability, "annoyance", (answer,))


RESULT = BehaviourResult(
    (
        PassRate("minimum_functionality", None, 10, 6),
        PassRate("minimum_functionality", "emoji", 4, 0),
    ),
    (*(failure(f"f:{i}", "emoji") for i in range(4)), failure("f:9", "review")),
    skipped=2,
    missing_labels=("grief",),
)


def test_a_saved_result_is_read_as_it_was(tmp_path: Path) -> None:
    path = RESULT.save(tmp_path / "there")
    assert path == tmp_path / "there" / "behaviour.json"
    assert read_result(tmp_path / "there") == RESULT
    RESULT.save(tmp_path / "there")  # its own file is replaced
    assert read_result(tmp_path) is None


def test_json_has_rates_with_intervals() -> None:
    data = RESULT.to_json()
    assert data["rates"][0]["rate"] == pytest.approx(0.6)
    assert data["rates"][0]["interval"] == pytest.approx([0.3127, 0.8318], abs=1e-4)
    assert data["rates"][1]["interval"][0] == 0.0
    assert data["failures"][4]["answers"][0]["probability"] == 0.75
    assert data["skipped"] == 2


def test_a_file_of_the_users_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "behaviour.json").write_text("mine")
    with pytest.raises(DataError, match="did not write it"):
        RESULT.save(tmp_path)
    assert (tmp_path / "behaviour.json").read_text() == "mine"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"format_version": 2}',
        '{"format_version": 1, "rates": 3}',
        json.dumps({**RESULT.to_json(), "failures": [{"where": "f:1"}]}),
        json.dumps({**RESULT.to_json(), "skipped": "many"}),
        json.dumps({**RESULT.to_json(), "rates": [None]}),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "behaviour.json").write_text(content)
    with pytest.raises(DataError, match=r"behaviour\.json cannot be read .*emoscope check"):
        read_result(tmp_path)


def test_failures_shown_are_of_every_capability() -> None:
    assert [each.where for each in RESULT.varied_failures(3)] == ["f:0", "f:1", "f:9"]
    assert RESULT.varied_failures(0) == []
    assert len(RESULT.varied_failures(100)) == 5
