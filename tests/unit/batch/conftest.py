"""A classifier that counts letters, and files to label."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.decisions import plain_policy
from emoscope.inference.classifier import EmotionClassifier
from emoscope.taxonomy import Task, make_taxonomy

TAXONOMY = make_taxonomy(
    "letters",
    ("joy", "love", "anger", "neutral"),
    {"mood": {"joy": "good", "love": "good", "anger": "bad"}},
)


class LetterScorer:
    """Label i scores the number of its letter in the text, minus one."""

    letters = "jlan"

    def __init__(self) -> None:
        self.labels = TAXONOMY.labels
        self.task: Task = "multi_label"
        self.sizes: list[int] = []

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.sizes.append(len(texts))
        counts = [[text.count(letter) for letter in self.letters] for text in texts]
        return np.array(counts, dtype=np.float32).reshape(len(texts), 4) - 1.0


@pytest.fixture
def classifier() -> EmotionClassifier:
    """A label holds when its letter stands in the text: j, l, a, n."""
    return EmotionClassifier(LetterScorer(), plain_policy(TAXONOMY.labels, "multi_label"), TAXONOMY)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file below tmp_path, gzipped when its name says so, and give its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write_file
