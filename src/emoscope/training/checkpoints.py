"""Checkpoints that are whole or not there: written under a temporary name, then renamed.

``checkpoints/checkpoint-<step>/`` holds what a run needs to go on;
``checkpoints/best-<step>.safetensors`` the weights of the best evaluation so far. The best
weights of an older evaluation go only after a checkpoint that knows of the newer one is on disk,
so a kill at any moment leaves a pair that fits.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_model, save_model
from torch import nn

from emoscope.errors import TrainingError

STATE = "trainer_state.json"
"""What the Trainer knows: step, epoch, and the log that history is made of."""
STAGING = ".saving"
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_BEST = re.compile(r"best-(\d+)\.safetensors")


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
            f"Could not save {what} in {folder}: {error}. {kept}. Free some space there and go on "
            "with --resume."
        ) from error


def save_best(model: nn.Module, folder: Path, step: int) -> None:
    """Keep the present weights of ``model`` as those of the evaluation at ``step``."""
    with explained(f"the best weights (step {step})", folder):
        replace_file(best_file(folder, step), lambda staged: save_model(model, str(staged)))


def load_best(model: nn.Module, folder: Path, step: int) -> None:
    """Give ``model`` the weights of the evaluation at ``step``."""
    path = best_file(folder, step)
    try:
        load_model(model, str(path))
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"The best weights, {path}, cannot be read: {error}. Train again without --resume."
        ) from error


def replace_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Fill a temporary folder with ``write``, then put it in the place of ``target``."""
    staged = target.with_name(f".{target.name}{STAGING}")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    try:
        write(staged)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)


def replace_file(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file aside with ``write``, then put it in the place of ``target``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_name(f".{target.name}{STAGING}")
    try:
        write(staged)
        staged.replace(target)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def prune(folder: Path, keep: int, best_step: int | None) -> None:
    """Delete all but ``keep`` checkpoints, the newest, and best weights but ``best_step``'s."""
    every = checkpoints_in(folder)
    for path in every[: max(len(every) - keep, 0)]:
        shutil.rmtree(path, ignore_errors=True)
    for path in list(folder.iterdir()):
        found = _BEST.fullmatch(path.name)
        if found and int(found.group(1)) != best_step:
            path.unlink(missing_ok=True)
