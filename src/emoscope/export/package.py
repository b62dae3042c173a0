"""A model folder as small as it can be: what inference and browsers need, and nothing else."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from emoscope.card import write_card
from emoscope.errors import ExportError
from emoscope.model_folder.file_names import CONFIG, INT8_GRAPH, TOKENIZER_CONFIG, TOKENIZER_FILE
from emoscope.model_folder.manifest import Manifest, read_manifest, write_manifest

_KEPT = (CONFIG, TOKENIZER_CONFIG, INT8_GRAPH)


def pack_model(folder: Path, target: Path) -> Manifest:
    """Copy the int8 graph of a model folder, its tokenizer and manifest to ``target``.

    The card is written again, for the ways to load what is there.

    Raises :class:`ExportError` when there is no int8 graph or ``target`` exists.
    """
    manifest = read_manifest(folder)
    if not (folder / INT8_GRAPH).is_file():
        raise ExportError(
            f"{str(folder)!r} has no {INT8_GRAPH}. Write it first: emoscope export {folder}"
        )
    if target.exists():
        raise ExportError(f"{str(target)!r} exists already. Remove it, or name another folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=target.parent, prefix=".emoscope-", suffix=".tmp"))
    try:
        for name in _KEPT:
            if (folder / name).is_file():
                (part / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, part / name)
        (part / TOKENIZER_FILE).write_text(_compact(folder / TOKENIZER_FILE), encoding="utf-8")
        write_card(part, manifest)
        packed = write_manifest(part, manifest)
        part.chmod(folder.stat().st_mode)  # a temporary folder is readable by its owner only
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return packed


def _compact(path: Path) -> str:
    """``tokenizer.json`` without white space, and without padding to the length of training."""
    data = json.loads(path.read_text(encoding="utf-8"))
    data["padding"] = None
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"
