"""A recipe as scikit-learn's classifier: ``fit(X, y)`` on texts and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from emoscope.data.examples import Examples
from emoscope.data.load import load_examples
from emoscope.decisions.activation import inverse
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.texts import check_texts
from emoscope.loading.load_model import load
from emoscope.sklearn.kept_folder import KeptFolder
from emoscope.sklearn.targets import read_targets
from emoscope.training.finalize import finalize
from emoscope.training.fit import fit
from emoscope.training.provenance import provenance
from emoscope.training.recipe import Recipe, load_recipe

_MOST_SEED = 2**31 - 1


class RecipeClassifier(ClassifierMixin, BaseEstimator):
    """Trains a recipe on texts: one label a text, or a 0/1 matrix with a column a label.

    Texts are any sequence of strings, one column of a data frame too. As in ``emoscope train``, the
    policy is fitted on a validation part of what ``fit`` gets (``validation_share`` in
    ``settings``). Wrong texts and data raise :class:`emoscope.errors.DataError`, wrong recipes
    :class:`RecipeError`; wrong targets a ``ValueError``, as everywhere in scikit-learn.

    A fitted one has ``classes_``, shape (n_labels,): the sorted labels, or those of the matrix's
    columns; ``classifier_``, the :class:`EmotionClassifier`; and ``notes_``, what reading the data
    found. It can be pickled whole: the model's files are in the pickle.
    """

    def __init__(
        self,
        recipe: str | Path = "tfidf",
        *,
        settings: Mapping[str, Any] | None = None,
        labels: Sequence[str] | None = None,
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        """``recipe`` is the name of one, or the path of a TOML file.

        ``settings`` replace keys of it, as options of the command do: ``{"strength": 2}``;
        ``labels`` names the columns of a matrix; ``random_state`` is the recipe's seed, None for
        its own; ``n_jobs`` processes (None: one, -1: all) fit the labels of a linear model.
        """
        self.recipe = recipe
        self.settings = settings
        self.labels = labels
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> RecipeClassifier:  # noqa: N803
        """Train on texts (n,) and labels, (n,) or (n, n_labels)."""
        if y is None:
            raise ValueError(
                "RecipeClassifier requires y to be passed, but the target y is None. Give the "
                "labels of the texts."
            )
        texts = check_texts(X)
        targets = read_targets(y, self.labels)
        check_consistent_length(texts, targets.labels)
        recipe = self._recipe()
        examples = load_examples(
            recipe.data,
            Examples(
                texts=tuple(texts),
                labels=targets.labels,
                taxonomy=targets.taxonomy,
                task=targets.task,
                ids=tuple(map(str, range(1, len(texts) + 1))),
                splits=np.full(len(texts), "train"),
                name="texts",
            ),
        )
        folder = KeptFolder()
        cores = None if self.n_jobs == -1 else self.n_jobs or 1
        fitted = fit(recipe, examples, folder.path, cores=cores)
        origin = provenance(recipe, examples, fitted.seconds)
        finalize(recipe, fitted, examples.split("validation"), origin).save()
        self._folder = folder
        self.classes_ = targets.classes
        self.notes_ = examples.notes
        self._places = targets.places
        self._open()
        return self

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Labels (n,) of ``classes_``, or a 0/1 matrix (n, n_labels), as the policy decides."""
        found = self._fitted().answer(check_texts(X)).sets[0]
        if self.classifier_.task == "multi_label":
            return found.held[:, self._places].astype(np.int64)
        return np.asarray(self.classes_[found.probabilities[:, self._places].argmax(axis=1)])

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:  # noqa: N803
        """Calibrated probabilities (n, n_labels), columns as in ``classes_``."""
        found = self._fitted().predict_proba(check_texts(X))[:, self._places].astype(np.float64)
        if self.classifier_.task == "single_label":
            found /= found.sum(axis=1, keepdims=True)  # float32 is a hair off one
        return found

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:  # noqa: N803
        """Calibrated scores over their thresholds, (n, n_labels); (n,) for two single labels.

        Above 0 the label holds (multi-label, the second of two); the highest one holds otherwise.
        The rule for texts where nothing passes is in :meth:`predict` alone.
        """
        policy = self._fitted().policy
        scores = self.classifier_.score(check_texts(X)).scores.astype(np.float64)
        margins = policy.calibration.apply(scores)
        if policy.task == "multi_label":
            margins = margins - inverse(policy.thresholds[None], policy.task)
        margins = np.asarray(margins)[:, self._places]
        binary = policy.task == "single_label" and len(self.classes_) == 2
        return margins[:, 1] - margins[:, 0] if binary else margins

    def __sklearn_tags__(self) -> Any:
        """Texts are what it reads: one dimension of strings."""
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.classifier_tags.multi_label = True
        return tags

    def __getstate__(self) -> Any:
        state = dict(super().__getstate__())
        state.pop("classifier_", None)  # opened again from the folder, which travels
        return state

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        if hasattr(self, "_folder"):
            self._open()

    def _open(self) -> None:
        self.classifier_: EmotionClassifier = load(self._folder.path / "model")

    def _fitted(self) -> EmotionClassifier:
        check_is_fitted(self, "classifier_")
        return self.classifier_

    def _recipe(self) -> Recipe:
        """The recipe with its changes; validation is made of the texts, and no test split."""
        settings = dict(self.settings or {})
        seed = self.random_state
        if seed is not None:
            drawn = not isinstance(seed, (int, np.integer))  # a generator of NumPy
            settings["seed"] = int(check_random_state(seed).randint(_MOST_SEED) if drawn else seed)
        recipe = load_recipe(self.recipe, settings)
        data = recipe.data.model_copy(update={"test_share": 0.0})
        return recipe.model_copy(update={"data": data, "more_data": ()})
