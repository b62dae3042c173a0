from __future__ import annotations

import numpy as np
import pytest

from emoscope.evaluation.risk_coverage import risk_coverage_curve


def test_risk_and_coverage_by_hand() -> None:
    right = np.array([True, False, True, True])
    top = np.array([0.9, 0.4, 0.6, 0.8])
    accuracy, answered = risk_coverage_curve(right, top, np.array([0.0, 0.5, 0.95]))
    assert accuracy[:2] == pytest.approx([0.75, 1.0])
    assert np.isnan(accuracy[2])
    assert answered.tolist() == [1.0, 0.75, 0.0]
