"""Examples: texts with their labels, what every reader gives and every trainer takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from emoscope.decisions.labelled_scores import LabelledScores, refuse_test
from emoscope.errors import DataError, NoExamples, UnusableSplit, listing, nearest
from emoscope.taxonomy import Task, Taxonomy

SPLITS = ("train", "validation", "test")
_ALIASES = {"dev": "validation", "val": "validation", "valid": "validation", "eval": "validation"}


@dataclass(frozen=True)
class SourceFile:
    """One file that examples came from, for the provenance record."""

    name: str
    sha256: str
    rows: int
    data_set: int = 0
    """Which of several data sets it belongs to."""


@dataclass(frozen=True, eq=False)
class Examples:
    """``n`` texts with labels, ids and splits; immutable, selections are new objects.

    Texts are as read (quotes and line ends resolved), normalisation is the scorer's business.
    """

    texts: tuple[str, ...]
    labels: npt.NDArray[np.bool_]
    """Shape (n, n_labels)."""
    taxonomy: Taxonomy
    task: Task
    ids: tuple[str, ...]
    splits: npt.NDArray[np.str_]
    """Shape (n,), each one of :data:`SPLITS`."""
    soft_labels: npt.NDArray[np.float32] | None = None
    """Shape (n, n_labels), the share of raters that chose the label; None without raters."""
    sources: npt.NDArray[np.str_] | None = None
    """Shape (n,), the data set that each text is from; None where all are from :attr:`name`."""
    weights: npt.NDArray[np.float32] | None = None
    """Shape (n,), how often each text comes in an epoch of training; None for once."""
    name: str = "examples"
    files: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What a person should know: the source, an inferred task, dropped rows, made splits."""

    def __post_init__(self) -> None:
        """Check that all parts have the same length and the labels fit the task."""
        n, n_labels = len(self.texts), len(self.taxonomy)
        if self.labels.shape != (n, n_labels) or self.labels.dtype != np.bool_:
            raise DataError(
                f"{self.name}: {n} texts and {n_labels} labels need a bool matrix of that shape, "
                f"not {self.labels.dtype} {self.labels.shape}. Check the reader."
            )
        if len(self.ids) != n or self.splits.shape != (n,):
            raise DataError(
                f"{self.name}: {n} texts, {len(self.ids)} ids and {len(self.splits)} splits. "
                "Give one of each for every text."
            )
        unknown = sorted(set(np.unique(self.splits).tolist()) - set(SPLITS))
        if unknown:
            raise DataError(
                f"{self.name}: unknown split {unknown[0]!r}. {nearest(unknown[0], SPLITS)}"
                f"Splits are: {listing(SPLITS)}."
            )
        if self.soft_labels is not None and self.soft_labels.shape != (n, n_labels):
            raise DataError(f"{self.name}: soft labels must have the shape of the labels.")
        if self.task == "single_label" and n and not (self.labels.sum(axis=1) == 1).all():
            row = int(np.flatnonzero(self.labels.sum(axis=1) != 1)[0])
            raise DataError(
                f"{self.name}, row {row + 1}: {int(self.labels[row].sum())} labels in a "
                "single-label task. Give each text one label, or say task = multi_label."
            )

    def __len__(self) -> int:
        return len(self.texts)

    def select(
        self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp] | Sequence[int]
    ) -> Examples:
        """Return the rows of a boolean mask or of indices, in that order."""
        index = np.asarray(rows)
        if index.dtype == np.bool_:
            index = np.flatnonzero(index)
        index = index.astype(np.intp)
        return replace(
            self,
            texts=tuple(self.texts[i] for i in index),
            ids=tuple(self.ids[i] for i in index),
            labels=self.labels[index],
            splits=self.splits[index],
            soft_labels=None if self.soft_labels is None else self.soft_labels[index],
            sources=None if self.sources is None else self.sources[index],
            weights=None if self.weights is None else self.weights[index],
        )

    def split(self, name: str) -> Examples:
        """Return one split; raises :class:`NoExamples` when it has no row."""
        wanted = split_name(name)
        rows = self.splits == wanted
        if not rows.any():
            present = listing(sorted(set(self.splits.tolist())))
            raise NoExamples(
                f"{self.name} has no {wanted} rows (it has: {present}). "
                f"Give a file for {wanted}, a split column, or let emoscope make one."
            )
        return self.select(rows)

    def has_split(self, name: str) -> bool:
        """Tell whether any row belongs to the split ``name``."""
        return bool((self.splits == split_name(name)).any())

    @property
    def sources_of_texts(self) -> npt.NDArray[np.str_]:
        """Shape (n,), the data set that each text is from."""
        return np.full(len(self), self.name) if self.sources is None else self.sources

    @property
    def source_names(self) -> tuple[str, ...]:
        """The data sets that the texts are from, in the order in which they come first."""
        return tuple(dict.fromkeys(self.sources_of_texts.tolist()))

    def of_source(self, name: str) -> Examples:
        """The texts of one data set of several, under its name."""
        if self.sources is None:
            return self
        kept = self.select(self.sources == name)
        return replace(kept, sources=None, weights=None, name=name)

    def with_scores(self, scores: npt.ArrayLike) -> LabelledScores:
        """Scores (n, n_labels) of these texts beside their labels, for fitting a policy."""
        return LabelledScores(
            np.asarray(scores), self.labels, self.taxonomy.labels, self.task, self._split_name()
        )

    def refuse_test(self, what: str) -> None:
        """Raise :class:`FitOnTest` when ``what`` would be fitted on texts of the test split."""
        refuse_test(self._split_name(), what)

    def _split_name(self) -> str:
        """The split of all texts: ``test`` where any is of it, several joined by a plus."""
        names = sorted(set(self.splits.tolist()))
        return "test" if "test" in names else "+".join(names)

    def only_single_label(self) -> Examples:
        """Return the texts with exactly one label, as a single-label task."""
        kept = self.select(self.labels.sum(axis=1) == 1)
        if not len(kept):
            raise NoExamples(f"{self.name} has no text with exactly one label.")
        note = f"kept the {len(kept):,} of {len(self):,} texts that have exactly one label"
        return replace(kept, task="single_label", notes=(*self.notes, note))

    def check_trainable(self) -> None:
        """Raise :class:`UnusableSplit` when a model cannot be trained and judged on these splits.

        Train needs at least two labels with an example, one label that some of its texts have and
        others do not, and every label of validation or test must occur in train.
        """
        train = self.split("train").labels
        seen = train.any(axis=0)
        if seen.sum() < 2:
            only = [self.taxonomy.labels[i] for i in np.flatnonzero(seen)]
            raise UnusableSplit(
                f"{self.name}: all train texts have the same label ({listing(only)}). "
                "A classifier needs at least two; add texts with another label."
            )
        if train[:, seen].all():
            every = [self.taxonomy.labels[i] for i in np.flatnonzero(seen)]
            raise UnusableSplit(
                f"{self.name}: all {len(train):,} train texts have the same {len(every)} labels "
                f"({listing(every)}), so there is nothing to tell apart. Add texts without one of "
                "them; if every list holds all labels with scores, give those that hold."
            )
        for other in ("validation", "test"):
            if not self.has_split(other):
                continue
            unseen = self.labels[self.splits == other].any(axis=0) & ~seen  # labels, not texts
            if unseen.any():
                names = [self.taxonomy.labels[i] for i in np.flatnonzero(unseen)]
                raise UnusableSplit(
                    f"{self.name}: {other} has labels that never occur in train: {listing(names)}. "
                    "Move some of their texts to train, or drop these labels."
                )


def split_name(name: str) -> str:
    """Canonical name of a split: ``dev`` and ``val`` become ``validation``."""
    lower = name.strip().lower()
    canonical = _ALIASES.get(lower, lower)
    if canonical not in SPLITS:
        raise DataError(
            f"Unknown split {name!r}. {nearest(lower, (*SPLITS, *_ALIASES))}"
            f"Splits are: {listing(SPLITS)} (dev and val mean validation)."
        )
    return canonical
