"""Fetching a model folder from the Hugging Face hub."""

from __future__ import annotations

import glob
import re
from pathlib import Path

from emoscope.errors import MissingExtra, ModelFolderError, first_line
from emoscope.model_folder.file_names import MANIFEST
from emoscope.model_folder.manifest import read_manifest

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def is_hub_id(model: str) -> bool:
    """Whether ``model`` may be a hub id, ``owner/name``."""
    return _HUB_ID.fullmatch(model) is not None and not model.startswith(".")


def download(hub_id: str) -> Path:
    """Fetch the files that a model's manifest lists, or find them in the hub's cache.

    Returns the folder. Raises :class:`ModelFolderError` when the hub does not give it, and
    :class:`MissingExtra` without ``huggingface_hub``.
    """
    try:
        from huggingface_hub import (  # deferred: extra encoders
            hf_hub_download,
            snapshot_download,
        )
    except ImportError as error:  # a path that was mistyped may look like a hub id
        raise MissingExtra(
            "encoders", f"There is no folder {hub_id!r} here, and fetching a model from the hub"
        ) from error
    try:
        folder = Path(hf_hub_download(hub_id, MANIFEST)).parent  # named by its revision
        listed = read_manifest(folder, verify=False).files
        names = [glob.escape(name) for name in (MANIFEST, *listed)]
        return Path(snapshot_download(hub_id, revision=folder.name, allow_patterns=names))
    except ModelFolderError:
        raise
    except Exception as error:  # network, access and name errors alike: same next step
        raise ModelFolderError(
            f"There is no folder {hub_id!r} here, and the hub did not give a model of that name "
            f"({first_line(error)}). Check the path, or the name and your network connection."
        ) from error
