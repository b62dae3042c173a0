"""What is wrong with a data set: repeated texts, contradicting labels, empty texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import SPLITS, Examples
from emoscope.data.text_identity import group_texts
from emoscope.text import is_empty


@dataclass(frozen=True)
class RepeatsWithin:
    """Texts that occur more than once in one split."""

    split: str
    texts: int
    """Different texts with more than one row."""
    surplus_rows: int
    """Rows beyond the first of each of these texts."""
    conflicting: int
    """How many of these texts have rows with different label sets."""


@dataclass(frozen=True)
class RepeatsAcross:
    """Texts that two splits share; a model has seen the answer to those of ``second``."""

    first: str
    second: str
    texts: int
    rows: int
    """Rows of ``second`` with these texts."""
    conflicting: int
    """How many of these texts have rows with different label sets in the two splits together."""


@dataclass(frozen=True)
class Repeats:
    """Repeated texts within every split and across every two splits."""

    within: tuple[RepeatsWithin, ...]
    across: tuple[RepeatsAcross, ...]


@dataclass(frozen=True)
class Audit:
    """The findings."""

    exact: Repeats
    """Equal character by character."""
    folded: Repeats
    """Equal by :func:`emoscope.data.text_identity.text_key`, but for case or Unicode form."""
    empty: dict[str, int]
    """Texts a split of which normalisation leaves nothing."""
    without_label: dict[str, int]
    """Texts a split that have no label."""


def audit(examples: Examples) -> Audit:
    """Count repeated texts, contradicting labels, and texts that are empty or without label."""
    splits = [split for split in SPLITS if examples.has_split(split)]
    empty = np.fromiter(map(is_empty, examples.texts), dtype=np.bool_, count=len(examples))
    bare = examples.labels.sum(axis=1) == 0
    return Audit(
        exact=_repeats(examples, splits, folded=False),
        folded=_repeats(examples, splits, folded=True),
        empty={s: int(empty[examples.splits == s].sum()) for s in splits},
        without_label={s: int(bare[examples.splits == s].sum()) for s in splits},
    )


def _repeats(examples: Examples, splits: Sequence[str], *, folded: bool) -> Repeats:
    texts = group_texts(examples.texts, folded=folded)
    label_sets = _number_rows(examples.labels)
    rows = {split: np.flatnonzero(examples.splits == split) for split in splits}
    n_texts = int(texts.max()) + 1 if len(texts) else 0
    counts = {s: np.bincount(texts[rows[s]], minlength=n_texts) for s in splits}
    within = []
    for split in splits:
        repeated = counts[split] > 1
        differing = _conflicting(texts, label_sets, rows[split], n_texts)
        within.append(
            RepeatsWithin(
                split,
                texts=int(repeated.sum()),
                surplus_rows=int((counts[split][repeated] - 1).sum()),
                conflicting=int((repeated & differing).sum()),
            )
        )
    across = []
    for first, second in combinations(splits, 2):
        shared = (counts[first] > 0) & (counts[second] > 0)
        both = np.concatenate([rows[first], rows[second]])
        differing = _conflicting(texts, label_sets, both, n_texts)
        across.append(
            RepeatsAcross(
                first,
                second,
                texts=int(shared.sum()),
                rows=int(counts[second][shared].sum()),
                conflicting=int((shared & differing).sum()),
            )
        )
    return Repeats(tuple(within), tuple(across))


def _number_rows(labels: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Number the label sets (n,), equal sets the same."""
    packed = np.packbits(labels, axis=1)
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in packed], np.intp)


def _conflicting(
    texts: npt.NDArray[np.intp],
    label_sets: npt.NDArray[np.intp],
    rows: npt.NDArray[np.intp],
    n_texts: int,
) -> npt.NDArray[np.bool_]:
    """(n_texts,): whether the rows of a text, among ``rows``, have more than one label set."""
    low = np.full(n_texts, np.iinfo(np.intp).max, dtype=np.intp)
    high = np.full(n_texts, -1, dtype=np.intp)
    np.minimum.at(low, texts[rows], label_sets[rows])
    np.maximum.at(high, texts[rows], label_sets[rows])
    different: npt.NDArray[np.bool_] = low < high
    return different
