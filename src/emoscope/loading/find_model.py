"""From what a user calls a model to its folder.

A name of the catalogue is the model that ships, whatever lies in the working directory: a folder
must not change what ``--model default`` means. A folder of such a name is opened as ``./default``,
or in Python as ``Path("default")``.
"""

from __future__ import annotations

import warnings
from pathlib import Path

from emoscope.errors import EmoscopeWarning, ModelFolderError, listing, nearest
from emoscope.loading.catalogue import CATALOGUE, DEFAULT
from emoscope.loading.hub import download, is_hub_id
from emoscope.model_folder.file_names import MANIFEST


def find_model_folder(model: str | Path | None = None) -> Path:
    """Local folder of ``model``.

    ``model`` is a name of the catalogue, a model folder, a run folder (its ``model`` is meant) or a
    hub id ``owner/name``, which is downloaded; without one, ``default``.

    Raises :class:`ModelFolderError` when there is none of that name.
    """
    if not model:
        model = DEFAULT.name
    if isinstance(model, str) and model in CATALOGUE:
        if _folder_at(Path(model)) is not None:
            warnings.warn(
                f"{model!r} is the model that ships with emoscope. For the folder of that name, "
                f"give ./{model} (in Python: Path({model!r})).",
                EmoscopeWarning,
                stacklevel=2,
            )
        if not CATALOGUE[model].is_installed:
            raise ModelFolderError(
                f"This installation lacks the model {model!r} that ships with emoscope. Install "
                "emoscope again, or name a model with --model (in Python: emoscope.load(folder))."
            )
        return CATALOGUE[model].folder
    path = Path(model)
    found = _folder_at(path)
    if found is not None:
        return found
    if _exists(path):
        return path  # read_manifest says what is wrong with it
    if isinstance(model, str) and is_hub_id(model):
        return download(model)
    raise ModelFolderError(
        f"There is no model folder {str(model)!r}, and no model of that name ships with emoscope. "
        f"{nearest(str(model)[:60], CATALOGUE)}These ship: {listing(CATALOGUE)}. Or give a model "
        "folder, a run folder (as runs/<name>) or a hub id owner/name."
    )


def _folder_at(path: Path) -> Path | None:
    """The model folder at a path, or in a run folder at it."""
    return next((f for f in (path, path / "model") if _exists(f / MANIFEST)), None)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or holds a zero byte
        return False
