"""The port of output formats, and what its text formats share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from emoscope.inference.answers import Answers, LabelAnswers
from emoscope.io.chunks import Chunk
from emoscope.io.lines import replace_undecodable

PIECE = 1 << 20
"""Bytes that are read at a time to count rows."""


class Encoder(Protocol):
    """Turns labelled chunks into bytes that stand one behind the other in the output.

    The bytes of a chunk depend on that chunk alone, so that an output which was cut between two
    chunks can be continued.
    """

    def header(self) -> bytes:
        """What stands before the first row, or alone where there is none."""

    def encode(self, chunk: Chunk, errors: Mapping[int, str], answers: Answers) -> bytes:
        """The rows of a chunk; ``errors`` says why some have no prediction."""

    def count_rows(self, encoded: BinaryIO) -> int:
        """Rows in the bytes of a header and any number of chunks."""


class Finisher(Protocol):
    """Makes the output out of the encoded chunks, where they are not simply the output."""

    def __call__(self, encoded: Path, output: Path) -> None:
        """Read ``encoded`` and write ``output``."""


def utf8(text: str) -> bytes:
    """UTF-8 of ``text``; lone surrogates, which JSON escapes can smuggle in, become U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return replace_undecodable(text).encode()


def label_lists(answers: LabelAnswers, labels: Sequence[str]) -> list[list[str]]:
    """For every text the labels that hold, most probable first."""
    columns, ends = answers.held_columns()
    names = np.array(labels, dtype=object)[columns].tolist()
    return [names[start:end] for start, end in pairwise(ends.tolist())]


def top_labels(answers: LabelAnswers, labels: Sequence[str]) -> list[str]:
    """For every text its most probable label, whether or not it holds."""
    found: list[str] = np.array(labels, dtype=object)[answers.top].tolist()
    return found
