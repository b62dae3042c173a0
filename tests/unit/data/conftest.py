"""Every test of this folder starts without environment, cache or network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from emoscope.data.examples import Examples
from emoscope.taxonomy import Task, Taxonomy


@pytest.fixture(autouse=True)
def bare_environment(no_data: None):
    """As on a machine without data."""


@pytest.fixture
def write(tmp_path: Path):
    """Write a file below tmp_path from text or bytes, and give its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


MakeExamples = Callable[..., Examples]


@pytest.fixture
def make_examples() -> MakeExamples:
    """Build Examples from (text, label names, split) rows."""

    def make(
        rows: Sequence[tuple[str, str, str]],
        labels: Sequence[str] = ("joy", "anger", "fear"),
        task: Task = "multi_label",
    ) -> Examples:
        held = [[label in names.split() for label in labels] for _, names, _ in rows]
        return Examples(
            texts=tuple(text for text, _, _ in rows),
            labels=np.array(held, dtype=np.bool_).reshape(len(rows), len(labels)),
            taxonomy=Taxonomy("own", tuple(labels)),
            task=task,
            ids=tuple(str(number) for number in range(len(rows))),
            splits=np.array([split for _, _, split in rows], dtype="<U10"),
            name="made",
        )

    return make
