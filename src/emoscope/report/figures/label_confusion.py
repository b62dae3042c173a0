"""Multi-label: which label is predicted where another was meant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from emoscope.report.figures.heatmap import heat_map
from emoscope.report.figures.label_distribution import FEW
from emoscope.report.formatting import joined, percent
from emoscope.report.style import new_figure, short, styled

Counts = npt.NDArray[np.int64]
FOUND, NOTHING = "found", "nothing"


@styled
def draw(
    labels: Sequence[str], support: Counts, found: Counts, nothing: Counts, mistaken: Counts
) -> Figure:
    """Draw shares of the texts that truly have the row's label.

    ``mistaken`` (n_labels, n_labels): texts whose label i was missed and that were wrongly given j.
    ``found`` and ``nothing`` (n_labels,): texts where i was found, and where it was missed and no
    wrong label given. A text can be wrongly given two labels, so a row may sum to more than one.
    Shares below 4.5 % are coloured but not written.
    """
    n = len(labels)
    figure = new_figure(2.6 + 0.31 * n, width=11.0)
    axes = figure.add_subplot()
    part = np.column_stack([found, nothing, mistaken]).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = part / support[:, None]
    shares[np.arange(n), np.arange(n) + 2] = np.nan  # a label is not mistaken for itself
    often = shares[support >= FEW, 2:] if (support >= FEW).any() else shares[:, 2:]
    top = max(float(np.nanmax(np.nan_to_num(often))), 0.05)  # of six texts, one is 17 per cent
    values = np.insert(np.minimum(shares, top), 2, np.nan, axis=1)  # a gap beside the summary
    values[:, 0] = np.nan  # what was found is no mistake: a number, no colour
    written = np.insert(shares, 2, np.nan, axis=1)
    texts = np.full(values.shape, "", dtype="<U4")
    for i, j in zip(*np.nonzero(np.nan_to_num(written) >= 0.045), strict=True):
        texts[i, j] = f"{100 * written[i, j]:.0f}"
    names = [f"{short(label, 18)} ({support[i]:,})" for i, label in enumerate(labels)]
    heat_map(
        axes,
        values,
        texts,
        names,
        [FOUND, NOTHING, "", *labels],
        top=top,
        font=10 if n <= 30 else 7,
    )
    axes.xaxis.tick_top()
    axes.set_xlabel("per cent of the texts with the true label, by what they were wrongly given")
    axes.set_ylabel("true label (texts)")
    return figure


def read(labels: Sequence[str], support: Counts, nothing: Counts, mistaken: Counts) -> str:
    """Name the most frequent mistakes, and the label that swallows most."""
    if not mistaken.any():
        return "No label was predicted in place of another."
    order = np.argsort(-mistaken, axis=None, kind="stable")[:3]
    n = len(labels)
    pairs = [
        f"{labels[int(k) // n]} as {labels[int(k) % n]} ({mistaken.flat[k]:,})"
        for k in order
        if mistaken.flat[k]
    ]
    swallows = int(np.argmax(mistaken.sum(axis=0)))
    share = mistaken[:, swallows].sum() / mistaken.sum()
    return (
        f"Most often mistaken: {joined(pairs)}. {labels[swallows]} takes the place of other labels "
        f"most often ({percent(float(share))} of all such mistakes). In "
        f"{percent(float(nothing.sum() / max(support.sum(), 1)))} of the cases a label was missed "
        "and no wrong one given."
    )


def count_mistaken(
    truth: npt.NDArray[np.bool_], predicted: npt.NDArray[np.bool_]
) -> tuple[Counts, Counts, Counts]:
    """``found``, ``nothing`` and ``mistaken`` for :func:`draw`, of two (n, n_labels) matrices."""
    missed, extra = truth & ~predicted, predicted & ~truth
    bare = missed & ~extra.any(axis=1, keepdims=True)
    return (
        (truth & predicted).sum(axis=0).astype(np.int64),
        bare.sum(axis=0).astype(np.int64),
        missed.T.astype(np.int64) @ extra.astype(np.int64),
    )
