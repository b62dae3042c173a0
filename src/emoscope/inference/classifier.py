"""The class that everybody uses: a scorer, a policy and a taxonomy, joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import overload

import numpy as np
import numpy.typing as npt

from emoscope.decisions import Policy
from emoscope.errors import DecisionError
from emoscope.inference.explain import Explanation, explain
from emoscope.inference.prediction import Prediction
from emoscope.model_folder.manifest import Manifest
from emoscope.scorers.scorer import Annotator, Notes, Scorer
from emoscope.taxonomy import Rollup, Task, Taxonomy
from emoscope.text import is_empty

NEUTRAL = "neutral"


class EmotionClassifier:
    """Finds the emotions in texts.

    ``emoscope.load()`` makes one. Call it on one text for a :class:`Prediction`, on many for a
    list.
    Prediction changes no state of it, so threads may share one.
    """

    def __init__(
        self,
        scorer: Scorer,
        policy: Policy,
        taxonomy: Taxonomy,
        manifest: Manifest | None = None,
        *,
        rollup: Rollup | None = None,
    ) -> None:
        if not tuple(scorer.labels) == policy.labels == taxonomy.labels:
            raise DecisionError(
                "Scorer, policy and taxonomy name different labels or another order of them. "
                "Build all three from the same model folder."
            )
        self.scorer = scorer
        self.policy = policy
        self.taxonomy = taxonomy
        self.manifest = manifest
        self._rollup = rollup
        self._annotator = scorer if isinstance(scorer, Annotator) else None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels this classifier gives, in the order of the probability columns."""
        return self.taxonomy.labels if self._rollup is None else self._rollup.labels

    @property
    def is_rolled_up(self) -> bool:
        """Whether this classifier answers in coarse labels."""
        return self._rollup is not None

    @property
    def task(self) -> Task:
        """``multi_label``: any number of labels a text; ``single_label``: one."""
        return self.policy.task

    @property
    def thresholds(self) -> dict[str, float]:
        """The probability from which each label holds.

        Where a roll-up is decided by the union of fine labels, none has a threshold: all are 0.
        """
        policy = self.policy
        if self._rollup is not None:
            coarse = policy.rollups.get(self._rollup.name)
            if coarse is None or coarse.method == "union":
                return dict.fromkeys(self._rollup.labels, 0.0)
            policy = coarse
        return dict(zip(self.labels, policy.thresholds.tolist(), strict=True))

    @overload
    def __call__(self, texts: str) -> Prediction: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, texts: Sequence[str]) -> list[Prediction]: ...
    def __call__(self, texts: str | Sequence[str]) -> Prediction | list[Prediction]:
        """Same as :meth:`predict`."""
        return self.predict(texts)

    @overload
    def predict(  # type: ignore[overload-overlap]
        self, texts: str, *, threshold: float | None = ..., top_k: int | None = ...
    ) -> Prediction: ...
    @overload
    def predict(
        self, texts: Sequence[str], *, threshold: float | None = ..., top_k: int | None = ...
    ) -> list[Prediction]: ...
    def predict(
        self,
        texts: str | Sequence[str],
        *,
        threshold: float | None = None,
        top_k: int | None = None,
    ) -> Prediction | list[Prediction]:
        """Find the emotions of one text or of many.

        ``threshold`` replaces the tuned thresholds by one for all labels, ``top_k`` gives exactly
        that many labels a text. Raises :class:`DecisionError` when either is out of range.
        """
        chosen = self.with_policy(threshold=threshold, top_k=top_k)
        many = [texts] if isinstance(texts, str) else texts
        found: list[Prediction] = []
        if chosen._annotator is None:
            found = chosen.predictions(many, chosen.scorer.logits(many))
        else:
            for scores, notes in chosen._annotator.annotated_parts(many):
                part = many[len(found) : len(found) + len(scores)]
                found += chosen.predictions(part, scores, notes)
        return found[0] if isinstance(texts, str) else found

    def predict_proba(self, texts: str | Sequence[str]) -> npt.NDArray[np.float32]:
        """Calibrated probabilities, shape (n_texts, n_labels), or (n_labels,) for a single text."""
        many = [texts] if isinstance(texts, str) else texts
        probabilities = self.probabilities(self.scorer.logits(many), self._empty(many))
        return probabilities[0] if isinstance(texts, str) else probabilities

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Find which words moved ``label``, by default the most probable one, and how far.

        Each word is left out in turn; see :mod:`emoscope.inference.explain`. Raises
        :class:`emoscope.errors.TaxonomyError` for an unknown label.
        """
        return explain(self, text, label)

    def stream(self, texts: Iterable[str], *, chunk: int = 1024) -> Iterator[Prediction]:
        """Predict an endless supply of texts in order, holding ``chunk`` of them at a time."""
        supply = iter(texts)
        while piece := list(islice(supply, chunk)):
            yield from self.predict(piece)

    def rollup(self, name: str) -> EmotionClassifier:
        """The same classifier answering in the coarse labels of a roll-up, as ``ekman``.

        Raises :class:`emoscope.errors.TaxonomyError` naming those that there are.
        """
        return EmotionClassifier(
            self.scorer, self.policy, self.taxonomy, self.manifest,
            rollup=self.taxonomy.rollup(name),
        )  # fmt: skip

    def predictions(
        self,
        texts: Sequence[str],
        scores: npt.NDArray[np.float32],
        notes: Sequence[Notes] | None = None,
    ) -> list[Prediction]:
        """Turn raw scores (n_texts, n fine labels) of ``texts`` into predictions.

        ``notes`` are the scorer's, where they are at hand already.
        """
        empty = self._empty(texts)
        probabilities, held = self._answer(scores, empty)
        if notes is None and self._annotator is not None:
            notes = self._annotator.annotate(texts)
        odd: Sequence[Notes] = [()] * len(texts) if notes is None else notes
        names, thresholds = self.labels, self.thresholds
        found = []
        # plain lists: a few small array operations a text would take longer than the text's score
        rows = zip(texts, probabilities.tolist(), held.tolist(), empty.tolist(), odd, strict=True)
        for text, row, holds, nothing, noted in rows:
            passed = [j for j, holds_label in enumerate(holds) if holds_label]
            passed.sort(key=row.__getitem__, reverse=True)
            found.append(
                Prediction(
                    text=text,
                    labels=tuple([names[j] for j in passed]),
                    probabilities=dict(zip(names, row, strict=True)),
                    thresholds=thresholds,
                    notes=("empty_text",) if nothing else noted,
                )
            )
        return found

    def probabilities(
        self, scores: npt.NDArray[np.float32], empty: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.float32]:
        """Calibrated probabilities (n, n_labels) of raw scores (n, n fine labels).

        Rows marked ``empty`` are neutral for certain, or, where there is no neutral, undecided.
        """
        return self._answer(scores, empty)[0]

    def decide(
        self, scores: npt.NDArray[np.float32], empty: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.bool_]:
        """Which labels hold (n, n_labels), given raw scores (n, n fine labels)."""
        return self._answer(scores, empty)[1]

    def _answer(
        self, scores: npt.NDArray[np.float32], empty: npt.NDArray[np.bool_] | None
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """What :meth:`probabilities` and :meth:`decide` give."""
        if self._rollup is None:
            shown, held = self.policy.answer(scores)
        else:
            fine = self.policy.probabilities(scores)
            shown = self.policy.rollup_probabilities(self._rollup, fine)
            held = self.policy.decide_rollup(self._rollup, fine)
        if empty is not None and empty.any():
            shown[empty] = self._of_empty()
            held[empty] = [label == NEUTRAL for label in self.labels]
        return shown, held

    def with_policy(
        self, *, threshold: float | None = None, top_k: int | None = None
    ) -> EmotionClassifier:
        """The same classifier with one threshold for all labels, or a fixed number of labels."""
        if threshold is None and top_k is None:
            return self
        policy = self.policy
        if threshold is not None:
            policy = policy.with_threshold(threshold)
        if top_k is not None:
            policy = policy.with_top_k(top_k)
        return EmotionClassifier(
            self.scorer, policy, self.taxonomy, self.manifest, rollup=self._rollup
        )

    def _of_empty(self) -> npt.NDArray[np.float32]:
        names = self.labels
        if NEUTRAL in names:
            return np.array([name == NEUTRAL for name in names], dtype=np.float32)
        share = 1.0 / len(names) if self.task == "single_label" else 0.0
        return np.full(len(names), share, dtype=np.float32)

    @staticmethod
    def _empty(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        return np.array([is_empty(text) for text in texts], dtype=np.bool_)
