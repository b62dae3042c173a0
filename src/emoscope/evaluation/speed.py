"""How many texts a second a model scores on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from emoscope.data.everyday import read_everyday
from emoscope.errors import EmoscopeError
from emoscope.loading.load_model import load_with
from emoscope.scorers.runtime_options import RuntimeOptions

TEXTS = 256
PASSES = 3


@dataclass(frozen=True)
class Speed:
    """Median over a few passes; loading the model and a first pass to warm up do not count."""

    texts_per_second: float
    n_texts: int
    """Texts scored in one call."""


def measure_speed(
    model: Path,
    say: Callable[[str], None] = lambda line: None,
    runtime: RuntimeOptions | None = None,
) -> Speed | None:
    """Time a model on texts of ``everyday``; None, with a word why, when it does not load."""
    try:
        classifier = load_with(model, runtime)
    except EmoscopeError as error:
        say(f"The speed of {model} was not measured: {error}")
        return None
    texts = read_everyday().texts[:TEXTS]
    classifier.score(texts)
    taken = []
    for _ in range(PASSES):
        start = time.perf_counter()
        classifier.score(texts)
        taken.append(time.perf_counter() - start)
    return Speed(len(texts) / median(taken), len(texts))
