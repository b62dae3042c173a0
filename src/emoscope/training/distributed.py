"""Which of several processes this is, as ``torchrun`` and ``accelerate launch`` tell it."""

from __future__ import annotations

import os


def process_count() -> int:
    """Number of processes that train together; 1 without a launcher."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main_process() -> bool:
    """Tell whether this is the one process that writes files and reports progress."""
    return int(os.environ.get("RANK", "0")) == 0
