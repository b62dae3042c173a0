from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emoscope.evaluation.search_result import SearchResult, TrialResult
from emoscope.report.search import best_table, summarise, trials_table

SPACE = {
    "model.strength": {"low": 0.1, "high": 10.0},
    "model.words.min_texts": {"low": 1, "high": 3},
}


def trial(number: int, value: float | None, **more: Any) -> TrialResult:
    more = {"state": "complete", "sample_error": 0.004, "evaluations": 1, **more}
    return TrialResult(number, values={"model.strength": 0.25 * number + 0.1}, value=value, **more)


def result(*trials: TrialResult, **changes: Any) -> SearchResult:
    return replace(SearchResult("tiny", "macro_f1", SPACE, 1, True, trials), **changes)


def test_a_gain_is_told_from_chance() -> None:
    own = trial(0, 0.50, by_seed=(0.50, 0.51, 0.49))
    sure = " ".join(summarise(result(own, trial(1, 0.55), trial(2, 0.549))))
    assert "Best is trial 1, macro-F1 0.5500, +0.0500 over the recipe as it is" in sure
    assert "chance alone moves the two apart by 0.0294 at most" in sure
    assert "1 of 3 complete trials may be as good" in sure
    assert "Seeds move a figure by 0.0100 (standard deviation of 3 seeds in trial 0)" in sure
    vague = " ".join(summarise(result(own, trial(1, 0.52))))
    assert "chance alone may move the two that far apart (by 0.0294)" in vague


def test_finding_nothing_is_said() -> None:
    found = " ".join(summarise(result(trial(0, 0.5), trial(1, 0.4))))
    assert "the recipe as it is. Nothing better was found." in found
    assert "Of 2 complete trials no other may be as good" in found
    assert "How far seeds move a figure is not known" in found


def test_models_without_chance_of_their_own_are_told() -> None:
    found = " ".join(summarise(result(trial(0, 0.5, by_seed=(0.5, 0.5, 0.5)))))
    assert "Seeds do not move a figure: 3 of them gave the same" in found


def test_what_became_of_the_trials_is_counted() -> None:
    trials = (
        trial(0, 0.5, evaluations=4), trial(1, 0.2, state="pruned"),
        trial(2, None, state="failed", evaluations=0, error="Out of memory"),
    )  # fmt: skip
    first = summarise(result(*trials))[0]
    assert first == (
        "3 trials of tiny: 1 complete, 1 ended early, 1 failed. Validation was scored 5 times, "
        "test never."
    )
    table = trials_table(result(*trials))
    assert table.columns[-3:] == ("strength", "min_texts", "error")
    assert table.rows[2] == (2, "failed", None, None, 0, None, "0.6", "–", "Out of memory")


@pytest.mark.parametrize("starts_with_recipe", [True, False])
def test_the_best_trials_come_first(starts_with_recipe: bool) -> None:
    found = result(
        trial(0, 0.5), trial(1, 0.6), trial(2, 0.55), starts_with_recipe=starts_with_recipe
    )
    table = best_table(found, most=3)
    own = "0 (recipe)" if starts_with_recipe else "0"
    assert [row[0] for row in table.rows] == ["1", "2", own]
    assert [row[2] for row in table.rows] == ["yes", "no", "no"]
