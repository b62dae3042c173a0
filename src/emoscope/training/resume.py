"""Resuming a run: with what it began with, from its newest whole checkpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emoscope.errors import TrainingError
from emoscope.training.checkpoints import (
    checkpoints_in,
    explained,
    newest_whole,
    set_aside,
    write_json,
)
from emoscope.training.choose_graph import Say
from emoscope.training.distributed import is_main_process
from emoscope.training.run_record import differences

RECORD = "run.json"


def checkpoint_to_resume(
    folder: Path,
    record: Mapping[str, Any],
    *,
    resume: bool,
    say: Say = lambda line: None,
) -> Path | None:
    """Check ``folder`` of checkpoints against ``record`` and return the checkpoint to resume from.

    That is the newest whole one; ``say`` gets a line about damaged ones that are newer, which are
    renamed.
    None means from the start, in which case the record is written. Raises :class:`TrainingError`
    for a folder with checkpoints that was not to be resumed, for a changed key, with both values,
    and when no checkpoint is whole.
    """
    path = folder / RECORD
    former = checkpoints_in(folder)
    if former and not resume:
        raise TrainingError(
            f"{folder} already holds checkpoints of a run. Continue it with --resume, or choose "
            "another name or folder."
        )
    if former or (resume and path.is_file()):
        changed = list(differences(_read(path), record))
        if changed:
            raise TrainingError(
                f"Cannot resume: the recipe changed since this run began. {'; '.join(changed)}. "
                "Set it back, or train under another name."
            )
    if not former:
        if is_main_process():
            with explained("what the run starts from", folder):
                write_json(record, path)
        return None
    whole, damaged = newest_whole(folder)
    faults = "; ".join(f"{path.name}: {reason}" for path, reason in damaged.items())
    if whole is None:
        raise TrainingError(
            f"Cannot resume: no checkpoint in {folder} is whole ({faults}). Train again with "
            "--overwrite."
        )
    if damaged and is_main_process():
        say(f"Resuming from {whole.name}, the newest whole checkpoint ({faults})")
        for path in damaged:
            set_aside(path)
    return whole


def _read(path: Path) -> dict[str, Any]:
    """The record of a run that left checkpoints; raises :class:`TrainingError` without one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        reason = "" if isinstance(found, dict) else "it holds no table"
    except (OSError, ValueError, RecursionError) as error:
        found, reason = {}, str(error)
    if reason:
        raise TrainingError(
            f"Cannot resume: {path}, the record of what the run began with, cannot be read "
            f"({reason}). Whether recipe and data are the same is not known. Train again with "
            "--overwrite."
        )
    return dict(found)
