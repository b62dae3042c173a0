"""What determines a run, recorded so that it only resumes with the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emoscope.data.examples import Examples
from emoscope.data.text_identity import add_texts
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

RECORD = "run.json"
FORMAT = 2
MAY_CHANGE = frozenset(
    f"training.{key}"
    for key in (
        "device", "num_threads", "keep_checkpoints", "log_steps",
        "evaluation_batch_size", "gradient_accumulation", "gradient_checkpointing",
    )
)  # fmt: skip
"""Keys that change neither the data nor what is learned from it, but where, how fast and in how
much memory. With dropout, another cut of the batches draws other masks."""


def start_record(
    training: Mapping[str, Any],
    model: Mapping[str, Any],
    policy: Mapping[str, Any],
    examples: Examples,
    seed: int,
    distillation: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything that determines the result, as plain data."""
    return {
        "format": FORMAT,
        "seed": seed,
        "data": {
            "name": examples.name,
            **{name: fingerprint(examples, name) for name in ("train", "validation")},
        },
        "model": dict(model),
        "training": dict(training),
        "policy": dict(policy),
        "distillation": dict(distillation or {}),
    }


def fingerprint(examples: Examples, split: str) -> str:
    """Number of texts and a checksum over texts, labels, votes and weights of one split."""
    part = examples.split(split)
    digest = hashlib.sha256()
    add_texts(digest, part.texts)
    digest.update(part.labels.tobytes())
    for more in (part.soft_labels, part.weights):
        if more is not None:
            digest.update(more.tobytes())
    return f"{len(part)} texts, sha256 {digest.hexdigest()[:16]}"


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


def differences(
    before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = ""
) -> Iterator[str]:
    """One phrase for each key with another value, ``training.epochs was 3 and is 4``."""
    plain = json.loads(json.dumps(now))  # tuples become lists, as in the file
    for key in [*before, *(k for k in plain if k not in before)]:
        name = f"{prefix}{key}"
        old, new = before.get(key), plain.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differences(old, new, f"{name}.")
        elif old != new and name not in MAY_CHANGE:
            yield f"{name} was {_shown(old)} and is {_shown(new)}"


def _shown(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
