"""Several data sets as one: the labels of the first, each text with its source and weight."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import Examples
from emoscope.data.load import Data, load_examples
from emoscope.data.settings import DataSettings
from emoscope.data.text_identity import text_key
from emoscope.errors import DataError, listing, nearest
from emoscope.taxonomy import Task, Taxonomy

JOINED = " + "
"""Between the names of data sets in the name of their mixture."""


def load_mixture(
    settings: Sequence[DataSettings],
    data: Data | None = None,
    *,
    trainable: bool = True,
    test: bool = True,
) -> Examples:
    """Read all data sets that ``settings`` describe, with the taxonomy and task of the first.

    Labels of the others are those of the same name, or what their ``label_map`` says. Their texts
    that occur in validation or test of any data set are left out of train. ``data`` is where the
    first lies; a folder may hold the others too. With ``test=False`` no test split is read.

    Raises what :func:`~emoscope.data.load.load_examples` raises, and :class:`DataError` for a
    label that the first does not have.
    """
    first, *more = settings
    examples = load_examples(first, data, trainable=trainable and not more, test=test)
    if not more:
        return examples
    others = [
        with_labels_of(
            load_examples(each, _folder_for(each, data), trainable=False, test=test),
            each,
            examples.taxonomy,
            examples.task,
            examples.name,
        )
        for each in more
    ]
    joined = _join([examples, *others], [each.weight for each in settings])
    joined = _without_leaks(joined)
    if trainable:
        joined.check_trainable()
    return joined


def _folder_for(settings: DataSettings, data: Data | None) -> Path | None:
    """``data`` where it is a folder that may hold this data set too."""
    elsewhere = settings.path is not None or settings.name in _NOT_LOOKED_FOR
    return data if isinstance(data, Path) and data.is_dir() and not elsewhere else None


_NOT_LOOKED_FOR = ("everyday", "file")


def with_labels_of(
    other: Examples, settings: DataSettings, taxonomy: Taxonomy, task: Task, name: str
) -> Examples:
    """``other``, read by ``settings``, with the labels and the task of the data set ``name``.

    Raises :class:`DataError` for a label that ``taxonomy`` lacks, and for one that ``label_map``
    names and ``other`` lacks.
    """
    ours = {label: column for column, label in enumerate(taxonomy.labels)}
    theirs = other.taxonomy.labels
    has = f"{name} has: {listing(taxonomy.labels, 40)}."
    for label, meant in settings.label_map.items():
        if label not in theirs:
            raise DataError(
                f"label_map names {label!r}, which is no label of {other.name}. "
                f"{nearest(label, theirs)}It has: {listing(theirs, 40)}."
            )
        if meant not in ours:
            raise DataError(
                f"label_map says that {label!r} of {other.name} is {meant!r}, which {name} does "
                f"not have. {nearest(meant, ours)}{has}"
            )
    for label in theirs:
        if label not in ours and label not in settings.label_map:
            raise DataError(
                f"{other.name} has the label {label!r}, which {name} does not have. "
                f"{nearest(label, ours)}Say which of its labels is meant with label_map, such as "
                f"label_map = {{ {json.dumps(label, ensure_ascii=False)} = "
                f'"{taxonomy.labels[0]}" }}. {has}'
            )
    wanted = [settings.label_map.get(label, label) for label in theirs]
    if task == "single_label" and other.task == "multi_label":
        other = other.only_single_label()
    columns = [ours[label] for label in wanted]
    labels = np.zeros((len(other), len(ours)), dtype=np.bool_)
    soft = None if other.soft_labels is None else np.zeros(labels.shape, dtype=np.float32)
    for their, column in enumerate(columns):
        labels[:, column] |= other.labels[:, their]
        if soft is not None and other.soft_labels is not None:
            soft[:, column] = np.maximum(soft[:, column], other.soft_labels[:, their])
    return replace(other, labels=labels, soft_labels=soft, taxonomy=taxonomy, task=task)


def _join(parts: Sequence[Examples], weights: Sequence[float]) -> Examples:
    names: list[str] = []
    for part in parts:  # two files of one name are told apart
        name, n = part.name, 1
        while name in names:
            n += 1
            name = f"{part.name}#{n}"
        names.append(name)
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
        name=JOINED.join(names),
        files=tuple(
            replace(file, data_set=number)
            for number, part in enumerate(parts)
            for file in part.files
        ),
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
