"""emoscope as parts of scikit-learn: a classifier of texts, and probabilities as features."""

from __future__ import annotations

from emoscope.errors import MissingExtra

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise MissingExtra("linear", "emoscope.sklearn") from error

from emoscope.sklearn.probability_features import ProbabilityFeatures
from emoscope.sklearn.recipe_classifier import RecipeClassifier

__all__ = ["ProbabilityFeatures", "RecipeClassifier"]
