"""Scores from a linear model, and the file it lies in.

``linear.skops`` holds the scikit-learn pipeline. The skops format stores data and names of types;
reading one only builds types that skops itself or :data:`TRUSTED_TYPES` lists, so that a file
from a stranger runs nothing.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emoscope.errors import EmoscopeError, ModelFolderError, listing
from emoscope.model_folder.file_names import LINEAR_FILE
from emoscope.scorers.scorer import Scored
from emoscope.scorers.token_batches import chunks
from emoscope.taxonomy import Task
from emoscope.text import NEWEST, NORMALISERS
from emoscope.tokenizers.notes import LOW_COVERAGE, Notes

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

TRUSTED_TYPES = ("sklearn.multiclass._ConstantPredictor",)
"""Types beyond skops' own list: the stand-in for a label that no train text has."""

_MOST_MEMBERS = 20_000
_UNPACKED_BYTES = 256 << 20
_MOST_RATIO = 10
"""Coefficients and vocabularies shrink to a third in the archive."""

_CHUNK = 8192
"""Texts turned into features at once, which bounds the memory of a long list."""


class LinearScorer:
    """A fitted scikit-learn pipeline behind the scorer port.

    The one-vs-rest coefficients are stacked into one matrix, so that a chunk of texts takes one
    sparse product in place of one for each label.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        labels: tuple[str, ...],
        task: Task,
        normalisation: str = NEWEST,
    ) -> None:
        self.labels = labels
        self.task: Task = task
        self.pipeline = pipeline
        self._normalise = NORMALISERS[normalisation]
        self._features = pipeline.named_steps["features"]
        self._weights, self._offsets = _stack(pipeline.named_steps["classifier"], len(labels))

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Margins of ``texts``, shape (n_texts, n_labels); texts of any length are read whole."""
        scores = np.empty((len(texts), len(self.labels)), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            chunk = [self._normalise(text) for text in texts[start : start + _CHUNK]]
            scores[start : start + len(chunk)] = (
                self._features.transform(chunk) @ self._weights + self._offsets
            )
        return scores

    def score_parts(self, texts: Iterable[str]) -> Iterator[Scored]:
        """Scores as of :meth:`logits`, and notes, in parts in order."""
        for chunk in chunks(texts):
            yield Scored(self.logits(chunk), tuple(self._notes(chunk)))

    def _notes(self, texts: Sequence[str]) -> list[Notes]:
        """Note ``low_coverage`` where under a third of a text's words were seen in training."""
        step = dict(self._features.transformer_list).get("words")
        if step is None:
            return [()] * len(texts)
        analyse, known = step.build_analyzer(), step.vocabulary_
        notes: list[Notes] = []
        for text in texts:
            words = [word for word in analyse(self._normalise(text)) if " " not in word]
            seen = sum(word in known for word in words)
            notes.append((LOW_COVERAGE,) if words and 3 * seen < len(words) else ())
        return notes

    def save(self, folder: Path) -> None:
        """Write ``linear.skops`` into ``folder``."""
        from skops import io  # deferred: extra linear

        io.dump(self.pipeline, folder / LINEAR_FILE, compression=_DEFLATED)

    @classmethod
    def load(
        cls, folder: Path, labels: tuple[str, ...], task: Task, normalisation: str = NEWEST
    ) -> LinearScorer:
        """Read ``linear.skops``.

        Raises :class:`ModelFolderError` when it cannot be trusted or read, or unpacks to more
        than a model needs.
        """
        from skops import io  # deferred: extra linear

        path = folder / LINEAR_FILE
        if not path.is_file():
            raise ModelFolderError(
                f"The model folder {str(folder)!r} lacks the file {LINEAR_FILE}. "
                "Copy the whole folder again, or train the model again."
            )
        try:
            _check_archive(path)
            foreign = sorted(set(io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES))
            if foreign:
                raise ModelFolderError(
                    f"{path} holds types that emoscope does not load: {listing(foreign)}. "
                    "It was not written by emoscope; do not use it."
                )
            scorer = cls(io.load(path, trusted=list(TRUSTED_TYPES)), labels, task, normalisation)
            for _ in scorer.score_parts(["a"]):
                pass  # what is in the archive may not fit together
        except EmoscopeError:
            raise
        except Exception as error:  # what skops and scikit-learn raise for damaged content varies
            raise ModelFolderError(
                f"{path} is damaged ({type(error).__name__}: {str(error)[:200]}). "
                "Copy the folder again."
            ) from error
        return scorer


def _check_archive(path: Path) -> None:
    """Refuse an archive that unpacks to far more than its size, before anything is unpacked."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    most = _UNPACKED_BYTES + _MOST_RATIO * path.stat().st_size
    if len(members) > _MOST_MEMBERS or unpacked > most:
        raise ModelFolderError(
            f"{path} holds {len(members):,} entries that unpack to {unpacked:,} bytes; at most "
            f"{_MOST_MEMBERS:,} entries and {most:,} bytes are read. It was not written by "
            "emoscope; do not use it."
        )


_DEFLATED = 8  # zipfile.ZIP_DEFLATED; a vocabulary shrinks to a third


def _stack(
    classifier: object, n_labels: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weights (n_features, n_labels) and offsets (n_labels,) of a fitted classifier."""
    estimators = getattr(classifier, "estimators_", None)
    if estimators is None:
        weights, offsets = classifier.coef_, classifier.intercept_  # type: ignore[attr-defined]
        if len(weights) == 1:  # two labels: scikit-learn keeps the margin of the second one only
            weights = np.vstack([np.zeros_like(weights), weights])
            offsets = np.concatenate([np.zeros(1), offsets])
        seen = classifier.classes_  # type: ignore[attr-defined]
        if len(seen) < n_labels:  # some labels have no train text
            every = np.zeros((n_labels, weights.shape[1])), np.full(n_labels, _NEVER)
            every[0][seen], every[1][seen] = weights, offsets
            weights, offsets = every
    else:
        n_features = next(e.coef_.shape[1] for e in estimators if hasattr(e, "coef_"))
        rows, offsets = [], []
        for estimator in estimators:
            if hasattr(estimator, "coef_"):
                rows.append(estimator.coef_[0])
                offsets.append(float(estimator.intercept_[0]))
            else:  # a label that every train text has, or none
                rows.append(np.zeros(n_features))
                offsets.append(-_NEVER if estimator.y_[0] else _NEVER)
        weights = np.vstack(rows)
    if len(weights) != n_labels:
        raise ModelFolderError(
            f"The linear model scores {len(weights)} labels, but the manifest names {n_labels}. "
            "Copy the model folder again, or train it again."
        )
    return (
        np.ascontiguousarray(np.asarray(weights, dtype=np.float32).T),
        np.asarray(offsets, dtype=np.float32),
    )


_NEVER = -20.0
"""Margin of a label without train examples: a probability of about 2e-9."""
