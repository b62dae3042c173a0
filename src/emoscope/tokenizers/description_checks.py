"""Refuses a ``tokenizer.json`` that costs the ``tokenizers`` package unbounded memory.

The package cannot be stopped once it allocates: it ends the process. What it does refuse, or what
makes it panic, need not be looked for here.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

MOST_TOKENS = 4_000_000
"""Ids of a vocabulary are below it; the largest vocabularies in use have 262,144."""
MOST_GROWTH = 1_000
"""Characters that normalisers in a row may make of one."""


def check_description(parsed: Any) -> None:
    """Raise ValueError for a description that takes too much memory to read or to use."""
    growth = 1
    for part in _objects(parsed):
        match part:
            case {"precompiled_charsmap": str(encoded)}:
                _check_charsmap(encoded)
            case {"type": "Replace", "content": str(content)} | {
                "type": "Prepend",
                "prepend": str(content),
            }:
                growth *= max(1, len(content))
            case {"id": int(number)} if number >= MOST_TOKENS:
                raise ValueError(f"the token id {number} is not below {MOST_TOKENS:,}")
    if growth > MOST_GROWTH:
        raise ValueError(f"its normalisers make {growth:,} characters of one")


def _check_charsmap(encoded: str) -> None:
    """SentencePiece's map: 4 bytes with the size of a table, the table, and the texts it names."""
    try:
        size = int.from_bytes(base64.b64decode(encoded[:8], validate=True)[:4], "little")
    except ValueError as error:
        raise ValueError("its precompiled_charsmap is not base64") from error
    if not encoded or size > 3 * len(encoded) // 4 - 4:
        raise ValueError("its precompiled_charsmap names more bytes than it has")


def _objects(parsed: Any) -> Iterator[dict[str, Any]]:
    """All objects in parsed JSON but for the vocabulary's."""
    waiting = [parsed]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += [value for key, value in part.items() if key not in ("vocab", "merges")]
        elif isinstance(part, list):
            waiting += part
