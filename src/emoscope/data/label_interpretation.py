"""What a user's label column or columns mean: label indices of every row, and the label set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emoscope.errors import DataError
from emoscope.taxonomy import TAXONOMIES, Task, Taxonomy

At = Callable[[int], str]
"""Where a row (counted from zero) is, for messages."""

Indices = tuple[int, ...]


@dataclass(frozen=True)
class Labelling:
    """The labels of ``n`` rows."""

    indices: list[Indices]
    """For each row, its labels as positions in :attr:`taxonomy`; empty for a row without label."""
    taxonomy: Taxonomy
    may_have_none: bool
    """Whether a row without label is usual, as in lists and 0/1 columns, or rather a mistake."""
    notes: tuple[str, ...] = ()


def taxonomy_of(names: Sequence[str]) -> Taxonomy:
    """The known taxonomy with exactly these labels, with its order and roll-ups, or a new one."""
    for taxonomy in TAXONOMIES.values():
        if set(taxonomy.labels) == set(names) and len(names) == len(taxonomy):
            return taxonomy
    return Taxonomy("own", tuple(names))


def known_names(label_names: Sequence[str]) -> tuple[str, ...]:
    """Label names as given; the name of a known taxonomy stands for its labels."""
    if len(label_names) == 1 and label_names[0] in TAXONOMIES:
        return TAXONOMIES[label_names[0]].labels
    return tuple(label_names)


def settle_task(labelling: Labelling, given: Task | None, at: At) -> tuple[Task, str]:
    """The task, and a note that tells it; inferred when not given.

    It is single-label when every text has exactly one label. Raises :class:`DataError` naming the
    row when the labels do not fit the task.
    """
    counts = [len(row) for row in labelling.indices]
    most = max(counts, default=0)
    task: Task
    if given is not None:
        task, note = given, f"task: {given}, as given"
    elif most > 1:
        task, note = "multi_label", "task: multi_label, since texts have more than one label"
    elif 0 in counts and labelling.may_have_none:
        task, note = "multi_label", "task: multi_label, since texts may have no label"
    else:
        task, note = "single_label", "task: single_label, since every text has one label"
    if task == "single_label":
        _check_one_label_each(labelling, counts, given, at)
    return task, note


def _check_one_label_each(
    labelling: Labelling, counts: list[int], given: Task | None, at: At
) -> None:
    if 0 in counts:
        row = counts.index(0)
        why = "the task is single_label" if given else "every other text has exactly one label"
        raise DataError(
            f"{at(row)}: no label, and {why} ({counts.count(0):,} of {len(counts):,} rows have "
            "none). Label these rows, remove them, or say task = multi_label if a text may have "
            "no label."
        )
    if max(counts, default=1) > 1:
        row = next(i for i, count in enumerate(counts) if count > 1)
        names = ", ".join(labelling.taxonomy.labels[i] for i in labelling.indices[row])
        raise DataError(
            f"{at(row)}: {counts[row]} labels ({names}), and the task is single_label. Say "
            "task = multi_label, or single_label = true to keep only the texts with one label."
        )
