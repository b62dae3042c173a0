"""Texts whose words tell their label, and settings that train on them at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

WORDS = {
    "joy": ("happy", "glad", "smile", "sunny"),
    "fear": ("afraid", "scared", "dark", "trembling"),
    "anger": ("mad", "furious", "hateful", "shouting"),
}


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"repeats": 1, "folds": 2, "characters": False}


@pytest.fixture
def texts() -> list[str]:
    random = np.random.default_rng(0)
    names = list(WORDS)
    return [f"{' '.join(random.choice(WORDS[names[i % 3]], 3))} number{i}" for i in range(90)]


@pytest.fixture
def labels() -> list[str]:
    names = list(WORDS)
    return [names[i % 3] for i in range(90)]


@pytest.fixture
def matrix(labels: list[str]) -> np.ndarray[Any, Any]:
    """Columns joy, fear, anger; every ninth text has joy and fear, every tenth nothing."""
    held = np.array([[label == name for name in WORDS] for label in labels], dtype=np.int64)
    held[::9, :2] = 1
    held[::10] = 0
    return held
