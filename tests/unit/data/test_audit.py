from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.data.audit import RepeatsAcross, RepeatsWithin, audit
from emoscope.data.emotion import read_emotion
from emoscope.data.goemotions import read_goemotions


def test_a_small_audit_worked_by_hand(make_examples):
    found = audit(
        make_examples(
            [
                ("thanks", "joy", "train"),
                ("thanks", "joy", "train"),
                ("thanks", "anger", "train"),  # conflicts
                ("no", "anger", "train"),
                ("no", "anger", "train"),  # repeats, agrees
                ("Thanks ", "joy", "validation"),  # in train, when folded
                ("no", "anger fear", "validation"),  # in train, conflicts
                ("no", "anger fear", "validation"),
                (" \u200b", "fear", "test"),  # nothing is left of it
                ("odd", "", "test"),
            ]
        )
    )
    assert found.exact.within == (
        RepeatsWithin("train", texts=2, surplus_rows=3, conflicting=1),
        RepeatsWithin("validation", texts=1, surplus_rows=1, conflicting=0),
        RepeatsWithin("test", texts=0, surplus_rows=0, conflicting=0),
    )
    assert found.exact.across == (
        RepeatsAcross("train", "validation", texts=1, rows=2, conflicting=1),
        RepeatsAcross("train", "test", texts=0, rows=0, conflicting=0),
        RepeatsAcross("validation", "test", texts=0, rows=0, conflicting=0),
    )
    assert found.folded.across[0] == RepeatsAcross(
        "train", "validation", texts=2, rows=3, conflicting=2
    )
    assert found.empty == {"train": 0, "validation": 0, "test": 1}
    assert found.without_label == {"train": 0, "validation": 0, "test": 1}


def test_splits_without_rows_do_not_appear(make_examples):
    found = audit(make_examples([("a", "joy", "test")]))
    assert [each.split for each in found.exact.within] == ["test"]
    assert found.exact.across == ()


def numbers(found) -> tuple[list[list[int]], list[list[int]]]:
    return (
        [[w.texts, w.surplus_rows, w.conflicting] for w in found.within],
        [[a.texts, a.rows, a.conflicting] for a in found.across],
    )


@pytest.mark.real_data
def test_goemotions_has_the_known_repeats(real_data: Path):
    found = audit(read_goemotions(real_data / "goemotions"))
    assert numbers(found.exact) == (
        [[118, 183, 58], [2, 3, 1], [5, 6, 1]],
        [[41, 43, 15], [32, 37, 13], [10, 13, 4]],
    )
    assert numbers(found.folded)[1] == [[46, 49, 17], [37, 42, 17], [11, 14, 5]]
    assert not any(found.empty.values())
    assert not any(found.without_label.values())


@pytest.mark.real_data
def test_emotion_has_the_known_repeats(real_data: Path):
    found = audit(read_emotion(real_data / "emotion"))
    assert numbers(found.exact) == (
        [[31, 31, 30], [2, 2, 2], [0, 0, 0]],
        [[5, 5, 5], [11, 11, 11], [3, 3, 3]],
    )
