"""What to say when training fails, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from emoscope.errors import TrainingError
from emoscope.training.checkpoints import checkpoints_in
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
        kept = f" {former[-1]} is kept; change the key and start anew." if former else ""
        raise TrainingError(
            "Out of memory. Raise training.gradient_accumulation (now "
            f"{settings.gradient_accumulation}), which gives the same result with smaller parts; "
            f"or lower training.max_length (now {settings.max_length}) or training.batch_size (now "
            f"{settings.batch_size}); or set training.gradient_checkpointing = true.{kept}"
        ) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether ``error`` is a processor's or an accelerator's allocation failure."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    text = str(error)  # the CPU allocator raises a plain RuntimeError
    return "out of memory" in text or "DefaultCPUAllocator: " in text
