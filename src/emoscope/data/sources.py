"""Where a data set is looked for, and the sentence that tells where it was found.

The order: what was given (``--data``, or ``path`` in the settings), the folder that
``EMOSCOPE_DATA`` names, the local cache, the hub, and last ``everyday``, which ships. What was
given and does not exist is an error, never a reason to go on looking.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from emoscope.data.cache import cache_folder
from emoscope.data.emotion import is_emotion_folder
from emoscope.data.examples import split_name
from emoscope.data.goemotions import is_goemotions_folder
from emoscope.data.goemotions_raw import is_raw_folder
from emoscope.data.hub import hub_problem
from emoscope.data.settings import DATA_SETS, HUB_PREFIX, DataSettings, data_settings
from emoscope.errors import DataError, DataNotFound, listing, nearest
from emoscope.io.files import missing
from emoscope.io.formats import TABLE_SUFFIXES, is_table

VARIABLE = "EMOSCOPE_DATA"
Kind = Literal["goemotions", "goemotions-raw", "emotion", "everyday", "file", "hub"]


@dataclass(frozen=True)
class NamedSet:
    """How to recognise a published data set on disk, and where the hub has it."""

    kind: Kind
    is_here: Callable[[Path], bool]
    wanted: str
    """What its folder holds, for messages."""
    hub_id: str | None

    @property
    def folder(self) -> str:
        """The sub-folder that it lies in, below a folder of data sets."""
        return self.kind.replace("-", "_")


NAMED_SETS: dict[str, NamedSet] = {
    each.kind: each
    for each in (
        NamedSet(
            "goemotions",
            is_goemotions_folder,
            "train.tsv, dev.tsv and test.tsv",
            "google-research-datasets/go_emotions",
        ),
        NamedSet("goemotions-raw", is_raw_folder, "goemotions_1.csv to goemotions_3.csv", None),
        NamedSet(
            "emotion", is_emotion_folder, "train.txt, val.txt and test.txt", "dair-ai/emotion"
        ),
    )
}


@dataclass(frozen=True)
class Source:
    """A place to read from."""

    kind: Kind
    path: Path | None
    """File or folder; None for what ships, the hub, and files named one for each split."""
    note: str
    """Where it was found, for people."""
    hub_id: str | None = None
    tried: tuple[str, ...] = ()
    """Where it was looked for in vain before."""


def find_source(settings: DataSettings, data: Path | None = None) -> Source:
    """Find what ``settings`` name; ``data`` (a file, or a folder) goes before everything else.

    Raises :class:`DataNotFound` when what was given does not exist or holds something else.
    """
    name = settings.name
    given, flag = (data, "--data") if data is not None else (settings.path, "path")
    if name.startswith(HUB_PREFIX):
        hub_id = name.removeprefix(HUB_PREFIX)
        if given is not None:
            raise DataError(f"Both {name} and {flag} ({given}) were given. Give one of them.")
        return Source("hub", None, f"{hub_id} from the hub", hub_id)
    if given is not None:
        return _given(settings, given, flag)
    if settings.validation_path is not None or settings.test_path is not None:
        return Source("file", None, "files given for the splits")
    if name == "file":
        raise DataNotFound("No file was given to read. Name one with --data, or path in [data].")
    if name == "everyday":
        return Source("everyday", None, "the corpus that ships with emoscope")
    return _search(name, NAMED_SETS[name])


def settings_for(what: str, values: Mapping[str, Any]) -> DataSettings:
    """Settings for a data set's name, a ``hub:`` id, or the path of a file or folder.

    ``values`` are further settings. A folder that holds a published data set is read as that one.
    Raises :class:`DataNotFound` when ``what`` is neither a name nor a path.
    """
    if what in DATA_SETS or what.startswith(HUB_PREFIX):
        return data_settings({**values, "name": what})
    path = Path(what)
    if not path.exists():
        raise DataNotFound(
            f"{what!r} is neither a data set nor a file or folder. {nearest(what, DATA_SETS)}"
            f"Data sets are: {listing(DATA_SETS)}, and {HUB_PREFIX}OWNER/NAME."
        )
    here = (name for name, wanted in NAMED_SETS.items() if wanted.is_here(path))
    return data_settings({**values, "name": next(here, "file"), "path": path})


def find_official(raw: Path) -> Path | None:
    """The folder of the official GoEmotions files that belong to rating files at ``raw``."""
    folder = raw if raw.is_dir() else raw.parent
    wanted = NAMED_SETS["goemotions"]
    roots = [folder, folder.parent, _environment(), cache_folder()]
    return next((f for root in roots if root and (f := _folder_of(wanted, root))), None)


def everyday_instead(name: str, tried: Sequence[str]) -> Source:
    """``everyday`` in place of a data set that was not found, with a note that cannot be missed."""
    note = (
        f"NOT {name}: it was not found, so this is everyday, the corpus that ships with emoscope, "
        f"and its numbers say nothing about {name}. Looked in vain: {'; '.join(tried)}. "
        f"Give its folder with --data or {VARIABLE}."
    )
    return Source("everyday", None, note, tried=tuple(tried))


def split_files(folder: Path) -> dict[str, Path]:
    """The tables of a folder that are named after splits, such as train.csv and dev.csv."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not is_table(path):
            continue
        try:
            split = split_name(re.split(r"[.]", path.name)[0])
        except DataError:
            continue  # a table named after something else
        if split in found:
            raise DataError(
                f"{folder} has two files for {split}: {found[split].name} and {path.name}. "
                "Remove one, or name the files one by one."
            )
        found[split] = path
    return found


def _given(settings: DataSettings, given: Path, flag: str) -> Source:
    if not given.exists():
        raise missing(given)
    name = settings.name
    if name == "file":  # no data set was named, so let the folder speak for itself
        name = next((known for known, each in NAMED_SETS.items() if each.is_here(given)), name)
    wanted = NAMED_SETS.get(name)
    if given.is_file():
        own = settings.text or settings.labels or settings.label_columns
        kind: Kind = "goemotions-raw" if name == "goemotions-raw" and not own else "file"
        return Source(kind, given, f"{given.name} from {flag} ({given})")
    if wanted is not None:
        folder = _folder_of(wanted, given)
        if folder is not None:
            return Source(wanted.kind, folder, f"{name} from {flag} ({folder})")
    if split_files(given):
        return Source("file", given, f"{given.name} from {flag} ({given})")
    looked_for = f"neither {wanted.folder}/ nor {wanted.wanted}, nor" if wanted else "no"
    inside = sorted(entry.name for entry in given.iterdir())
    raise DataNotFound(
        f"The folder {given} has {looked_for} files named train, validation or test that "
        f"end in {listing(TABLE_SUFFIXES)}. It holds: {listing(inside, 8)}. "
        "Name another folder, or a file."
    )


def _search(name: str, wanted: NamedSet) -> Source:
    tried: list[str] = []
    root = _environment()
    if root is None:
        value = os.environ.get(VARIABLE)
        tried.append(f"{VARIABLE} names {value}, no folder" if value else f"{VARIABLE} is not set")
    for place, base in ((VARIABLE, root), ("the local cache", cache_folder())):
        if base is None:
            continue
        folder = _folder_of(wanted, base)
        if folder is not None:
            return Source(
                wanted.kind, folder, f"{name} from {place} ({folder})", tried=tuple(tried)
            )
        tried.append(f"{place} ({base}) does not hold it")
    if wanted.hub_id is None:
        tried.append("the hub is not used for it")
        return everyday_instead(name, tried)
    problem = hub_problem(wanted.hub_id)
    if problem is not None:
        return everyday_instead(name, [*tried, problem])
    note = f"{name} from the hub ({wanted.hub_id})"
    return Source("hub", None, note, wanted.hub_id, tuple(tried))


def _folder_of(wanted: NamedSet, root: Path) -> Path | None:
    """The folder of a data set: below ``root`` by its name, or ``root`` itself."""
    return next((f for f in (root / wanted.folder, root) if wanted.is_here(f)), None)


def _environment() -> Path | None:
    """The folder that the environment names, if there is one."""
    value = os.environ.get(VARIABLE)
    root = Path(value).expanduser() if value else None
    return root if root is not None and root.is_dir() else None
