from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from emoscope.errors import DataError
from emoscope.evaluation.search_result import (
    FILE,
    Importance,
    SearchResult,
    TrialResult,
    read_search,
    short_keys,
    shown_value,
)

SPACE = {"model.strength": {"low": 0.1, "high": 1.0}, "model.words.ngrams": {"values": [[1, 2]]}}


def trial(number: int, value: float | None, **more: Any) -> TrialResult:
    values = {"model.strength": 0.5, "model.words.ngrams": [1, 2]}
    more = {"state": "complete", "evaluations": 1, **more}
    return TrialResult(number=number, value=value, values=values, **more)


def result(*trials: TrialResult, seeds: int = 1) -> SearchResult:
    return SearchResult("tiny", "macro_f1", SPACE, seeds, True, trials)


def test_the_spread_is_pooled_over_repeated_trials() -> None:
    """Worked by hand: variances 1 (two degrees) and 2 (one degree), in hundredths squared."""
    found = result(
        trial(0, 0.52, by_seed=(0.51, 0.52, 0.53)),
        trial(1, 0.51, by_seed=(0.50, 0.52)),
        trial(2, 0.60, by_seed=(0.60,)),
    )
    assert found.spread == pytest.approx(math.sqrt((2 * 1e-4 + 1 * 2e-4) / 3))
    assert result(trial(0, 0.5, by_seed=(0.5,))).spread is None


def test_chance_is_seeds_and_texts_together() -> None:
    """Two standard errors of a difference: seeds .003 for two seeds each, texts .004: .01."""
    seeds = (0.5 - 0.003 / math.sqrt(2), 0.5 + 0.003 / math.sqrt(2))
    found = result(trial(0, 0.5, by_seed=seeds, sample_error=0.004), trial(1, 0.6), seeds=2)
    assert found.spread == pytest.approx(0.003)
    assert found.seed_error == pytest.approx(0.003)
    assert found.doubt(found.trials[0]) == pytest.approx(0.01)
    assert found.doubt(found.trials[1]) == 0.0, "nothing is behind itself"


def test_trials_within_chance_are_tied_with_the_best() -> None:
    found = result(
        trial(0, 0.48, sample_error=0.011), trial(1, 0.50), trial(2, 0.48, sample_error=0.009),
        trial(3, 0.49, state="pruned"), trial(4, None, state="failed", evaluations=0),
        trial(5, 0.50),
    )  # fmt: skip
    assert found.best is not None
    assert found.best.number == 1, "the earlier of equals"
    assert [each.number for each in found.tied] == [0, 1, 5]
    assert len(found.judged) == 5
    assert found.evaluations == 5
    assert result().tied == ()


def test_one_figure_has_less_error_than_a_difference() -> None:
    found = result(trial(0, 0.5, sample_error=0.02), trial(1, 0.6, sample_error=0.0))
    assert found.figure_error == pytest.approx(0.02 / math.sqrt(2))


def test_what_is_saved_reads_back(tmp_path: Path) -> None:
    trials = (trial(0, 0.5, by_seed=(0.5, 0.6), seconds=1.5), trial(1, None, state="failed"))
    found = SearchResult(
        "tiny", "macro_f1", SPACE, 1, True, trials,
        (Importance("model.strength", 0.9, 0.8, 1.0, 0.7),),
    )  # fmt: skip
    found.save(tmp_path)
    assert read_search(tmp_path) == found
    assert read_search(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format_version": 99}', '{"format_version": 1, "trials": [{}]}']
)
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(DataError, match=r"search.json cannot be read .*emoscope tune"):
        read_search(tmp_path)


def test_keys_are_as_short_as_is_clear() -> None:
    keys = ["model.words.ngrams", "model.characters.ngrams", "model.strength", "seed"]
    assert list(short_keys(dict.fromkeys(keys)).values()) == [
        "words.ngrams", "characters.ngrams", "strength", "seed",
    ]  # fmt: skip


def test_values_are_shown_as_written() -> None:
    shown = [shown_value(value) for value in (0.0312345, 3e-5, 1, True, "none", [1, 2])]
    assert shown == ["0.0312", "3e-05", "1", "true", "none", "[1, 2]"]
