"""Where a data set is looked for, and the sentence that tells where it was found.

The order: what was given (``--data``, or ``path`` in the settings), the folder that
``EMOSCOPE_DATA`` names, the local cache, the hub, and last the shipped sample. What was given and
does not exist is an error, never a reason to go on looking.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emoscope.data.cache import cache_folder
from emoscope.data.emotion import is_emotion_folder
from emoscope.data.goemotions import is_goemotions_folder
from emoscope.data.settings import DataSettings
from emoscope.data.textfile import missing
from emoscope.errors import DataNotFound

VARIABLE = "EMOSCOPE_DATA"
Kind = Literal["goemotions", "goemotions-raw", "emotion", "sample", "file", "hub"]


@dataclass(frozen=True)
class NamedSet:
    """How to recognise a published data set on disk, and where the hub has it."""

    kind: Kind
    folder: str
    """The sub-folder that it lies in, below a folder of data sets."""
    is_here: Callable[[Path], bool]
    wanted: str
    """What its folder holds, for messages."""
    hub_id: str | None


NAMED_SETS = {
    "goemotions": NamedSet(
        "goemotions",
        "goemotions",
        is_goemotions_folder,
        "train.tsv, dev.tsv and test.tsv",
        "google-research-datasets/go_emotions",
    ),
    "emotion": NamedSet(
        "emotion",
        "emotion",
        is_emotion_folder,
        "train.txt, val.txt and test.txt",
        "dair-ai/emotion",
    ),
}


@dataclass(frozen=True)
class Source:
    """A place to read from."""

    kind: Kind
    path: Path | None
    """File or folder; None for the sample and the hub."""
    note: str
    hub_id: str | None = None


def find_source(settings: DataSettings, data: Path | None = None) -> Source:
    """Find what ``settings`` name; ``data`` (a file, or a folder) goes before everything else.

    Raises :class:`DataNotFound` when what was given does not exist or holds something else.
    """
    name = settings.name
    given, flag = (data, "--data") if data is not None else (settings.path, "path")
    if given is not None:
        return _given(name, given, flag)
    if name == "sample":
        return Source("sample", None, "the shipped sample")
    wanted = NAMED_SETS[name]
    tried: list[str] = []
    for place, root in (
        (VARIABLE, _from_environment(tried)),
        ("the local cache", cache_folder()),
    ):
        if root is None:
            continue
        folder = _folder_of(wanted, root)
        if folder is not None:
            return Source(wanted.kind, folder, f"{name} from {place} ({folder})")
        tried.append(f"{place} ({root}) does not hold it")
    return Source(
        "sample",
        None,
        f"NOT {name}: it was not found, so this is the small sample shipped with emoscope, and its "
        f"numbers say nothing about {name}. Looked in vain: {'; '.join(tried)}",
    )


def _given(name: str, given: Path, flag: str) -> Source:
    if not given.exists():
        raise missing(given)
    wanted = NAMED_SETS.get(name)
    if wanted is not None and given.is_dir():
        folder = _folder_of(wanted, given)
        if folder is not None:
            return Source(wanted.kind, folder, f"{name} from {flag} ({folder})")
        raise DataNotFound(
            f"{given} does not hold {name}: neither itself nor {wanted.folder}/ inside it "
            f"has {wanted.wanted}. Name another folder, or leave {flag} out."
        )
    return Source("file", given, f"{given.name} from {flag} ({given})")


def _folder_of(wanted: NamedSet, root: Path) -> Path | None:
    """The folder of a data set: below ``root`` by its name, or ``root`` itself."""
    for folder in (root / wanted.folder, root):
        if wanted.is_here(folder):
            return folder
    return None


def _from_environment(tried: list[str]) -> Path | None:
    value = os.environ.get(VARIABLE)
    if not value:
        tried.append(f"{VARIABLE} is not set")
        return None
    root = Path(value).expanduser()
    if not root.is_dir():
        tried.append(f"{VARIABLE} names {root}, which is no folder")
        return None
    return root
