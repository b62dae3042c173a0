"""What a classifier says of one text, as a value."""

from __future__ import annotations

from dataclasses import replace

from emoscope.inference.prediction import Prediction


def test_predictions_are_values() -> None:
    one = Prediction("so good", ("joy",), {"joy": 0.9, "anger": 0.1}, {"joy": 0.5, "anger": 0.5})
    same = replace(one, probabilities={"anger": 0.1, "joy": 0.9})
    other = replace(one, probabilities={"joy": 0.8, "anger": 0.1})
    assert hash(one) == hash(same)
    assert {one, same} == {one}
    assert one != other
    assert len({one, other}) == 2
