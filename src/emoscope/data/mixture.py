"""Several data sets as one: the labels of the first, each text with its source and weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import Examples
from emoscope.data.load import load_examples
from emoscope.data.settings import DataSettings
from emoscope.data.text_identity import text_key
from emoscope.errors import DataError, listing, nearest


def load_mixture(
    settings: Sequence[DataSettings], data: Path | None = None, *, trainable: bool = True
) -> Examples:
    """Read all data sets that ``settings`` describe, with the taxonomy and task of the first.

    Labels of the others are those of the same name, or what their ``label_map`` says. Their texts
    that occur in validation or test of any data set are left out of train. ``data`` is where the
    first lies; a folder may hold the others too.

    Raises what :func:`~emoscope.data.load.load_examples` raises, and :class:`DataError` for a
    label that the first does not have.
    """
    first, *more = settings
    examples = load_examples(first, data, trainable=trainable and not more)
    if not more:
        return examples
    others = [
        _with_labels_of(
            examples, load_examples(each, _folder_for(each, data), trainable=False), each
        )
        for each in more
    ]
    joined = _join([examples, *others], [each.weight for each in settings])
    joined = _without_leaks(joined)
    if trainable:
        joined.check_trainable()
    return joined


def _folder_for(settings: DataSettings, data: Path | None) -> Path | None:
    """``data`` where it is a folder that may hold this data set too."""
    elsewhere = settings.path is not None or settings.name in _NOT_LOOKED_FOR
    return None if elsewhere or data is None or not data.is_dir() else data


_NOT_LOOKED_FOR = ("everyday", "file")


def _with_labels_of(first: Examples, other: Examples, settings: DataSettings) -> Examples:
    """``other`` with the labels and the task of ``first``."""
    ours = {label: column for column, label in enumerate(first.taxonomy.labels)}
    wanted = [settings.label_map.get(label, label) for label in other.taxonomy.labels]
    for label in wanted:
        if label not in ours:
            raise DataError(
                f"{other.name} has the label {label!r}, which {first.name} does not have. "
                f"{nearest(label, ours)}Say which of its labels is meant with label_map, such as "
                f'label_map = {{ {label} = "{first.taxonomy.labels[0]}" }}. '
                f"{first.name} has: {listing(first.taxonomy.labels, 40)}."
            )
    if first.task == "single_label" and other.task == "multi_label":
        other = other.only_single_label()
    columns = [ours[label] for label in wanted]
    labels = np.zeros((len(other), len(ours)), dtype=np.bool_)
    soft = None if other.soft_labels is None else np.zeros(labels.shape, dtype=np.float32)
    for theirs, column in enumerate(columns):
        labels[:, column] |= other.labels[:, theirs]
        if soft is not None and other.soft_labels is not None:
            soft[:, column] = np.maximum(soft[:, column], other.soft_labels[:, theirs])
    return replace(other, labels=labels, soft_labels=soft, taxonomy=first.taxonomy, task=first.task)


def _join(parts: Sequence[Examples], weights: Sequence[float]) -> Examples:
    names: list[str] = []
    for part in parts:  # two files of one name are told apart
        n = sum(name.partition("#")[0] == part.name for name in names)
        names.append(part.name if not n else f"{part.name}#{n + 1}")
    with_votes = any(part.soft_labels is not None for part in parts)
    return Examples(
        texts=tuple(text for part in parts for text in part.texts),
        labels=np.concatenate([part.labels for part in parts]),
        taxonomy=parts[0].taxonomy,
        task=parts[0].task,
        ids=tuple(number for part in parts for number in part.ids),
        splits=np.concatenate([part.splits for part in parts]),
        soft_labels=np.concatenate([_votes(part) for part in parts]) if with_votes else None,
        sources=np.concatenate(
            [np.full(len(part), name) for part, name in zip(parts, names, strict=True)]
        ),
        weights=np.concatenate(
            [
                np.full(len(part), weight, dtype=np.float32)
                for part, weight in zip(parts, weights, strict=True)
            ]
        ),
        name=" + ".join(names),
        files=tuple(file for part in parts for file in part.files),
        notes=tuple(
            f"{name}: {note}"
            for part, name in zip(parts, names, strict=True)
            for note in part.notes
        ),
    )


def _votes(part: Examples) -> npt.NDArray[np.float32]:
    return part.labels.astype(np.float32) if part.soft_labels is None else part.soft_labels


def _without_leaks(joined: Examples) -> Examples:
    """Leave out train texts of one data set that another holds back for validation or test."""
    sources = joined.sources_of_texts
    held_back: dict[str, set[str]] = {}
    for text, split, source in zip(joined.texts, joined.splits, sources, strict=True):
        if split != "train":
            held_back.setdefault(text_key(text), set()).add(source)
    leaks = np.array(
        [
            split == "train" and bool(held_back.get(text_key(text), set()) - {source})
            for text, split, source in zip(joined.texts, joined.splits, sources, strict=True)
        ]
    )
    if not leaks.any():
        return joined
    note = (
        f"left out {int(leaks.sum()):,} train texts that another data set has in validation or test"
    )
    return replace(joined.select(~leaks), notes=(*joined.notes, note))
