"""scikit-learn's own checks of estimators.

They give numbers, and run in full only on estimators that take these: ``Spelled`` writes each
row of numbers as a text, so that all that is not about numbers is checked on our classifier.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

from emoscope.sklearn import ProbabilityFeatures, RecipeClassifier

QUICK = {
    "repeats": 1, "folds": 2, "validation_share": 0.3, "characters": False,
    "class_weight": "none", "model.words.min_texts": 1,
}  # fmt: skip


class Spelled(RecipeClassifier):
    """``RecipeClassifier`` for rows of numbers: each becomes a word of column and value."""

    def _spell(self, X: Any, reset: bool = False) -> list[str]:  # noqa: N803
        rows = validate_data(self, X, reset=reset, dtype=np.float64)
        return [
            " ".join(f"c{column}v{round(10 * value)}" for column, value in enumerate(row))
            for row in rows.tolist()
        ]

    def fit(self, X: Any, y: Any) -> Spelled:  # noqa: N803
        super().fit(self._spell(X, reset=True), y)
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        self._fitted()
        return super().predict(self._spell(X))

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        self._fitted()
        return super().predict_proba(self._spell(X))

    def decision_function(self, X: Any) -> Any:  # noqa: N803
        self._fitted()
        return super().decision_function(self._spell(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = False
        tags.classifier_tags.poor_score = True  # rounded numbers are few words
        return tags


def expected(estimator: Any) -> dict[str, str]:
    why = "data that no model can be trained on raises UnusableSplit, which is no ValueError"
    return {"check_fit2d_1sample": why, "check_classifiers_one_label": why}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Can't test estimator")
@parametrize_with_checks([Spelled(settings=QUICK)], expected_failed_checks=expected)
def test_it_keeps_the_rules_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.filterwarnings("ignore:Can't test estimator")
@parametrize_with_checks([RecipeClassifier(), ProbabilityFeatures()])
def test_what_reads_texts_is_checked_as_far_as_texts_allow(estimator: Any, check: Any) -> None:
    check(estimator)
