"""What each value of ``emoscope.json`` may be, by format version."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable
from typing import Any, get_args

from emoscope.errors import ModelFolderError, TaxonomyError, listing
from emoscope.model_folder.checksums import is_inside
from emoscope.model_folder.file_names import MANIFEST
from emoscope.taxonomy import Task, Taxonomy
from emoscope.text import NORMALISERS

FORMAT_VERSION = 1
"""Rises when an older emoscope would read a manifest wrongly; all versions up to it are read."""

MOST_LABELS = 10_000
MOST_FILES = 1_000
MOST_TOKENS_A_WINDOW = 1 << 17
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REQUIRED = ("kind", "task", "taxonomy", "policy", "files")
_OPTIONAL = ("max_length", "normalisation", "provenance", "metrics")


def checked_values(data: object, where: object) -> dict[str, Any]:
    """The values of a parsed manifest that this version knows, checked; the taxonomy is built.

    Raises :class:`ModelFolderError` naming the file ``where``, the key, its value and what it must
    be.
    """
    version = data.get("format_version") if isinstance(data, dict) else None
    if not isinstance(data, dict) or type(version) is not int or version < 1:
        raise ModelFolderError(
            f"{where} names no format_version, so it is not an emoscope manifest. "
            "Give the folder that `emoscope train` wrote."
        )
    if version > FORMAT_VERSION:
        raise ModelFolderError(
            f"{where} has format version {version}; this emoscope reads up to {FORMAT_VERSION}. "
            "Upgrade with: pip install --upgrade emoscope"
        )
    missing = [key for key in _REQUIRED if key not in data]
    if missing:
        raise ModelFolderError(
            f"{where} lacks {listing(missing)}. Copy the model folder again, or train it again."
        )
    known = [key for key in (*_REQUIRED, *_OPTIONAL) if key in data]
    for key in known:
        wanted, is_right = _CHECKS[key]
        if not is_right(data[key]):
            raise ModelFolderError(
                f"{where}: {key} is {reprlib.repr(data[key])}, but must be {wanted}. "
                "The file was edited or is damaged; copy the model folder again."
            )
    taxonomy = _taxonomy(data["taxonomy"], where)
    if data.get("labels", data["taxonomy"]["labels"]) != data["taxonomy"]["labels"]:
        raise ModelFolderError(
            f"{where}: labels are not those of its taxonomy. Copy the model folder again."
        )
    return {**{key: data[key] for key in known}, "taxonomy": taxonomy, "format_version": version}


def _taxonomy(data: dict[str, Any], where: object) -> Taxonomy:
    try:
        taxonomy = Taxonomy.from_json(data)
    except TaxonomyError as error:
        raise ModelFolderError(
            f"{where}: the taxonomy cannot be used. {error} Copy the model folder again."
        ) from error
    if len(taxonomy) > MOST_LABELS:
        raise ModelFolderError(
            f"{where} names {len(taxonomy):,} labels; at most {MOST_LABELS:,} are read. "
            "Copy the model folder again, or train a model with fewer labels."
        )
    return taxonomy


def _is_window(value: object) -> bool:
    return value is None or (type(value) is int and 1 <= value <= MOST_TOKENS_A_WINDOW)


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _are_files(value: object) -> bool:
    return (
        isinstance(value, dict)
        and 1 <= len(value) <= MOST_FILES
        and all(
            is_inside(name)
            and name != MANIFEST
            and isinstance(checksum, str)
            and _SHA256.fullmatch(checksum)
            for name, checksum in value.items()
        )
    )


def _are_metrics(value: object) -> bool:
    """``headline`` and ``intervals``, which are shown, hold numbers; the rest is provenance."""
    if not isinstance(value, dict) or not isinstance(value.get("split", ""), str):
        return False
    headline, intervals = value.get("headline", {}), value.get("intervals", {})
    return (
        isinstance(headline, dict)
        and isinstance(intervals, dict)
        and all(map(_is_number, headline.values()))
        and all(
            isinstance(ends, list) and len(ends) == 2 and all(map(_is_number, ends))
            for ends in intervals.values()
        )
    )


def _is_number(value: object) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < 1 << 53)


_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "kind": ("the name of a kind of model", lambda value: isinstance(value, str)),
    "task": (f"one of {listing(get_args(Task))}", lambda value: value in get_args(Task)),
    "taxonomy": ("an object", _is_table),
    "policy": ("an object", _is_table),
    "files": (
        f"an object of 1 to {MOST_FILES:,} relative paths inside the folder, each with its SHA-256",
        _are_files,
    ),
    "max_length": (
        f"null or a whole number from 1 to {MOST_TOKENS_A_WINDOW:,}",
        _is_window,
    ),
    "normalisation": (
        f"one of {listing(NORMALISERS)} (for another one, upgrade with: pip install --upgrade "
        "emoscope)",
        lambda value: isinstance(value, str) and value in NORMALISERS,
    ),
    "language": ("'en' or null", lambda value: value in ("en", None)),
    "provenance": ("an object", _is_table),
    "metrics": ("an object whose headline and intervals hold numbers", _are_metrics),
}
