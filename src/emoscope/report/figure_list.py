"""From a subject to its figures: what each is given, in the order of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from emoscope.decisions import plain_policy
from emoscope.evaluation.error_analysis.slices import Slice, length_slices, metric_of
from emoscope.evaluation.intervals import Estimates, LabelEstimates, estimate_labels
from emoscope.evaluation.threshold_curves import GRID, Sweep, precision_recall, sweep
from emoscope.metrics import reliability_bins, top_label_bins
from emoscope.metrics.single_label import confusion_matrix
from emoscope.report.context import Subject
from emoscope.report.figure_specification import Missing, Plate
from emoscope.report.figures import (
    confusion,
    cooccurrence,
    history,
    label_distribution,
    labels_per_text,
    length,
    per_label,
    precision_recall_labels,
    reliability,
    support_f1,
    thresholds_labels,
)
from emoscope.report.figures import label_confusion as mistaken
from emoscope.report.figures import precision_recall as precision_recall_figure
from emoscope.report.figures import risk_coverage as abstaining
from emoscope.report.figures import thresholds as thresholds_figure
from emoscope.report.figures.label_panels import choose_labels
from emoscope.report.formatting import METRIC_NAMES

NO_TEXTS = "The texts are not at hand. {why}"
MOST_CELLS = 40
"""Labels in a matrix; of more, those with the most texts."""


class Gallery:
    """The figures of one subject; what several of them need is computed once."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @cached_property
    def estimates(self) -> LabelEstimates:
        """Precision, recall and F1 of each label with intervals."""
        subject = self.subject
        return estimate_labels(subject.truth, subject.predicted, seed=subject.report.seed)

    @cached_property
    def lengths(self) -> list[Slice]:
        """The metric by length of text; empty without texts."""
        subject = self.subject
        if subject.part is None:
            return []
        return length_slices(subject.task, subject.part.texts, subject.truth, subject.predicted)

    @cached_property
    def sweeps(self) -> Mapping[str, Sweep]:
        """F1 over thresholds by split, validation first where it is at hand."""
        subject = self.subject
        found = {}
        saved = subject.validation
        if saved is not None and subject.split != "validation":
            found["validation"] = sweep(
                saved.truth, subject.policy.probabilities(saved.scores), GRID
            )
        found[subject.split] = sweep(subject.truth, subject.probabilities, GRID)
        return found

    @cached_property
    def frequent(self) -> list[int]:
        """Columns that matrices show."""
        return choose_labels(self.subject.support, MOST_CELLS)

    def plates(self) -> Iterator[Plate | Missing]:
        """All figures in the order of the page, and what is missing in its place."""
        single = self.subject.task == "single_label"
        yield self.per_label()
        yield self.support_f1()
        yield self.confusion() if single else self.mistaken()
        yield from () if single else (self.cooccurrence(), self.labels_per_text())
        yield self.reliability()
        yield self.precision_recall()
        yield self.precision_recall_labels()
        yield from (self.abstaining(),) if single else (self.thresholds(), self.thresholds_labels())
        yield self.length()
        yield self.label_distribution()
        yield self.history()

    def per_label(self) -> Plate:
        """Precision, recall and F1 of each label."""
        given = (self.subject.labels, self.subject.support, self.estimates)
        return Plate(
            "per_label", "Label by label", per_label.read(*given), partial(per_label.draw, *given)
        )

    def support_f1(self) -> Plate:
        """F1 against the frequency in train, or in the judged split when train is not at hand."""
        subject = self.subject
        if subject.examples is not None and subject.examples.has_split("train"):
            support = subject.examples.split("train").labels.sum(axis=0).astype(np.int64)
            where = "train"
        else:
            support, where = subject.support, subject.split
        given = (subject.labels, support, self.estimates.f1)
        return Plate(
            "support_f1",
            "Frequency and F1",
            support_f1.read(*given),
            partial(support_f1.draw, *given, f"texts with the label in {where}"),
        )

    def confusion(self) -> Plate:
        """Confusion matrix of a single-label task."""
        subject = self.subject
        columns = self.frequent
        matrix = confusion_matrix(subject.truth, subject.predicted)
        matrix = matrix[np.ix_(columns, columns)]
        given = ([subject.labels[j] for j in columns], matrix)
        return Plate(
            "confusion", "Confusion", confusion.read(*given), partial(confusion.draw, *given)
        )

    def mistaken(self) -> Plate | Missing:
        """Which label is predicted where another was meant."""
        subject = self.subject
        title = "Which label is predicted where another was meant"
        if len(subject.labels) < 2:
            return Missing("mistaken_labels", title, "There is only one label.")
        found, nothing, matrix = mistaken.count_mistaken(subject.truth, subject.predicted)
        columns = self.frequent
        names, support = [subject.labels[j] for j in columns], subject.support[columns]
        matrix, nothing = matrix[np.ix_(columns, columns)], nothing[columns]
        return Plate(
            "mistaken_labels",
            title,
            mistaken.read(names, support, nothing, matrix),
            partial(mistaken.draw, names, support, found[columns], nothing, matrix),
        )

    def cooccurrence(self) -> Plate | Missing:
        """Labels that come together, true against predicted."""
        subject = self.subject
        title = "Labels that come together"
        if len(subject.labels) < 2:
            return Missing("cooccurrence", title, "There is only one label.")
        columns = self.frequent
        given = (
            [subject.labels[j] for j in columns],
            cooccurrence.count_pairs(subject.truth[:, columns]),
            cooccurrence.count_pairs(subject.predicted[:, columns]),
        )
        return Plate(
            "cooccurrence", title, cooccurrence.read(*given), partial(cooccurrence.draw, *given)
        )

    def labels_per_text(self) -> Plate:
        """Number of labels, true against predicted."""
        true, given = (m.sum(axis=1) for m in (self.subject.truth, self.subject.predicted))
        most = int(max(true.max(), given.max()))
        counts = tuple(np.bincount(m, minlength=most + 1).astype(np.int64) for m in (true, given))
        return Plate(
            "labels_per_text",
            "Labels a text",
            labels_per_text.read(*counts),
            partial(labels_per_text.draw, *counts),
        )

    def reliability(self) -> Plate:
        """Whether probabilities mean what they say, before and after calibration."""
        subject = self.subject
        bins = top_label_bins if subject.task == "single_label" else reliability_bins
        calibrated = bins(subject.truth, subject.probabilities)
        before = None
        if subject.policy.calibration.kind != "none":
            plain = plain_policy(subject.labels, subject.task)
            before = bins(subject.truth, plain.probabilities(subject.evaluation.scores))
        what = "texts" if subject.task == "single_label" else "text-label pairs"
        return Plate(
            "reliability",
            "Whether probabilities mean what they say",
            reliability.read(calibrated, before, what),
            partial(reliability.draw, calibrated, before, what),
        )

    def precision_recall(self) -> Plate | Missing:
        """Micro-averaged precision-recall curve."""
        subject = self.subject
        title = "Precision and recall, all labels pooled"
        curve = precision_recall(subject.truth, subject.probabilities)
        if not len(curve.recall):
            return Missing("precision_recall", title, f"No {subject.split} text has a label.")
        hits = float((subject.truth & subject.predicted).sum())
        chosen = (hits / subject.truth.sum(), hits / max(subject.predicted.sum(), 1))
        area = _area(
            curve.recall, curve.precision, subject.report.ranking.get("micro_average_precision")
        )
        given = (curve, area, (float(chosen[0]), float(chosen[1])))
        return Plate(
            "precision_recall",
            title,
            precision_recall_figure.read(*given),
            partial(precision_recall_figure.draw, *given),
        )

    def precision_recall_labels(self) -> Plate:
        """Precision-recall curve of each label."""
        subject = self.subject
        columns = choose_labels(subject.support)
        names = [subject.labels[j] for j in columns]
        curves = [
            precision_recall(subject.truth[:, j], subject.probabilities[:, j], levels=60)
            for j in columns
        ]
        area = np.array([subject.report.per_label[j].average_precision for j in columns])
        recall, precision = (
            part.value[columns] for part in (self.estimates.recall, self.estimates.precision)
        )
        return Plate(
            "precision_recall_labels",
            "Precision and recall, label by label",
            precision_recall_labels.read(names, area, recall, precision),
            partial(precision_recall_labels.draw, names, curves, area, recall, precision),
        )

    def thresholds(self) -> Plate:
        """F1 over one threshold for all labels."""
        subject = self.subject
        headline = subject.report.headline
        reached = (headline["macro_f1"], headline["micro_f1"])
        thresholds = subject.policy.thresholds
        common = float(thresholds[0]) if np.ptp(thresholds) < 1e-9 else None
        return Plate(
            "thresholds",
            "F1 across thresholds",
            thresholds_figure.read(self.sweeps, reached, subject.split),
            partial(thresholds_figure.draw, self.sweeps, reached, subject.split, common),
        )

    def thresholds_labels(self) -> Plate:
        """F1 of each label over its threshold."""
        subject = self.subject
        columns = choose_labels(subject.support)
        names = [subject.labels[j] for j in columns]
        chosen = subject.policy.thresholds[columns]
        sweeps = {
            name: Sweep(each.thresholds, each.per_label[:, columns], each.micro)
            for name, each in self.sweeps.items()
        }
        return Plate(
            "thresholds_labels",
            "F1 across thresholds, label by label",
            thresholds_labels.read(names, chosen, subject.policy.method),
            partial(thresholds_labels.draw, names, sweeps, chosen),
        )

    def abstaining(self) -> Plate:
        """Accuracy when the single-label model may keep silent."""
        subject = self.subject
        top = subject.probabilities.max(axis=1).astype(np.float64)
        right = subject.truth[np.arange(len(top)), subject.probabilities.argmax(axis=1)]
        accuracy, answered = abstaining.sweep_answers(right, top, GRID)
        chosen = float(subject.policy.thresholds.max())
        return Plate(
            "abstaining",
            "What silence on uncertain texts would bring",
            abstaining.read(GRID, accuracy, answered),
            partial(abstaining.draw, GRID, accuracy, answered, chosen),
        )

    def length(self) -> Plate | Missing:
        """The metric by length of text."""
        subject = self.subject
        title = "Short texts and long ones"
        if subject.part is None:
            return Missing("length", title, NO_TEXTS.format(why=subject.why_no_examples))
        names = [part.name for part in self.lengths]
        values = Estimates(
            *(
                np.array([getattr(part, end) for part in self.lengths])
                for end in ("value", "low", "high")
            )
        )
        n_texts = np.array([part.n_texts for part in self.lengths], dtype=np.int64)
        metric = METRIC_NAMES[metric_of(subject.task)]
        return Plate(
            "length",
            title,
            length.read(names, values, metric),
            partial(length.draw, names, n_texts, values, metric),
        )

    def label_distribution(self) -> Plate:
        """Label counts by split, as far as the splits are at hand."""
        subject = self.subject
        counts: dict[str, npt.NDArray[np.int64]] = {}
        if subject.examples is not None:
            for split in ("train", "validation", "test"):
                if subject.examples.has_split(split):
                    held = subject.examples.split(split).labels
                    counts[split] = held.sum(axis=0).astype(np.int64)
        else:
            if subject.validation is not None and subject.split != "validation":
                counts["validation"] = subject.validation.truth.sum(axis=0).astype(np.int64)
            counts[subject.split] = subject.support
        return Plate(
            "label_distribution",
            "How often each label occurs",
            label_distribution.read(subject.labels, counts, subject.split),
            partial(label_distribution.draw, subject.labels, counts),
        )

    def history(self) -> Plate | Missing:
        """Loss and metrics during training."""
        subject = self.subject
        title = "Training"
        if len(subject.history.get("epoch", ())) == 0:
            kind = None if subject.manifest is None else subject.manifest.kind
            reason = (
                "A linear model is fitted in one go; there are no epochs to plot."
                if kind == "linear"
                else "There is no history.csv beside the model."
            )
            return Missing("training_curves", title, reason)
        settings = subject.provenance.get("recipe", {}).get("training", {})
        metric = history.judged_by(subject.history, subject.task, settings.get("best_metric"))
        best = history.best_row(subject.history, metric)
        return Plate(
            "training_curves",
            title,
            history.read(subject.history, best, metric),
            partial(history.draw, subject.history, best),
        )


def _area(
    recall: npt.NDArray[np.float64], precision: npt.NDArray[np.float64], known: float | None
) -> float:
    """Micro average precision, from the report where it has it, else from the curve's points."""
    if known is not None:
        return known
    return float((precision * np.diff(recall, prepend=0.0)).sum())
