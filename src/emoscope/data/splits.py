"""Splits and samples of Examples, stratified by their labels and the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import SPLITS, Examples
from emoscope.data.stratify import stratify
from emoscope.data.text_identity import group_texts
from emoscope.errors import DataError, UnusableSplit

_TRAIN_TEXTS_EACH = 10
"""Train texts to one of validation or test in a sample, as in the published 2,000 and 200."""


def make_splits(
    examples: Examples, validation_share: float, test_share: float, seed: int
) -> Examples:
    """Move stratified shares of the train rows to ``validation`` and to ``test``.

    Rows of other splits stay where they are. Texts that are equal but for case, Unicode form and
    white space go to the same split, so nothing leaks; a share of zero makes no split. Row order
    stays.

    Raises :class:`DataError` for shares that leave no train, :class:`UnusableSplit` when there are
    too few different texts.
    """
    if min(validation_share, test_share) < 0 or validation_share + test_share >= 1:
        raise DataError(
            f"Shares of {validation_share:g} for validation and {test_share:g} for test leave no "
            "train split. Give shares from 0 on that sum to less than 1."
        )
    shares = {"train": 1 - validation_share - test_share}
    shares |= {"validation": validation_share, "test": test_share}
    shares = {name: share for name, share in shares.items() if share > 0}
    rows = np.flatnonzero(examples.splits == "train")
    groups = group_texts(examples.texts[i] for i in rows)
    parts = stratify(examples.labels[rows], list(shares.values()), seed, groups)
    names = np.array(list(shares))
    splits = examples.splits.astype("<U10")  # as long as "validation"; also a copy
    splits[rows] = names[parts]
    counts = {name: int((names[parts] == name).sum()) for name in shares}
    if not all(counts.values()):
        different = len(set(groups.tolist()))
        raise UnusableSplit(
            f"{examples.name}: {len(rows):,} rows with {different:,} different texts "
            f"are too few for the splits {', '.join(shares)}. Add texts, or give larger shares."
        )
    made = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    note = f"made splits: {made} (stratified, seed {seed}; equal texts stay together)"
    return replace(examples, splits=splits, notes=(*examples.notes, note))


def sample(examples: Examples, amount: int | float, seed: int) -> Examples:
    """Draw a stratified subset of every split; row order stays.

    An ``int`` is a number of train texts, with a tenth of it for validation and for test each (so
    2000 draws 2,000, 200 and 200); without a train split it is the number of each split. A
    ``float`` is the share to draw of each split. A split with fewer texts stays whole.
    """
    has_train = examples.has_split("train")
    drawn = []
    for number, split in enumerate(SPLITS):
        rows = np.flatnonzero(examples.splits == split)
        if isinstance(amount, float):
            wanted = round(amount * len(rows))
        else:
            wanted = (
                amount if split == "train" or not has_train else round(amount / _TRAIN_TEXTS_EACH)
            )
        drawn.append(_draw(examples, rows, max(wanted, 1), seed + number))
    kept = examples.select(np.sort(np.concatenate(drawn)))
    counts = [
        f"{split} {len(rows):,}" for split, rows in zip(SPLITS, drawn, strict=True) if len(rows)
    ]
    note = f"sampled {', '.join(counts)} of {len(examples):,} texts (stratified, seed {seed})"
    return replace(kept, notes=(*kept.notes, note))


def _draw(
    examples: Examples, rows: npt.NDArray[np.intp], wanted: int, seed: int
) -> npt.NDArray[np.intp]:
    """Exactly ``wanted`` of ``rows``, stratified; all of them when there are no more."""
    if wanted >= len(rows):
        return rows
    parts = stratify(examples.labels[rows], [wanted, len(rows) - wanted], seed)
    # Shares of labels rarely round to exactly the wanted size: move the few rows that differ.
    random = np.random.default_rng(seed)
    surplus = int((parts == 0).sum()) - wanted
    from_part = 0 if surplus > 0 else 1
    moved = random.choice(np.flatnonzero(parts == from_part), abs(surplus), replace=False)
    parts[moved] = 1 - from_part
    chosen: npt.NDArray[np.intp] = rows[parts == 0]
    return chosen
