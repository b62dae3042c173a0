"""Probabilities of a model as features of scikit-learn's other estimators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.texts import check_texts
from emoscope.loading.load_model import load
from emoscope.scorers.runtime_options import Device


class ProbabilityFeatures(TransformerMixin, BaseEstimator):
    """Texts in, one calibrated probability a label out; learns nothing from them.

    ``model`` is what :func:`emoscope.load` opens, or a classifier; ``rollup`` gives the labels of
    a roll-up, as ``ekman``, in place of the model's own. Raises what :func:`emoscope.load` raises,
    and :class:`emoscope.errors.DataError` for texts that are no strings.
    """

    def __init__(
        self,
        model: str | Path | EmotionClassifier | None = None,
        *,
        rollup: str | None = None,
        device: Device | None = None,
        threads: int | None = None,
    ) -> None:
        """``device`` and ``threads`` are those of :func:`emoscope.load`."""
        self.model = model
        self.rollup = rollup
        self.device = device
        self.threads = threads

    def fit(self, X: Any = None, y: Any = None) -> ProbabilityFeatures:  # noqa: N803
        """Open the model; texts and labels are not looked at."""
        model = self.model
        opened = (
            model
            if isinstance(model, EmotionClassifier)
            else load(model, device=self.device, threads=self.threads)
        )
        self.classifier_ = opened if self.rollup is None else opened.rollup(self.rollup)
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:  # noqa: N803
        """Probabilities of texts (n,), shape (n, n_labels)."""
        return self._opened().predict_proba(check_texts(X))

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The labels, shape (n_labels,)."""
        return np.array(self._opened().labels, dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Texts are what it reads, and it works without a fit."""
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags

    def _opened(self) -> EmotionClassifier:
        if not hasattr(self, "classifier_"):
            self.fit()
        return self.classifier_
