from __future__ import annotations

import pytest

from emoscope.data.label_interpretation import Labelling, known_names, settle_task, taxonomy_of
from emoscope.errors import DataError
from emoscope.taxonomy import EMOTION, GOEMOTIONS, Taxonomy


def labelling(indices, may_have_none=False):
    return Labelling(indices, Taxonomy("own", ("joy", "anger", "fear")), may_have_none)


def at(row: int) -> str:
    return f"line {row + 2}"


def test_known_label_sets_are_recognised_in_any_order():
    assert taxonomy_of(tuple(reversed(GOEMOTIONS.labels))) is GOEMOTIONS
    assert taxonomy_of(sorted(EMOTION.labels)) is EMOTION
    assert taxonomy_of(["joy", "anger"]) == Taxonomy("own", ("joy", "anger"))


def test_the_name_of_a_taxonomy_stands_for_its_labels():
    assert known_names(["emotion"]) == EMOTION.labels
    assert known_names(["a", "b"]) == ("a", "b")
    assert known_names([]) == ()


@pytest.mark.parametrize(
    ("indices", "bare", "task", "why"),
    [
        ([(0,), (1,)], False, "single_label", "every text has one label"),
        ([(0,), (1,)], True, "single_label", "every text has one label"),
        ([(0,), (0, 1)], False, "multi_label", "more than one label"),
        ([(0,), ()], True, "multi_label", "may have no label"),
        ([(0, 1), ()], False, "multi_label", "more than one label"),
    ],
)
def test_the_task_is_inferred_and_told(indices, bare, task, why):
    found, note = settle_task(labelling(indices, bare), None, at)
    assert found == task
    assert why in note


def test_the_task_can_be_given():
    assert settle_task(labelling([(0,), (1,)]), "multi_label", at)[0] == "multi_label"
    assert settle_task(labelling([(0,), ()]), "multi_label", at)[0] == "multi_label"


@pytest.mark.parametrize("given", [None, "single_label"])
def test_an_empty_label_cell_is_named_in_a_single_label_task(given):
    with pytest.raises(DataError, match=r"line 3: no label.*2 of 4 rows"):
        settle_task(labelling([(0,), (), (1,), ()]), given, at)


def test_two_labels_are_named_in_a_single_label_task():
    with pytest.raises(DataError, match=r"line 3: 2 labels \(joy, fear\)"):
        settle_task(labelling([(0,), (0, 2)]), "single_label", at)
