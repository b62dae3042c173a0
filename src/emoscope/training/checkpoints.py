"""Checkpoints: written aside, flushed to disk, renamed, and checked before they are used.

``checkpoints/checkpoint-<step>/`` holds what a run needs to resume. transformers' Trainer writes it
into ``checkpoints/.saving`` and reads it with ``torch.load(weights_only=True)``, which builds
tensors and plain values and runs no code; what it pickles whole, its arguments, is deleted.
``checkpoints/best-<step>.safetensors`` are the weights of the best evaluation so far. The best
weights that a kept checkpoint names are kept with it, so a kill at any moment leaves a pair that
fits.

``checksums.json`` in a checkpoint, and ``best-<step>.json`` beside the best weights, hold the
SHA-256 of each file: a disk that was full, a copy that was cut short or a power cut can leave files
of the right name with other content.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_model, save_model
from torch import nn
from transformers.trainer import TRAINER_STATE_NAME as STATE
from transformers.trainer import TRAINING_ARGS_NAME
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from emoscope.errors import TrainingError
from emoscope.io.atomic_files import atomic_file, sync_file, sync_folder
from emoscope.io.files import sha256_of
from emoscope.training.averaging import WeightAverage

CHECKSUMS = "checksums.json"
AT_LEAST = 2
"""Checkpoints kept during a run: when the newest is damaged, one is left to resume from."""
STAGING = ".saving"
DAMAGED = ".damaged"
_CHECKPOINT = re.compile(rf"{PREFIX_CHECKPOINT_DIR}-(\d+)")
_BEST = re.compile(r"best-(\d+)\.(?:safetensors|json)")


def checkpoint_name(step: int) -> str:
    """The folder that the Trainer makes for the checkpoint of ``step``."""
    return f"{PREFIX_CHECKPOINT_DIR}-{step}"


def checkpoints_in(folder: Path) -> list[Path]:
    """Complete checkpoints, oldest first."""
    if not folder.is_dir():
        return []
    found = [(int(m.group(1)), p) for p in folder.iterdir() if (m := _CHECKPOINT.fullmatch(p.name))]
    return [path for _, path in sorted(found)]


def best_file(folder: Path, step: int) -> Path:
    """Where the weights of the evaluation at ``step`` are kept."""
    return folder / f"best-{step}.safetensors"


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
            f"Could not save {what} in {folder}: {error}. {kept}. Free some space there and continue "
            "with --resume."
        ) from error


def save_best(model: nn.Module, folder: Path, step: int) -> None:
    """Keep the present weights of ``model`` as those of the evaluation at ``step``."""
    path = best_file(folder, step)
    with explained(f"the best weights (step {step})", folder):
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as staged:
            save_model(model, str(staged))
        write_json({path.name: sha256_of(path)}, path.with_suffix(".json"))


def load_best(model: nn.Module, folder: Path, step: int) -> None:
    """Give ``model`` the weights of the evaluation at ``step``."""
    path = best_file(folder, step)
    reason = damage_of_best(folder, step)
    try:
        if not reason:
            load_model(model, str(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())
    if reason:
        raise TrainingError(
            f"The best weights, {path}, cannot be used: {reason}. Train again with --overwrite."
        )


def write_checksums(folder: Path) -> None:
    """Write the SHA-256 of each file of ``folder`` into its ``checksums.json``."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    sums = {name: sha256_of(folder / name) for name in names if name != CHECKSUMS}
    (folder / CHECKSUMS).write_text(json.dumps(sums, indent=1), encoding="utf-8")


def damage_of(folder: Path) -> str | None:
    """Why files of a folder with ``checksums.json`` are not what was written; None when they are.

    Files that are not listed do not count.
    """
    return _mismatch(folder, folder / CHECKSUMS)


def damage_of_best(folder: Path, step: int) -> str | None:
    """Why the best weights of ``step`` are not what was written; None when they are."""
    path = best_file(folder, step)
    return _mismatch(folder, path.with_suffix(".json"), needed=path.name)


def damage_of_checkpoint(checkpoint: Path) -> str | None:
    """Why a run cannot resume from ``checkpoint``; None when it and its best weights are whole."""
    reason = _mismatch(checkpoint, checkpoint / CHECKSUMS, needed=STATE)
    if reason:
        return reason
    best = best_step_of(checkpoint)
    return None if best is None else damage_of_best(checkpoint.parent, best)


def _mismatch(folder: Path, sums: Path, needed: str | None = None) -> str | None:
    try:
        listed = json.loads(sums.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return f"{sums.name} is missing"
    except (OSError, ValueError, RecursionError) as error:
        return f"{sums.name} cannot be read ({error})"
    if not isinstance(listed, dict) or not listed or (needed and needed not in listed):
        return f"{sums.name} does not list the files"
    for name, expected in listed.items():
        try:
            if sha256_of(folder / name) != expected:
                return f"{name} is not what was written (its SHA-256 differs)"
        except FileNotFoundError:
            return f"{name} is missing"
        except (OSError, ValueError) as error:
            return f"{name} cannot be read ({error})"
    return None


def best_step_of(checkpoint: Path) -> int | None:
    """The step of the best evaluation that ``checkpoint`` knows of; None before the first one."""
    try:
        found = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    best = found.get("best_global_step") if isinstance(found, dict) else None
    return best if isinstance(best, int) else None


def newest_whole(folder: Path) -> tuple[Path | None, dict[Path, str]]:
    """The newest whole checkpoint, and the damaged ones that are newer, with what is wrong."""
    damaged: dict[Path, str] = {}
    for path in reversed(checkpoints_in(folder)):
        reason = damage_of_checkpoint(path)
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


def finish_checkpoint(staged: Path, target: Path, averaged: WeightAverage | None) -> None:
    """Add averaged weights and checksums to what the Trainer wrote, and rename it to ``target``."""
    (staged / TRAINING_ARGS_NAME).unlink(missing_ok=True)
    if averaged is not None:
        averaged.save(staged)
    write_checksums(staged)
    _publish(staged, target)


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


def _publish(staged: Path, target: Path) -> None:
    """Flush a folder to the disk, then put it in the place of ``target``."""
    for path in staged.rglob("*"):
        (sync_folder if path.is_dir() else sync_file)(path)
    sync_folder(staged)
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)
    sync_folder(target.parent)


def write_json(value: object, path: Path) -> None:
    """Write plain data as a whole file or not at all, its folder made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as staged:
        staged.write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")


def prune(folder: Path, keep: int, best_step: int | None) -> None:
    """Delete all but ``keep`` checkpoints, the newest, and those set aside as damaged.

    Of the best weights, those of ``best_step`` and those that a kept checkpoint names are kept.
    """
    every = checkpoints_in(folder)
    n_old = max(len(every) - keep, 0)
    for path in [*every[:n_old], *folder.glob(f"checkpoint-*{DAMAGED}")]:
        shutil.rmtree(path, ignore_errors=True)
    wanted = {best_step, *(best_step_of(path) for path in every[n_old:])}
    for path in list(folder.iterdir()):
        found = _BEST.fullmatch(path.name)
        left = path.name.startswith(".emoscope-")  # by a kill while the file was written
        if left or (found and int(found.group(1)) not in wanted):
            path.unlink(missing_ok=True)
