"""What to say when training fails, and what is left of it."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from emoscope.errors import TrainingError
from emoscope.models.memory import is_out_of_memory
from emoscope.training.checkpoints import checkpoints_in, explained
from emoscope.training.settings import TrainingSettings


def diverged(what: str, step: int, settings: TrainingSettings, folder: Path) -> TrainingError:
    """The error for a loss or weights that are no longer numbers."""
    former = checkpoints_in(folder)
    kept = f"The last good checkpoint, {former[-1]}, is kept. " if former else ""
    precision = "" if settings.precision == "fp32" else " or set training.precision = 'fp32'"
    return TrainingError(
        f"Training diverged at step {step}: {what}. {kept}Lower training.learning_rate (now "
        f"{settings.learning_rate:g}), raise training.warmup (now {settings.warmup:g}){precision}, "
        "and train again."
    )


@contextmanager
def memory_explained(settings: TrainingSettings, folder: Path) -> Iterator[None]:
    """Turn an out-of-memory failure into a :class:`TrainingError` that names the key to change."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        former = checkpoints_in(folder)
        kept = f" --resume then continues from {former[-1]}." if former else ""
        raise TrainingError(
            "Out of memory. Raise training.gradient_accumulation (now "
            f"{settings.gradient_accumulation}), which learns the same from smaller parts, set "
            "training.gradient_checkpointing = true, or, where validation was being scored, lower "
            f"training.evaluation_batch_size (now {settings.evaluation_batch_size}).{kept} Where "
            f"that is not enough, lower training.max_length (now {settings.max_length}) or "
            f"training.batch_size (now {settings.batch_size}), and start again."
        ) from error


_OF_FILES = (
    OSError, SafetensorError, RuntimeError, ValueError, KeyError, TypeError, pickle.UnpicklingError,
)  # fmt: skip
"""What the Trainer raises where a checkpoint cannot be read or written."""


@contextmanager
def checkpoints_explained(trainer: Any, checkpoint: Path | None) -> Iterator[None]:
    """While an ``EncoderTrainer`` trains, tell failures of its checkpoints from others.

    Raises :class:`TrainingError` where ``checkpoint``, which it resumes from, does not fit the
    model, and where a checkpoint could not be written.
    """
    try:
        yield
    except _OF_FILES as error:
        if is_out_of_memory(error):
            raise
        if checkpoint is not None and not trainer.step_begun:
            raise TrainingError(
                f"Cannot resume: {checkpoint} does not fit the model that the recipe now gives "
                f"({' '.join(str(error).split())[:300]}). Train again with --overwrite."
            ) from error
        due = trainer.control  # log and evaluation are done before a checkpoint is written
        if due.should_save and not (due.should_log or due.should_evaluate):
            with explained(f"the checkpoint of step {trainer.state.global_step}", trainer.folder):
                raise
        raise
