"""Files of texts and of labels, and shares that were counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emoscope.trends import Trends
from emoscope.trends.counting import Counts


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file below tmp_path and give its path."""

    def write_file(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8", newline="")
        return path

    return write_file


@pytest.fixture
def two_groups() -> Trends:
    """Two groups, three days of which one is empty, and two labels."""
    counts = Counts(
        "day",
        np.arange(19_787, 19_790),  # from 2024-03-05 on
        np.array([[10, 0, 4], [2, 0, 0]]),
        np.array([[[1, 5], [0, 0], [4, 0]], [[2, 0], [0, 0], [0, 0]]]),
    )
    return Trends(("joy", "neutral"), ("a", ""), counts, time="when", by="source", rows=16)
