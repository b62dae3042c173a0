"""How far a long command is, for who watches it from elsewhere.

``EMOSCOPE_PROGRESS`` names a file, and training, pretraining and labelling keep there, as JSON,
what their bars show on a terminal. Jobs of a cluster have no terminal; this file is what
``emoscope jobs`` reads.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "EMOSCOPE_PROGRESS"
INTERVAL = 1.0
"""Seconds between two writes, at least: the file may lie on a disk of many machines."""


@dataclass(frozen=True)
class HowFar:
    """One look at a command."""

    stage: str
    """What it does now, such as ``training``."""
    done: float
    """Steps, or a share of the input."""
    total: float | None
    """Of how many; None where that is unknown."""
    status: str = ""
    """Loss, rows a second: what stands behind the bar."""
    validation: str = ""
    """The last figure from validation, with its name."""


class ProgressFile:
    """Writes the newest :class:`HowFar`, whole or not at all, at most once a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = float("-inf")
        self._stage = ""

    def write(self, now: HowFar) -> None:
        """Replace the file; a new stage and the end are never left out.

        A disk that is full stops no work: what is lost is a look at it.
        """
        moment = time.monotonic()
        ended = now.done == now.total
        if moment - self._written < INTERVAL and now.stage == self._stage and not ended:
            return
        self._written, self._stage = moment, now.stage
        staged = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            staged.write_text(json.dumps(asdict(now)), encoding="utf-8")
            staged.replace(self._path)
        except OSError:
            staged.unlink(missing_ok=True)


def take_progress_file() -> ProgressFile | None:
    """The file that ``EMOSCOPE_PROGRESS`` names; None without it.

    Who takes it has it alone: a training that is one of many inside another command gets None.
    """
    name = os.environ.pop(VARIABLE, None)
    return ProgressFile(Path(name)) if name else None


def read_progress(path: Path) -> HowFar | None:
    """What was written last; None where nothing was, or something else."""
    try:
        return HowFar(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
