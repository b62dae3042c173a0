"""Linear models: bags of words and characters under logistic regression or a linear SVM.

One-vs-rest for multi-label tasks, multinomial for single-label ones. Scores are margins: the policy
that is fitted on validation calibrates them, which is also how a linear SVM gets its probabilities
(Platt, 1999). The fitted pipeline is saved by :mod:`emoscope.scorers.linear`.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import skops.io  # noqa: F401  (saving asks for it, which is after the fit)
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from emoscope.data.examples import Examples
from emoscope.errors import EmoscopeWarning, NoExamples
from emoscope.models.linear_settings import BagOfCharacters, BagOfWords, LinearSettings
from emoscope.scorers.linear import LinearScorer
from emoscope.taxonomy import Task
from emoscope.text import normalise_newest as normalise

_WORDS = r"(?u)\b\w\w+\b"  # scikit-learn's own: two letters or more
_WORDS_AND_MARKS = r"(?u)\w+|[^\w\s]"


def fit_linear(
    settings: LinearSettings, examples: Examples, *, seed: int = 0, jobs: int = 1
) -> LinearScorer:
    """Fit features and classifier on all of ``examples``, in practice a train split.

    Labels without a train example, or on every one, get a constant score. ``jobs`` processes fit
    the labels of a multi-label task side by side; the result does not depend on their number.

    Raises :class:`NoExamples` when no feature survives, for example when all texts are empty, and
    :class:`FitOnTest` for texts of a test split.
    """
    examples.refuse_test("a linear model")
    if examples.weights is not None:  # how often each text is taken
        examples = examples.select(repeated(examples.weights))
    texts, labels = examples.texts, examples.labels
    names, task = examples.taxonomy.labels, examples.task
    union = FeatureUnion(_features(settings))
    try:
        matrix = union.fit_transform([normalise(text) for text in texts])
    except ValueError as error:  # scikit-learn: "empty vocabulary", "no terms remain"
        raise NoExamples(
            f"No feature is left of the {len(texts)} train texts ({error}). Give more text, or "
            "lower min_texts in the recipe's [model.words] and [model.characters]."
        ) from error
    # Worker processes get the matrix read-only, and scikit-learn then fails on one that it would
    # first have to sort in place.
    matrix = matrix.tocsr()
    matrix.sum_duplicates()
    classifier = _classifier(settings, task, seed)
    if task == "multi_label":
        classifier = OneVsRestClassifier(classifier, n_jobs=jobs)
        target = labels.astype(np.int8)
    else:
        target = labels.argmax(axis=1)
    with warnings.catch_warnings():
        # A label that all texts or none have: stated above.
        warnings.filterwarnings("ignore", message="Label .* is present in all training examples")
        warnings.filterwarnings("ignore", message="Label not .* is present in all training")
        warnings.filterwarnings("error", category=ConvergenceWarning)
        try:
            classifier.fit(matrix, target)
        except ConvergenceWarning:
            warnings.filterwarnings("ignore", category=ConvergenceWarning)
            classifier.fit(matrix, target)
            warnings.warn(
                f"The linear solver stopped at max_iterations = {settings.max_iterations} "
                "before it converged. Raise [model] max_iterations.",
                EmoscopeWarning,
                stacklevel=2,
            )
    return LinearScorer(Pipeline([("features", union), ("classifier", classifier)]), names, task)


def repeated(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """Row numbers, each about as often as its weight says, the same at every call."""
    ends = np.round(np.cumsum(weights.astype(np.float64))).astype(np.intp)
    return np.repeat(np.arange(len(weights)), np.diff(ends, prepend=0))


def _features(settings: LinearSettings) -> list[tuple[str, CountVectorizer]]:
    bags: list[tuple[str, CountVectorizer]] = []
    if settings.words is not None:
        words = settings.words
        bags.append(
            (
                "words",
                _vectoriser(
                    words,
                    token_pattern=_WORDS_AND_MARKS if words.punctuation else _WORDS,
                    stop_words="english" if words.stop_words else None,
                ),
            )
        )
    if settings.characters is not None:
        bags.append(("characters", _vectoriser(settings.characters, analyzer="char_wb")))
    return bags


def _vectoriser(bag: BagOfWords | BagOfCharacters, **kind: str | None) -> CountVectorizer:
    common = {
        "ngram_range": bag.ngrams,
        "min_df": bag.min_texts,
        "max_features": bag.max_features,
        **kind,
    }
    if bag.weighting == "count":
        return CountVectorizer(**common)
    return TfidfVectorizer(sublinear_tf=bag.sublinear, **common)


def _classifier(settings: LinearSettings, task: Task, seed: int) -> LogisticRegression | LinearSVC:
    weight = None if settings.class_weight == "none" else "balanced"
    common = {
        "C": settings.strength,
        "class_weight": weight,
        "max_iter": settings.max_iterations,
        "random_state": seed,
    }
    if settings.classifier == "linear_svm":
        return LinearSVC(**common)
    # liblinear is the fastest on one sparse binary problem; it has no multinomial loss
    return LogisticRegression(solver="liblinear" if task == "multi_label" else "lbfgs", **common)
