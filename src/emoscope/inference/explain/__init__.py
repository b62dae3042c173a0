"""Which words moved which emotion. Needs numpy only, and works on every scorer."""

from __future__ import annotations

from emoscope.inference.explain.explanation import Explanation, WordContribution
from emoscope.inference.explain.leave_one_out import (
    MOST_CHARACTERS,
    MOST_PIECES,
    Occlusion,
    explain,
    plan_occlusion,
)

__all__ = [
    "MOST_CHARACTERS",
    "MOST_PIECES",
    "Explanation",
    "Occlusion",
    "WordContribution",
    "explain",
    "plan_occlusion",
]
