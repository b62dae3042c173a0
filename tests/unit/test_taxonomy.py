from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.errors import TaxonomyError
from emoscope.taxonomy import EMOTION, GOEMOTIONS, TAXONOMIES, Taxonomy, make_taxonomy

PETS = make_taxonomy("pets", ["cat", "lion", "dog"], {"kind": {"cat": "feline", "lion": "feline"}})


def test_goemotions_has_the_official_order() -> None:
    assert len(GOEMOTIONS) == 28
    assert (GOEMOTIONS.labels[0], GOEMOTIONS.labels[26], GOEMOTIONS.labels[27]) == (
        "admiration",
        "surprise",
        "neutral",
    )
    assert list(GOEMOTIONS.labels[:27]) == sorted(GOEMOTIONS.labels[:27])


def test_ekman_is_six_and_neutral() -> None:
    assert GOEMOTIONS.rollup("ekman").labels == (
        "anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral",
    )  # fmt: skip


def test_sentiment_is_four_groups() -> None:
    rollup = GOEMOTIONS.rollup("sentiment")
    assert rollup.labels == ("positive", "negative", "ambiguous", "neutral")
    sizes = dict(zip(rollup.labels, rollup.matrix.sum(axis=0).tolist(), strict=True))
    assert sizes == {"positive": 12, "negative": 11, "ambiguous": 4, "neutral": 1}


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["ekman", "sentiment"])
def test_rollups_equal_the_published_mappings(real_data: Path, name: str) -> None:
    path = real_data / "goemotions" / f"{name}_mapping.json"
    published = json.loads(path.read_text(encoding="utf-8"))
    rollup = GOEMOTIONS.rollup(name)
    ours: dict[str, set[str]] = {}
    for fine, group in zip(GOEMOTIONS.labels, rollup.groups, strict=True):
        if fine != "neutral":
            ours.setdefault(rollup.labels[group], set()).add(fine)
    assert ours == {coarse: set(members) for coarse, members in published.items()}


def test_emotion_rolls_up_to_what_it_has() -> None:
    assert EMOTION.rollup("ekman").labels == ("anger", "fear", "joy", "sadness", "surprise")
    assert EMOTION.rollup("sentiment").labels == ("positive", "negative", "ambiguous")


def test_labels_left_out_of_a_rollup_stay_alone() -> None:
    assert PETS.rollup("kind").labels == ("feline", "dog")


def test_a_coarse_label_holds_when_any_member_holds() -> None:
    held = PETS.rollup("kind").roll_labels([[1, 0, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]])
    assert held.tolist() == [[True, False], [False, True], [True, True], [False, False]]


def test_multi_label_probability_is_that_of_at_least_one_member() -> None:
    rolled = PETS.rollup("kind").roll_probabilities([[0.5, 0.2, 0.7]], "multi_label")
    np.testing.assert_allclose(rolled, [[1 - 0.5 * 0.8, 0.7]], atol=1e-6)


def test_single_label_probability_is_the_sum() -> None:
    rolled = PETS.rollup("kind").roll_probabilities([[0.5, 0.2, 0.3]], "single_label")
    np.testing.assert_allclose(rolled, [[0.7, 0.3]], atol=1e-6)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_coarse_probability_is_at_least_the_largest_member(fine: list[float]) -> None:
    rolled = PETS.rollup("kind").roll_probabilities([fine], "multi_label")[0]
    assert rolled[0] >= max(fine[:2]) - 1e-5
    assert 0.0 <= rolled.min() <= rolled.max() <= 1.0


@pytest.mark.parametrize("taxonomy", [*TAXONOMIES.values(), PETS], ids=lambda t: t.name)
def test_json_round_trip(taxonomy: Taxonomy) -> None:
    again = Taxonomy.from_json(json.loads(json.dumps(taxonomy.to_json())))
    assert again == taxonomy


def test_unknown_label_names_the_nearest() -> None:
    with pytest.raises(TaxonomyError, match="Did you mean 'joy'"):
        GOEMOTIONS.index("joi")


def test_unknown_rollup_names_those_there_are() -> None:
    with pytest.raises(TaxonomyError, match="ekman, sentiment"):
        GOEMOTIONS.rollup("colours")


@pytest.mark.parametrize(
    ("labels", "rollups", "said"),
    [
        ([], {}, "no labels"),
        (["a", "a"], {}, "more than once: a"),
        (["a", "b"], {"r": {"c": "x"}}, "'c'"),
    ],
)
def test_impossible_taxonomies(
    labels: list[str], rollups: dict[str, dict[str, str]], said: str
) -> None:
    with pytest.raises(TaxonomyError, match=said):
        make_taxonomy("bad", labels, rollups)
