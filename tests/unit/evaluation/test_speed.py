from __future__ import annotations

from pathlib import Path

from emoscope.evaluation import speed


def test_a_model_that_loads_is_timed(goemotions_classifier, monkeypatch) -> None:
    monkeypatch.setattr(speed, "load_with", lambda *_: goemotions_classifier)
    found = speed.measure_speed(Path("any"))
    assert found is not None
    assert found.n_texts == speed.TEXTS
    assert found.texts_per_second > 0
    assert goemotions_classifier.scorer.calls == 1 + speed.PASSES
