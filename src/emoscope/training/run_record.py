"""What determines a run, recorded so that it, or a search, only goes on with the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from emoscope.data.examples import Examples
from emoscope.data.text_identity import add_texts

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
