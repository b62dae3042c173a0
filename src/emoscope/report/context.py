"""What a report shows, computed once for all of its figures, tables and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from emoscope.arrays import Ints
from emoscope.evaluation.annotator_agreement import HumanReference
from emoscope.evaluation.error_analysis.label_errors import LabelNoise, label_noise_by_split
from emoscope.evaluation.error_analysis.shared_texts import SharedTexts, find_shared
from emoscope.evaluation.error_analysis.slices import Slice, length_slices
from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.evaluation.intervals import LabelEstimates, estimate_labels
from emoscope.evaluation.threshold_curves import Sweep, sweep

NO_TEXTS = "The texts are not available. {why}"
MOST_CELLS = 40
MOST_PANELS = 40


@dataclass(frozen=True, eq=False)
class ReportContext:
    """An evaluated model, the human reference where there is one, and statistics of both."""

    model: EvaluatedModel
    human: HumanReference | None = None

    @property
    def comparable_human(self) -> HumanReference | None:
        """The human reference, if its labels are those of the model."""
        fits = self.human is not None and self.human.fits(self.model.labels, self.model.task)
        return self.human if fits else None

    @property
    def matrix_labels(self) -> list[int]:
        """Columns that matrices show: all, or those with the most texts."""
        return most_frequent(self.model.support, MOST_CELLS)

    @property
    def panel_labels(self) -> list[int]:
        """Columns that have a panel of their own: all, or those with the most texts."""
        return most_frequent(self.model.support, MOST_PANELS)

    def names(self, columns: Iterable[int]) -> list[str]:
        """The labels of these columns."""
        return [self.model.labels[j] for j in columns]

    @cached_property
    def estimates(self) -> LabelEstimates:
        """Precision, recall and F1 of each label with intervals."""
        model = self.model
        return estimate_labels(model.truth, model.predicted, seed=model.report.seed)

    @cached_property
    def lengths(self) -> list[Slice]:
        """The metric by length of text; empty without texts."""
        model = self.model
        if model.part is None:
            return []
        return length_slices(model.task, model.part.texts, model.truth, model.predicted)

    @cached_property
    def sweeps(self) -> Mapping[str, Sweep]:
        """F1 over thresholds by split, validation first where it is available."""
        model, validation = self.model, self.model.validation_probabilities
        found = {}
        if validation is not None and model.validation is not None:
            found["validation"] = sweep(model.validation.truth, validation)
        found[model.split] = sweep(model.truth, model.probabilities)
        return found

    @cached_property
    def shared(self) -> SharedTexts | None:
        """Texts that occur in train too; None without texts or without train."""
        model = self.model
        if model.examples is None:
            return None
        return find_shared(model.examples, model.split, model.predicted, model.task)

    @cached_property
    def label_noise(self) -> Mapping[str, LabelNoise]:
        """Likely label errors by split; empty for train, whose labels the model was fitted to."""
        return label_noise_by_split(self.model)


def most_frequent(support: Ints, most: int) -> list[int]:
    """All labels in order; of more than ``most``, those with the most texts."""
    return sorted(np.argsort(-support, kind="stable")[:most].tolist())
