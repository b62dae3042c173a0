"""A labelled chunk to encode."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from emoscope.inference.answers import Answers, LabelAnswers
from emoscope.io.chunks import Chunk, Cursor, Records


def chunk_of(records: Records) -> Chunk:
    return Chunk(records, {}, range(1, len(records) + 1), "line", "f", Cursor(), 1.0)


def answers_of(
    *probabilities: Sequence[Sequence[float] | None], notes: Sequence[tuple[str, ...]] | None = None
) -> Answers:
    """One argument a label set; a label holds from 0.5; None is a row without text."""
    sets = []
    for rows in probabilities:
        width = max(len(row) for row in rows if row is not None)
        matrix = np.array([row or [0.0] * width for row in rows], dtype=np.float32)
        sets.append(LabelAnswers(matrix, matrix >= 0.5))
    n = len(probabilities[0])
    return Answers(np.zeros((n, 1), dtype=np.float32), tuple(notes or [()] * n), tuple(sets))


@pytest.fixture
def make_chunk():
    return chunk_of


@pytest.fixture
def make_answers():
    return answers_of
