from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest

from emoscope.decisions.calibration import Calibration, no_calibration
from emoscope.errors import DecisionError
from emoscope.scorers import ensemble
from emoscope.scorers.ensemble import EnsembleScorer, Member
from emoscope.scorers.scorer import NotingScorer, Scored
from emoscope.taxonomy import Task


class LengthScorer:
    """Scores label k of a text with its length plus k, times a factor."""

    def __init__(
        self, factor: float, labels: tuple[str, ...] = ("joy", "anger"), task: Task = "multi_label"
    ) -> None:
        self.factor, self.labels, self.task = factor, labels, task
        self.texts: list[str] = []

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += texts
        columns = range(len(self.labels))
        scores = [[self.factor * (len(text) + k) for k in columns] for text in texts]
        return np.array(scores, dtype=np.float32).reshape(len(texts), len(self.labels))


class Noting(LengthScorer):
    """Notes the text itself, in parts of two texts."""

    def score_parts(self, texts: Iterable[str]) -> Iterator[Scored]:
        texts = list(texts)
        for start in range(0, len(texts), 2):
            part = texts[start : start + 2]
            yield Scored(self.logits(part), tuple((text,) for text in part))  # type: ignore[misc]


def member(factor: float, weight: float = 1.0, slope: float = 1.0, offset: float = 0.0) -> Member:
    line = Calibration("platt", np.full(2, slope), np.full(2, offset))
    return Member(LengthScorer(factor), line, weight)


def test_the_mean_of_calibrated_scores() -> None:
    # "ab": (2, 3) * 2 + 1 = (5, 7) and (20, 30) / 10 - 3 = (-1, 0); means (2, 3.5)
    joined = EnsembleScorer([member(1, slope=2, offset=1), member(10, slope=0.1, offset=-3)])
    scores = joined.logits(["ab", ""])
    np.testing.assert_allclose(scores, [[2.0, 3.5], [-1.0, 0.5]], atol=1e-6)
    assert scores.dtype == np.float32
    assert (joined.labels, joined.task) == (("joy", "anger"), "multi_label")


def test_weights_count_by_their_share() -> None:
    joined = EnsembleScorer([member(1, weight=30), member(-1, weight=10)])
    np.testing.assert_allclose(joined.logits(["abcd"]), [[2.0, 2.5]])  # (3 * 4 - 4) / 4


def test_a_member_without_weight_is_not_asked() -> None:
    idle = member(5, weight=0)
    joined = EnsembleScorer([member(1), idle])
    np.testing.assert_allclose(joined.logits(["abcd"]), [[4.0, 5.0]])
    assert not idle.scorer.texts  # type: ignore[attr-defined]


@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.0, 1.0), (3.0, 0.0)])
def test_parts_are_the_same_scores_with_the_notes_of_the_first(
    weights: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble, "chunks", lambda texts: [["a", "bb", "ccc"], ["dddd"]])
    first = Member(Noting(2.0), no_calibration(2), weights[0])
    joined = EnsembleScorer([first, member(1, weights[1], slope=3)])
    assert isinstance(joined, NotingScorer)
    texts = ["a", "bb", "ccc", "dddd"]
    parts = list(joined.score_parts(iter(texts)))
    assert [len(part) for part in parts] == [3, 1]
    whole = Scored.join(parts)
    np.testing.assert_array_equal(whole.scores, joined.logits(texts))
    assert whole.notes == (("a",), ("bb",), ("ccc",), ("dddd",))


def test_no_notes_from_a_first_member_without_any() -> None:
    joined = EnsembleScorer([member(1), member(2)])
    (part,) = joined.score_parts(["a", "b"])
    assert part.notes == ((), ())


def test_no_text_gives_no_row() -> None:
    joined = EnsembleScorer([member(1), member(2)])
    assert joined.logits([]).shape == (0, 2)
    assert list(joined.score_parts([])) == []


@pytest.mark.parametrize(
    "weights", [(), (0.0, 0.0), (2.0, -1.0), (float("nan"), 1.0), (float("inf"), 1.0)]
)
def test_weights_that_mean_nothing(weights: tuple[float, ...]) -> None:
    with pytest.raises(DecisionError, match="at least one member"):
        EnsembleScorer([member(1, weight) for weight in weights])


@pytest.mark.parametrize(
    "other",
    [
        LengthScorer(1, ("anger", "joy")),
        LengthScorer(1, ("joy", "anger", "fear")),
        LengthScorer(1, task="single_label"),
    ],
)
def test_members_of_other_labels(other: LengthScorer) -> None:
    with pytest.raises(DecisionError, match="Member 2 of the ensemble has other labels"):
        EnsembleScorer([member(1), Member(other, no_calibration(len(other.labels)))])
