"""Settings in, Examples out: find the source, read it, keep what was asked for, check it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np

from emoscope.data.cache import keep
from emoscope.data.emotion import read_emotion
from emoscope.data.everyday import read_everyday, read_everyday_as_emotion
from emoscope.data.examples import SPLITS, Examples
from emoscope.data.goemotions import read_goemotions
from emoscope.data.goemotions_raw import raw_files, read_goemotions_raw
from emoscope.data.hub import hub_problem, read_hub
from emoscope.data.settings import HUB_PREFIX, DataSettings
from emoscope.data.sources import Source, everyday_instead, find_official, find_source, split_files
from emoscope.data.splits import make_splits, sample
from emoscope.data.tabular import read_tabular
from emoscope.errors import DataError, NoExamples, UnusableSplit, listing
from emoscope.io.frames import Frame
from emoscope.text import is_empty

Data = Path | Frame | Examples
"""Where data is: a file or folder, a table in memory, or what was read already."""


def load_examples(
    settings: DataSettings,
    data: Data | None = None,
    *,
    trainable: bool = True,
    keep_empty: bool = False,
    test: bool = True,
) -> Examples:
    """Read the data that ``settings`` describe; ``data`` is where to look first (``--data``).

    A table in memory takes the place of a file, and is read by the same rules. :class:`Examples`
    are taken as they are, and what follows is done to them too.

    Splits that the data lack are made: validation and test out of a single split, validation out of
    train when only that is missing. The notes tell where the data came from, first of all, and
    whatever was inferred, left out or made.

    ``trainable=False`` leaves out the check that a model can be trained on the result, for those
    who only judge (``test_path`` alone gives test rows and no others) or describe.
    ``keep_empty=True`` keeps texts of which normalisation leaves nothing, for an audit.
    ``test=False`` leaves test out, for those who choose, and leaves its file unread where each
    split has one.

    Raises a :class:`DataError` that names the file, row, column or label, or
    :class:`MissingExtra` when reading needs a package that is not installed.
    """
    examples = _read(settings, data, SPLITS if test else SPLITS[:2])
    if not keep_empty:
        examples = _without_empty(examples)
    if settings.single_label and examples.task == "multi_label":
        examples = examples.only_single_label()
    try:
        examples = _with_splits(examples, settings)
    except UnusableSplit as error:
        if trainable:
            raise
        examples = replace(examples, notes=(*examples.notes, f"no splits were made. {error}"))
    if settings.sample is not None:
        examples = sample(examples, settings.sample, settings.seed)
    if not test:
        examples = examples.select(examples.splits != "test")
    if examples.has_split("train"):
        examples = _note_constant_labels(examples)
    if trainable:
        examples.check_trainable()
    return examples


def is_own(data: Data | None) -> bool:
    """Whether ``data`` takes the place of all data sets of a recipe: no folder to look in."""
    return data is not None and not (isinstance(data, Path) and not data.is_file())


def _read(settings: DataSettings, data: Data | None, splits: Collection[str]) -> Examples:
    if isinstance(data, Examples):
        return data
    if isinstance(data, Frame):
        return _read_tables(data, settings, splits)
    source = find_source(settings, data)
    try:
        examples = _read_source(source, settings, splits)
    except DataError as error:
        if source.kind != "hub" or settings.name.startswith(HUB_PREFIX):
            raise
        # A data set asked for by its name may come from anywhere, so the search goes on.
        source = everyday_instead(settings.name, [*source.tried, f"the hub ({error})"])
        examples = _read_source(source, settings, splits)
    return replace(examples, notes=(source.note, *examples.notes))


def _read_source(source: Source, settings: DataSettings, splits: Collection[str]) -> Examples:
    if source.kind == "everyday":
        as_emotion = settings.name == "emotion"
        return read_everyday_as_emotion(splits) if as_emotion else read_everyday(splits)
    if source.hub_id is not None:
        return _read_from_hub(source.hub_id, settings)
    if source.path is None:
        return _read_tables(None, settings, splits)
    if source.kind == "goemotions":
        return read_goemotions(source.path, splits)
    if source.kind == "emotion":
        return read_emotion(source.path, splits)
    if source.kind == "goemotions-raw":
        official = find_official(source.path)
        return read_goemotions_raw(
            [source.path] if source.path.is_file() else raw_files(source.path),
            min_raters=settings.min_raters,
            sample_ratings=settings.sample_ratings,
            seed=settings.seed,
            # all splits: texts of test are kept out of train by their ids
            official=None if official is None else read_goemotions(official),
        )
    return _read_tables(source.path, settings, splits)


def _read_from_hub(hub_id: str, settings: DataSettings) -> Examples:
    if settings.name.startswith(HUB_PREFIX):
        is_folder = Path(hub_id).is_dir()
        return read_hub(hub_id, settings, problem=None if is_folder else hub_problem(hub_id))
    ids = "id" if settings.name == "goemotions" else None
    examples = read_hub(hub_id, DataSettings(name=f"{HUB_PREFIX}{hub_id}", ids=ids))
    keep(examples, settings.name)
    return replace(examples, name=settings.name)


def _read_tables(
    first: Path | Frame | None, settings: DataSettings, splits: Collection[str]
) -> Examples:
    """Read the tables of ``splits``; a single one is ``train`` until splits are made."""
    paths: dict[str, Path | Frame] = {}
    if isinstance(first, Path) and first.is_dir():
        paths |= split_files(first)
    elif first is not None:
        paths["train"] = first
    if settings.validation_path is not None:
        paths["validation"] = settings.validation_path
    if settings.test_path is not None:
        paths["test"] = settings.test_path
    if len(paths) > 1 and "validation" in paths:  # else a split is made, or all is in one file
        paths = {split: path for split, path in paths.items() if split in splits}
    return read_tabular(paths, settings)


def _without_empty(examples: Examples) -> Examples:
    empty = np.fromiter(map(is_empty, examples.texts), dtype=np.bool_, count=len(examples))
    if not empty.any():
        return examples
    if empty.all():
        raise NoExamples(
            f"{examples.name}: all {len(examples):,} texts are empty. Name the column that holds "
            "the texts (--text)."
        )
    first = examples.ids[int(empty.argmax())]
    note = f"left out {int(empty.sum()):,} empty texts (the first has the id {first})"
    kept = examples.select(~empty)
    return replace(kept, notes=(*kept.notes, note))


def _with_splits(examples: Examples, settings: DataSettings) -> Examples:
    """Make the splits that are missing; validation is needed to fit a policy, test is not."""
    if not examples.has_split("train") or examples.has_split("validation"):
        return examples
    test_share = 0.0 if examples.has_split("test") else settings.test_share
    if settings.validation_share == 0 and test_share == 0:
        return examples
    return make_splits(examples, settings.validation_share, test_share, settings.seed)


def _note_constant_labels(examples: Examples) -> Examples:
    """Tell of labels that no train text has, or all have: a model cannot learn them."""
    held = examples.split("train").labels
    notes = []
    for constant, what in (
        (~held.any(axis=0), "train has no text with these labels"),
        (held.all(axis=0), "every train text has these labels, so nothing is learned of them"),
    ):
        names = [examples.taxonomy.labels[i] for i in np.flatnonzero(constant)]
        if names:
            notes.append(f"{what}: {listing(names)}")
    return replace(examples, notes=(*examples.notes, *notes)) if notes else examples
