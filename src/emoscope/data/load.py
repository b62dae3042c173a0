"""Settings in, Examples out: find the source, read it, keep what was asked for, check it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from emoscope.data.emotion import read_emotion
from emoscope.data.examples import Examples
from emoscope.data.goemotions import read_goemotions
from emoscope.data.sample import read_sample, read_sample_as_emotion
from emoscope.data.settings import DataSettings
from emoscope.data.sources import Source, find_source
from emoscope.errors import DataError


def load_examples(
    settings: DataSettings, data: Path | None = None, *, trainable: bool = True
) -> Examples:
    """Read the data that ``settings`` describe; ``data`` is where to look first (``--data``).

    The first note tells where the data came from. ``trainable=False`` leaves out the check that a
    model can be trained on the result, for those who only judge or describe.

    Raises a :class:`DataError` that names the file, row, column or label.
    """
    source = find_source(settings, data)
    examples = _read(source, settings)
    examples = replace(examples, notes=(source.note, *examples.notes))
    if settings.single_label and examples.task == "multi_label":
        examples = examples.only_single_label()
    if trainable:
        examples.check_trainable()
    return examples


def _read(source: Source, settings: DataSettings) -> Examples:
    if source.kind == "goemotions" and source.path is not None:
        return read_goemotions(source.path)
    if source.kind == "emotion" and source.path is not None:
        return read_emotion(source.path)
    if source.kind == "sample":
        return read_sample_as_emotion() if settings.name == "emotion" else read_sample()
    raise DataError(f"Reading {source.kind} data is not possible yet.")
