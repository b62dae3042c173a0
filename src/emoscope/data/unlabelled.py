"""Texts without labels, for pretraining and distillation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emoscope.data.assemble import source_file
from emoscope.data.examples import SourceFile
from emoscope.io.table import TEXT_LINES, read_table
from emoscope.text import normalise


@dataclass(frozen=True)
class UnlabelledTexts:
    """Texts without labels, and the files they came from."""

    texts: tuple[str, ...]
    files: tuple[SourceFile, ...]


def read_unlabelled(paths: Sequence[Path]) -> UnlabelledTexts:
    """Read plain UTF-8 files (gzip too), one text a line; no empty lines, no text twice.

    Raises what :func:`~emoscope.io.table.read_table` raises.
    """
    texts: dict[str, None] = {}
    files = []
    for path in paths:
        table = read_table(path, options=TEXT_LINES)
        texts |= dict.fromkeys(text for text in map(normalise, table.columns["text"]) if text)
        files.append(source_file(table))
    return UnlabelledTexts(tuple(texts), tuple(files))
