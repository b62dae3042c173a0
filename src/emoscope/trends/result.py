"""What measuring trends gives: counts by group, period and label, and shares with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from emoscope.errors import DataError, UnknownLabel, listing, nearest
from emoscope.metrics.wilson import wilson
from emoscope.trends.counting import MOST_CELLS, Counts
from emoscope.trends.periods import Every, Moments, main_range, names, starts

Shares = npt.NDArray[np.float64]

NEUTRAL = "neutral"
NO_VALUE = "(empty)"
"""How people are shown a group whose cells are empty."""


@dataclass(frozen=True)
class LeftOut:
    """Rows that were not counted, and why."""

    untimed: int = 0
    """Rows whose time cannot be read."""
    untimed_examples: tuple[str, ...] = ()
    """The first of them: file, line and what stands there."""
    unread: int = 0
    """Rows that cannot be read, or that have no text or no prediction."""
    unread_examples: tuple[str, ...] = ()
    """The first of them: file, line and reason."""
    outside: int = 0
    """Rows of other times or groups than those asked for."""


@dataclass(frozen=True, eq=False)
class Trends:
    """Shares of texts that have a label, period by period."""

    labels: tuple[str, ...]
    groups: tuple[str, ...]
    """Values of the column ``by``; a single empty name without one."""
    counts: Counts
    """Arrays in the order of ``groups`` and ``labels``."""
    time: str
    """Column of the times."""
    by: str | None = None
    """Column of the groups."""
    source: str = ""
    """Where the labels come from, for people."""
    rows: int = 0
    """Rows that were read, those left out included."""
    left_out: LeftOut = field(default_factory=LeftOut)
    notes: tuple[str, ...] = ()
    """What a user should know about inputs and labels."""

    @property
    def every(self) -> Every:
        """Length of a period."""
        return self.counts.every

    @property
    def texts(self) -> npt.NDArray[np.int64]:
        """Texts counted, shape (n_groups, n_periods)."""
        return self.counts.texts

    @property
    def held(self) -> npt.NDArray[np.int64]:
        """Texts that have a label, shape (n_groups, n_periods, n_labels)."""
        return self.counts.held

    @property
    def share(self) -> Shares:
        """``held`` of ``texts``, shape (n_groups, n_periods, n_labels); NaN where no text is."""
        n = np.where(self.texts > 0, self.texts, np.nan)[..., None]
        return np.asarray(self.held / n)

    def interval(self, level: float = 0.95) -> tuple[Shares, Shares]:
        """Lower and upper ends by Wilson's method, each shaped as :attr:`share`.

        They tell the doubt that comes from the number of texts, if these were drawn at random; not
        that of the labels, which are a model's. Raises :class:`emoscope.errors.DecisionError` for
        a level outside (0, 1).
        """
        return wilson(self.held, self.texts[..., None], level)

    @property
    def periods(self) -> list[str]:
        """Names of the periods, as ``2024-03-05``; a week is called by its Monday. UTC."""
        return names(self.counts.periods, self.every)

    @property
    def edges(self) -> Moments:
        """Where each period begins, and where the last one ends, shape (n_periods + 1,); UTC."""
        periods = self.counts.periods
        return starts(np.append(periods, periods[-1] + 1), self.every)

    @property
    def main_range(self) -> tuple[int, int]:
        """First and last position of the periods without outlying ones."""
        begun = starts(self.counts.periods, self.every).astype(np.int64)
        return main_range(begun, self.texts.sum(axis=0))

    def without_gaps(self) -> Trends:
        """The same with every period of the main range, also those without texts.

        Raises :class:`DataError` where these are too many.
        """
        first, last = self.main_range
        found = self.counts.periods[first : last + 1]
        n = int(found[-1] - found[0]) + 1
        if n * len(self.groups) > MOST_CELLS:
            raise DataError(
                f"A chart by {self.every} from {self.periods[first]} to {self.periods[last]} has "
                f"{n:,} periods. Choose a longer period with --every, or leave out times with "
                "--since and --before."
            )
        place = found - found[0]
        texts = np.zeros((len(self.groups), n), dtype=np.int64)
        held = np.zeros((*texts.shape, len(self.labels)), dtype=np.int64)
        texts[:, place] = self.texts[:, first : last + 1]
        held[:, place] = self.held[:, first : last + 1]
        return replace(self, counts=Counts(self.every, found[0] + np.arange(n), texts, held))

    def frequent_labels(self, most: int) -> tuple[str, ...]:
        """The labels with the most texts; neutral only where there are no more labels than that."""
        known = self.labels
        if len(known) > most:
            known = tuple(label for label in known if label != NEUTRAL)
        total = dict(zip(self.labels, self.held.sum(axis=(0, 1)).tolist(), strict=True))
        return tuple(sorted(known, key=lambda label: -total[label])[:most])

    def frequent_groups(self, most: int) -> tuple[str, ...]:
        """The groups with the most texts."""
        total = dict(zip(self.groups, self.texts.sum(axis=1).tolist(), strict=True))
        return tuple(sorted(self.groups, key=lambda group: -total[group])[:most])

    def select(
        self, labels: Sequence[str] | None = None, groups: Sequence[str] | None = None
    ) -> Trends:
        """The same with these labels and groups alone, in this order; None keeps all.

        Raises :class:`UnknownLabel` or :class:`DataError` naming the nearest one that there is.
        """
        label_at = _places(self.labels, labels, "label", UnknownLabel)
        group_at = _places(self.groups, groups, f"value of {self.by!r}", DataError)
        counts = replace(
            self.counts,
            texts=self.texts[group_at],
            held=self.held[group_at][:, :, label_at],
        )
        return replace(
            self,
            labels=tuple(self.labels[j] for j in label_at),
            groups=tuple(self.groups[i] for i in group_at),
            counts=counts,
        )


def shown_group(name: str) -> str:
    """A group's name for people: something to see also where the name is empty."""
    return name if name.strip() else NO_VALUE


def _places(
    known: Sequence[str], asked: Sequence[str] | None, what: str, error: type[DataError]
) -> list[int]:
    if asked is None:
        return list(range(len(known)))
    for name in asked:
        if name not in known:
            raise error(
                f"There is no {what} {name!r}. {nearest(name, known)}There are: "
                f"{listing(known, 30)}."
            )
    return [known.index(name) for name in dict.fromkeys(asked)]
