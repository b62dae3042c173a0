"""Scores of teachers, computed once, kept beside the run, and reused.

They lie in ``runs/.teacher_scores/<key>``, where the key is a checksum over the teachers and the
texts, in parts of a few thousand texts: what is interrupted goes on at the part it stopped in, and
another student of the same teachers finds them done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emoscope.data.text_identity import add_texts
from emoscope.errors import TrainingError
from emoscope.io.atomic_files import atomic_file
from emoscope.loading.load_model import load
from emoscope.scorers.ensemble import EnsembleScorer, Member
from emoscope.taxonomy import Task
from emoscope.training.choose_graph import Say

FOLDER = ".teacher_scores"
_PART_TEXTS = 8192


@dataclass(frozen=True, eq=False)
class Teachers:
    """One or several models, as one scorer."""

    scorer: EnsembleScorer
    """The mean of their calibrated scores."""
    identity: str
    """A checksum over their policies and the checksums of all their files."""


def open_teachers(names: Sequence[str], labels: tuple[str, ...], task: Task) -> Teachers:
    """Open teachers, given as models are.

    Raises :class:`TrainingError` for one with other labels than the student will have, and what
    :func:`emoscope.load` raises.
    """
    members, digest = [], hashlib.sha256()
    for name in names:
        teacher = load(name)
        if teacher.labels != labels or teacher.task != task:
            raise TrainingError(
                f"The teacher {name!r} has other labels than the data, or another task. "
                "Give teachers that were trained for the same labels (distillation.teachers)."
            )
        members.append(Member(teacher.scorer, teacher.policy.calibration))
        files = dict(teacher.manifest.files) if teacher.manifest else {}
        digest.update(json.dumps([files, teacher.policy.to_json()], sort_keys=True).encode())
    return Teachers(EnsembleScorer(members), digest.hexdigest())


def teacher_scores(
    teachers: Teachers,
    texts: Sequence[str],
    folder: Path,
    say: Say = lambda line: None,
) -> npt.NDArray[np.float32]:
    """Calibrated scores of ``texts``, shape (n_texts, n_labels).

    Written below ``folder`` part by part; parts that are there are read. Raises
    :class:`TrainingError` where they cannot be written.
    """
    key = hashlib.sha256(teachers.identity.encode())
    add_texts(key, texts)
    place = folder / FOLDER / key.hexdigest()[:24]
    starts = range(0, len(texts), _PART_TEXTS)
    parts = []
    for number, start in enumerate(starts):
        part = texts[start : start + _PART_TEXTS]
        path = place / f"{number:05}.npy"
        scores = _saved(path, (len(part), len(teachers.scorer.labels)))
        if scores is None:
            if number % 4 == 0:
                say(f"Teachers score texts: {start:,} of {len(texts):,}")
            scores = teachers.scorer.logits(part)
            _save(scores, path)
        parts.append(scores)
    return np.concatenate(parts)


def _save(scores: npt.NDArray[np.float32], path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as staged, staged.open("wb") as file:
            np.save(file, scores)
    except OSError as error:
        raise TrainingError(
            f"Cannot write the teachers' scores into {str(path.parent)!r} ({error}). Make room, or "
            "choose another folder with --runs."
        ) from error


def _saved(path: Path, shape: tuple[int, int]) -> npt.NDArray[np.float32] | None:
    """Scores of an earlier run; None where there are none, or not whole."""
    try:
        scores = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = scores.shape == shape and scores.dtype == np.float32 and np.isfinite(scores).all()
    return scores if fits else None
