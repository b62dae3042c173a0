"""Answers as names: which labels hold, and which is on top."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from emoscope.inference.answers import LabelAnswers


def label_lists(answers: LabelAnswers, labels: Sequence[str]) -> list[list[str]]:
    """For every text the labels that hold, most probable first."""
    rows, columns = np.nonzero(answers.held)
    order = np.lexsort((columns, -answers.probabilities[rows, columns], rows))
    names = np.array(labels, dtype=object)[columns[order]].tolist()
    ends = np.concatenate(([0], np.cumsum(answers.held.sum(axis=1)))).tolist()
    return [names[start:end] for start, end in pairwise(ends)]


def top_labels(answers: LabelAnswers, labels: Sequence[str]) -> list[str]:
    """For every text its most probable label, whether or not it holds."""
    found: list[str] = np.array(labels, dtype=object)[answers.top].tolist()
    return found
