"""Reading JSON files that may be damaged or hostile, within bounded time and memory."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from emoscope.errors import ModelFolderError

_MOST_VALUES = 4_000_000
"""Commas and opening brackets; the largest tokenizers in use have 1.5 million."""


def read_regular_file(path: Path, most_bytes: int) -> bytes:
    """The content of a regular file; ``most_bytes`` bounds what is read.

    Raises :class:`ModelFolderError` for devices, pipes, larger files and what cannot be read.
    """
    # without O_NONBLOCK, opening a named pipe waits for its writer
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123  (a descriptor)
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ModelFolderError(
                    f"{path} is not a regular file. Copy the model folder again."
                )
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise ModelFolderError(
            f"{path} cannot be read ({error.strerror or error}). Check the path and its "
            "permissions, or copy the model folder again."
        ) from error
    if len(content) > most_bytes:
        raise ModelFolderError(
            f"{path} has {max(status.st_size, len(content)):,} bytes; at most {most_bytes:,} are "
            "read. It was not written by emoscope; copy the model folder again."
        )
    return content


def parse_json(content: bytes, where: object) -> Any:
    """Parse JSON in UTF-8; ``where`` names the source in messages.

    Raises :class:`ModelFolderError` where :func:`strict_json` raises ValueError.
    """
    try:
        return strict_json(content.decode("utf-8-sig"))
    except ValueError as error:
        raise ModelFolderError(
            f"{where} is not valid JSON ({error}). Copy the model folder again, or train it again."
        ) from error


def strict_json(text: str) -> Any:
    """Parse JSON.

    Raises ValueError for what is not JSON, is nested too deeply, holds too many values, or names a
    key twice in one object.
    """
    if sum(map(text.count, ",[{")) > _MOST_VALUES:
        raise ValueError(f"more than {_MOST_VALUES:,} values")
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        doubled = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {doubled[:60]!r} stands twice in one object")
    return found
