"""Checkpoints: written aside, flushed to disk, renamed, and checked before they are used.

``checkpoints/checkpoint-<step>/`` holds what a run needs to resume. transformers' Trainer writes it
into ``checkpoints/.saving`` and reads it with ``torch.load(weights_only=True)``, which builds
tensors and plain values and runs no code; what it pickles whole, its arguments, is deleted. Added
are the averaged weights (``ema.safetensors``), those of the best evaluation so far
(``best.safetensors``), and ``checksums.json`` with the SHA-256 of each file: a disk that was full,
a copy that was cut short or a power cut can leave files of the right name with other content.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_model, save_model
from torch import nn
from transformers.trainer import TRAINER_STATE_NAME, TRAINING_ARGS_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from emoscope.errors import TrainingError
from emoscope.io.atomic_files import atomic_file, sync_file, sync_folder
from emoscope.io.files import sha256_of

STATE = TRAINER_STATE_NAME
CHECKSUMS = "checksums.json"
BEST = "best.safetensors"
AT_LEAST = 2
"""Checkpoints kept during a run: when the newest is damaged, one is left to resume from."""
STAGING = ".saving"
DAMAGED = ".damaged"
_CHECKPOINT = re.compile(rf"{PREFIX_CHECKPOINT_DIR}-(\d+)")


def checkpoint_name(step: int) -> str:
    """The folder that the Trainer makes for the checkpoint of ``step``."""
    return f"{PREFIX_CHECKPOINT_DIR}-{step}"


def checkpoints_in(folder: Path) -> list[Path]:
    """Complete checkpoints, oldest first."""
    if not folder.is_dir():
        return []
    found = [(int(m.group(1)), p) for p in folder.iterdir() if (m := _CHECKPOINT.fullmatch(p.name))]
    return [path for _, path in sorted(found)]


@contextmanager
def explained(what: str, folder: Path) -> Iterator[None]:
    """Turn a failed write into a :class:`TrainingError` that says what is still there."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        # a full disk is an OSError or a SafetensorError, depending on who writes
        former = checkpoints_in(folder)
        kept = f"The checkpoint before it, {former[-1]}, is whole" if former else "None came before"
        raise TrainingError(
            f"Could not save {what} in {folder}: {error}. {kept}. Free some space there and "
            "continue with --resume."
        ) from error


def finish_checkpoint(staged: Path, folder: Path, best: nn.Module | None) -> None:
    """Complete what the Trainer wrote into ``staged``, and rename it into ``folder``.

    ``best`` has the best weights; without it those of the checkpoint before remain the best.
    """
    (staged / TRAINING_ARGS_NAME).unlink(missing_ok=True)
    former = [path / BEST for path in checkpoints_in(folder)[-1:]]
    if best is not None:
        save_model(best, str(staged / BEST))
    elif former and former[0].is_file():
        _link(former[0], staged / BEST)
    write_checksums(staged)
    _publish(staged, folder / staged.name)


def load_best(model: nn.Module, folder: Path) -> None:
    """Give ``model`` the best weights that the newest checkpoint in ``folder`` has."""
    path = checkpoints_in(folder)[-1] / BEST
    try:
        load_model(model, str(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise TrainingError(
            f"The best weights, {path}, cannot be used: {' '.join(str(error).split())}. Train "
            "again with --overwrite."
        ) from error


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of each file of ``folder`` into its ``checksums.json``."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    sums = {name: sha256_of(folder / name) for name in names if name != CHECKSUMS}
    (folder / CHECKSUMS).write_text(json.dumps(sums, indent=1), encoding="utf-8")


def damage_of(folder: Path, needed: str | None = None) -> str | None:
    """Why files of a folder with ``checksums.json`` are not what was written; None when they are.

    Files that are not listed do not count; the file ``needed`` must be.
    """
    try:
        listed = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return f"{CHECKSUMS} is missing"
    except (OSError, ValueError, RecursionError) as error:
        return f"{CHECKSUMS} cannot be read ({error})"
    if not isinstance(listed, dict) or not listed or (needed and needed not in listed):
        return f"{CHECKSUMS} does not list the files"
    for name, expected in listed.items():
        try:
            if sha256_of(folder / name) != expected:
                return f"{name} is not what was written (its SHA-256 differs)"
        except FileNotFoundError:
            return f"{name} is missing"
        except (OSError, ValueError) as error:
            return f"{name} cannot be read ({error})"
    return None


def newest_whole(folder: Path) -> tuple[Path | None, dict[Path, str]]:
    """The newest whole checkpoint, and the damaged ones that are newer, with what is wrong."""
    damaged: dict[Path, str] = {}
    for path in reversed(checkpoints_in(folder)):
        reason = damage_of(path, needed=STATE)
        if reason is None:
            return path, damaged
        damaged[path] = reason
    return None, damaged


def set_aside(checkpoint: Path) -> None:
    """Rename a damaged checkpoint, so that it no longer counts; :func:`prune` deletes it."""
    target = checkpoint.with_name(checkpoint.name + DAMAGED)
    with explained("a damaged checkpoint under another name", checkpoint.parent):
        shutil.rmtree(target, ignore_errors=True)
        checkpoint.rename(target)


def prune(folder: Path, keep: int) -> None:
    """Delete all but ``keep`` checkpoints, the newest, and what is damaged or unfinished."""
    every = checkpoints_in(folder)
    old = every[: max(len(every) - keep, 0)]
    for path in [*old, *folder.glob(f"*{DAMAGED}"), folder / STAGING]:
        shutil.rmtree(path, ignore_errors=True)


def replace_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Fill a temporary folder with ``write``, then put it in the place of ``target``."""
    staged = target.with_name(f".{target.name}{STAGING}")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    try:
        write(staged)
        _publish(staged, target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def write_json(value: object, path: Path) -> None:
    """Write plain data as a whole file or not at all, its folder made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as staged:
        staged.write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")


def _publish(staged: Path, target: Path) -> None:
    """Flush a folder to the disk, then put it in the place of ``target``."""
    for path in staged.rglob("*"):
        (sync_folder if path.is_dir() else sync_file)(path)
    sync_folder(staged)
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)
    sync_folder(target.parent)


def _link(source: Path, target: Path) -> None:
    """A second name for a file that is never changed, or a copy where that cannot be had."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
