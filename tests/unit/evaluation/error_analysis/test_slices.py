from __future__ import annotations

import math

import numpy as np
import pytest

from emoscope.evaluation.error_analysis.slices import (
    FEATURES,
    feature_mask,
    label_count_slices,
    length_slices,
    measure_slice,
    surface_slices,
)

TRUTH = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=bool)
PREDICTED = np.array([[1, 0], [1, 0], [1, 0], [0, 0]], dtype=bool)


def test_micro_f1_and_exact_matches_by_hand() -> None:
    found = measure_slice("multi_label", "kind", "name", TRUTH, PREDICTED)
    assert found.n_texts == 4
    assert found.value == pytest.approx(2 * 2 / (3 + 4))
    assert found.exact == 0.5
    assert found.low <= found.value <= found.high


def test_no_texts_is_nan_not_an_error() -> None:
    found = measure_slice("multi_label", "kind", "name", TRUTH[:0], PREDICTED[:0])
    assert found.n_texts == 0
    assert math.isnan(found.value)


def test_parts_by_number_of_labels() -> None:
    found = label_count_slices("multi_label", TRUTH, PREDICTED, most=2)
    assert [(part.name, part.n_texts) for part in found] == [("0", 1), ("1", 2), ("2 or more", 1)]


def test_parts_by_length_hold_every_text_once() -> None:
    texts = [" ".join(["word"] * n) for n in (1, 1, 1, 5, 9, 14, 30, 200)] * 5
    truth = np.eye(2, dtype=bool)[np.arange(40) % 2]
    found = length_slices("single_label", texts, truth, truth)
    assert sum(part.n_texts for part in found) == 40
    assert found[0].name == "1–4" or found[0].name == "1"
    assert found[-1].name.endswith("200")


def test_texts_that_are_all_as_long_are_one_part() -> None:
    found = length_slices("multi_label", ["a b"] * 4, TRUTH, PREDICTED)
    assert [(part.name, part.n_texts) for part in found] == [("2", 4)]


def test_surface_ends_with_texts_that_have_no_feature() -> None:
    found = surface_slices("multi_label", ["why?", "no!", "fine", "fine"], TRUTH, PREDICTED)
    counts = {part.name: part.n_texts for part in found}
    assert counts["question mark"] == counts["negation"] == counts["exclamation mark"] == 1
    assert found[-1].name == "none of these"
    assert found[-1].n_texts == 2


@pytest.mark.parametrize(
    ("feature", "text", "has"),
    [
        ("negation", "I do NOT care", True),
        ("negation", "that isn’t it", True),
        ("negation", "i dont know", True),
        ("negation", "i didn t know", True),
        ("negation", "a knot, a note, nothingness", False),
        ("question mark", "really?", True),
        ("exclamation mark", "really", False),
        ("emoji", "so good 😂", True),
        ("emoji", "a ❤ for you", True),
        ("emoji", "flag 🇩🇪", True),
        ("emoji", "3 of 10 → #1", False),
        ("word in capitals", "this is GREAT", True),
        ("word in capitals", "[NAME] and [RELIGION] said OK", False),
        ("word in capitals", "ÉTÉ", True),
        ("word in capitals", "A B C", False),
    ],
)
def test_features(feature: str, text: str, has: bool) -> None:
    assert FEATURES[feature](text) is has


def test_a_mask_has_one_entry_a_text() -> None:
    assert feature_mask("question mark", ["a?", "b", "c?"]).tolist() == [True, False, True]
    assert feature_mask("emoji", []).shape == (0,)
