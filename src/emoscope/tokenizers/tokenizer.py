"""The port behind which tokenizers stand: texts in, token ids out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class TextTokenizer(Protocol):
    """Cuts texts into tokens of a vocabulary. Threads may share one."""

    @property
    def size(self) -> int:
        """Ids are below it."""

    @property
    def prefix(self) -> tuple[int, ...]:
        """Ids of the special tokens that stand before a text."""

    @property
    def suffix(self) -> tuple[int, ...]:
        """Ids of the special tokens that stand after a text."""

    @property
    def inside(self) -> str | None:
        """How a token begins that goes on with a word, such as ``##``; None where nothing tells."""

    @property
    def marks_starts(self) -> bool:
        """Whether the start of a word is marked, as byte-level BPE and SentencePiece do."""

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, whole, without special tokens around it."""

    def id_of(self, token: str) -> int | None:
        """The id of a token, if it is one."""

    def token_of(self, number: int) -> str:
        """The token of an id; empty if there is none."""
