from __future__ import annotations

import numpy as np
import pytest

from emoscope.decisions.fallback import allowed_fallbacks, apply_fallback, check_fallback
from emoscope.errors import DecisionError

LABELS = ("anger", "joy", "neutral")


@pytest.mark.parametrize(
    ("rule", "filled"), [("none", [0, 0, 0]), ("top", [0, 1, 0]), ("neutral", [0, 0, 1])]
)
def test_each_rule(rule: str, filled: list[int]) -> None:
    passed = np.array([[0, 0, 0], [1, 1, 0]], dtype=np.bool_)
    probabilities = np.array([[0.1, 0.3, 0.2], [0.6, 0.7, 0.1]])
    found = apply_fallback(passed, probabilities, rule, LABELS)  # type: ignore[arg-type]
    assert found.astype(int).tolist() == [filled, [1, 1, 0]]
    assert passed.astype(int).tolist() == [[0, 0, 0], [1, 1, 0]]  # the input is left alone


def test_neutral_needs_its_label() -> None:
    assert allowed_fallbacks(LABELS) == ("none", "top", "neutral")
    assert allowed_fallbacks(("anger", "joy")) == ("none", "top")
    with pytest.raises(DecisionError, match="named 'neutral'"):
        check_fallback("neutral", ("anger", "joy"))


def test_unknown_rule() -> None:
    with pytest.raises(DecisionError, match="none, top, neutral"):
        check_fallback("first", LABELS)  # type: ignore[arg-type]
