from __future__ import annotations

import pytest

from emoscope.evaluation.error_analysis.surface_features import FEATURES, feature_mask


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
