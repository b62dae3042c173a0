"""The local cache folder of emoscope, and what is kept there: data sets fetched from the hub."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from pathlib import Path

import numpy as np

from emoscope.data import emotion, goemotions
from emoscope.data.examples import Examples

VARIABLE = "EMOSCOPE_CACHE"


def cache_folder() -> Path:
    """Where downloads are kept: ``EMOSCOPE_CACHE``, else the platform's place for caches.

    The folder may not exist yet.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Local") / "emoscope" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "emoscope"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "emoscope"


def keep(examples: Examples, name: str) -> bool:
    """Write GoEmotions or Emotion into the cache in its official format, for the next time.

    Returns whether it was written: a cache is a convenience, so a full or read-only disk is no
    error. The folder appears when it is whole.
    """
    folder = cache_folder() / name
    draft = folder.with_name(f".{name}-{os.getpid()}")
    try:
        draft.mkdir(parents=True)
        for split, file_name in _FORMATS[name][0].items():
            content = _FORMATS[name][1](examples.split(split))
            (draft / file_name).write_bytes(content.encode("utf-8"))
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        return False
    return True


def _goemotions(examples: Examples) -> str:
    written = io.StringIO()
    writer = csv.writer(written, delimiter="\t", lineterminator="\n")
    for text, labels, row_id in zip(examples.texts, examples.labels, examples.ids, strict=True):
        writer.writerow([text, ",".join(map(str, np.flatnonzero(labels))), row_id])
    return written.getvalue()


def _emotion(examples: Examples) -> str:
    names = examples.taxonomy.labels
    pairs = zip(examples.texts, examples.labels.argmax(axis=1), strict=True)
    return "".join(f"{' '.join(text.split())};{names[label]}\n" for text, label in pairs)


_FORMATS = {
    goemotions.NAME: (goemotions.FILES, _goemotions),
    emotion.NAME: (emotion.FILES, _emotion),
}
