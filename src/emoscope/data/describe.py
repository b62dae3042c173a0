"""What a data set is made of: counts, labels, lengths, and what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from emoscope.data.audit import Audit, audit
from emoscope.data.examples import SPLITS, Examples, SourceFile
from emoscope.taxonomy import Task

TOP_PAIRS = 10


@dataclass(frozen=True)
class Lengths:
    """Of the texts, in characters or in words (runs of anything but white space)."""

    median: float
    percentile_95: float
    longest: int


@dataclass(frozen=True)
class Pair:
    """Two labels that texts have together."""

    first: str
    second: str
    texts: int
    share: float
    """Of the texts with the rarer of the two, those that have both: 1 is never apart."""


@dataclass(frozen=True)
class Description:
    """A data set in numbers. Everything that is by split has the splits as keys, in their order."""

    name: str
    task: Task
    taxonomy: str
    labels: tuple[str, ...]
    texts: dict[str, int]
    """Texts a split."""
    support: dict[str, dict[str, int]]
    """Label -> split -> texts with the label."""
    labels_a_text: dict[str, dict[int, int]]
    """Split -> number of labels -> texts with that many."""
    characters: dict[str, Lengths]
    words: dict[str, Lengths]
    pairs: tuple[Pair, ...]
    """The labels that occur together most often, over all splits."""
    audit: Audit
    soft_labels: bool
    """Whether shares of raters come with the labels."""
    files: tuple[SourceFile, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data; the numbers of labels become strings, as JSON keys are."""
        plain = asdict(self)
        plain["labels_a_text"] = {
            split: {str(number): texts for number, texts in counts.items()}
            for split, counts in self.labels_a_text.items()
        }
        return plain


def describe(examples: Examples) -> Description:
    """Count what is in ``examples``."""
    rows = {
        split: np.flatnonzero(examples.splits == split)
        for split in SPLITS
        if examples.has_split(split)
    }
    support = {split: examples.labels[found].sum(axis=0).tolist() for split, found in rows.items()}
    counts = examples.labels.sum(axis=1)
    labels_a_text = {}
    for split, found in rows.items():
        numbers, texts = np.unique(counts[found], return_counts=True)
        labels_a_text[split] = dict(zip(numbers.tolist(), texts.tolist(), strict=True))
    characters = np.fromiter(map(len, examples.texts), dtype=np.intp, count=len(examples))
    words = np.fromiter((len(t.split()) for t in examples.texts), np.intp, count=len(examples))
    return Description(
        name=examples.name,
        task=examples.task,
        taxonomy=examples.taxonomy.name,
        labels=examples.taxonomy.labels,
        texts={split: len(found) for split, found in rows.items()},
        support={
            label: {split: support[split][number] for split in rows}
            for number, label in enumerate(examples.taxonomy.labels)
        },
        labels_a_text=labels_a_text,
        characters={split: _lengths(characters[found]) for split, found in rows.items()},
        words={split: _lengths(words[found]) for split, found in rows.items()},
        pairs=_pairs(examples),
        audit=audit(examples),
        soft_labels=examples.soft_labels is not None,
        files=examples.files,
        notes=examples.notes,
    )


def _lengths(values: np.ndarray[Any, np.dtype[np.intp]]) -> Lengths:
    median, high = np.percentile(values, [50, 95]).tolist()
    return Lengths(median, high, int(values.max()))


def _pairs(examples: Examples) -> tuple[Pair, ...]:
    numbers = examples.labels.astype(np.float32)
    together = (numbers.T @ numbers).astype(np.intp)
    names = examples.taxonomy.labels
    found = [
        Pair(
            names[a],
            names[b],
            int(together[a, b]),
            float(together[a, b] / min(together[a, a], together[b, b])),
        )
        for a, b in combinations(range(len(names)), 2)
        if together[a, b]
    ]
    return tuple(sorted(found, key=lambda pair: -pair.texts)[:TOP_PAIRS])
