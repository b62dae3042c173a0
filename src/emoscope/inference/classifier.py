"""The front class of inference: a scorer, a policy and a taxonomy, joined.

Every way from texts to labels leads through :meth:`EmotionClassifier.answer_parts`: texts are
tokenised once, scored once, and decided once a label set. The service scores the texts of several
requests together, and so calls its two halves, :meth:`EmotionClassifier.score` and
:meth:`EmotionClassifier.decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from emoscope.decisions import Policy, read_policy
from emoscope.errors import DecisionError, EmoscopeError
from emoscope.inference.added_columns import AddedColumns, ProbabilityStyle
from emoscope.inference.answers import Answers, Held, LabelAnswers, LabelSet
from emoscope.inference.explain import Explanation, explain
from emoscope.inference.prediction import Prediction, predictions
from emoscope.inference.texts import check_text, check_texts, text_chunks
from emoscope.model_folder.manifest import Manifest
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scored, Scorer, Scores, score_parts
from emoscope.taxonomy import Rollup, Task, Taxonomy
from emoscope.text import is_empty
from emoscope.text.language import is_other_language
from emoscope.tokenizers.notes import EMPTY_TEXT, NOTES, OTHER_LANGUAGE, Notes

NEUTRAL = "neutral"


@dataclass(frozen=True)
class Origin:
    """Where a classifier was opened, so that another process can open it too."""

    open: Callable[[Path, RuntimeOptions], EmotionClassifier]
    """A function of a module, which pickle stores by its name."""
    folder: Path
    options: RuntimeOptions


@dataclass(frozen=True)
class Portable:
    """A classifier on its way to another process: plain data."""

    origin: Origin
    policy: dict[str, Any]
    """The policy as it is, with thresholds given in place of the saved ones."""
    rollup: str | None

    def open(
        self, folder: Path | None = None, options: RuntimeOptions | None = None
    ) -> EmotionClassifier:
        """The classifier, from a copy of its folder and with other options if these are given."""
        origin = self.origin
        opened = origin.open(folder or origin.folder, options or origin.options)
        rollup = None if self.rollup is None else opened.taxonomy.rollup(self.rollup)
        return opened._with(read_policy(self.policy), rollup)


class EmotionClassifier:
    """Finds the emotions in texts.

    ``emoscope.load()`` makes one. Call it on one text for a :class:`Prediction`, on many for a
    list. Prediction changes no state of it, so threads may share one; in asyncio, call it with
    ``await asyncio.to_thread(classifier, texts)``.

    One from a model folder can be pickled and sent to other processes: it travels as its folder,
    runtime options and policy, and is opened again there. After a fork it works in the child too.
    """

    def __init__(
        self,
        scorer: Scorer,
        policy: Policy,
        taxonomy: Taxonomy,
        manifest: Manifest | None = None,
        *,
        rollup: Rollup | None = None,
        origin: Origin | None = None,
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
        self._origin = origin
        self._is_english = manifest is None or manifest.language == "en"

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels this classifier gives, in the order of the probability columns."""
        return self.taxonomy.labels if self._rollup is None else self._rollup.labels

    @property
    def is_rolled_up(self) -> bool:
        """Whether this classifier answers in the labels of a roll-up."""
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
            rolled = policy.rollups.get(self._rollup.name)
            if rolled is None or rolled.method == "union":
                return dict.fromkeys(self._rollup.labels, 0.0)
            policy = rolled
        return dict(zip(self.labels, policy.thresholds.tolist(), strict=True))

    @overload
    def __call__(self, texts: str) -> Prediction: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, texts: Iterable[str]) -> list[Prediction]: ...
    def __call__(self, texts: str | Iterable[str]) -> Prediction | list[Prediction]:
        """Same as :meth:`predict`."""
        return self.predict(texts)

    @overload
    def predict(  # type: ignore[overload-overlap]
        self, texts: str, *, threshold: float | None = ..., top_k: int | None = ...
    ) -> Prediction: ...
    @overload
    def predict(
        self, texts: Iterable[str], *, threshold: float | None = ..., top_k: int | None = ...
    ) -> list[Prediction]: ...
    def predict(
        self,
        texts: str | Iterable[str],
        *,
        threshold: float | None = None,
        top_k: int | None = None,
    ) -> Prediction | list[Prediction]:
        """Find the emotions of one text or of many.

        Many are any sequence or supply of strings: lists, generators, NumPy and Arrow arrays,
        columns of pandas and polars. ``threshold`` replaces the tuned thresholds by one for all
        labels, ``top_k`` gives exactly that many labels a text.

        Raises :class:`DecisionError` when either is out of range, and
        :class:`emoscope.errors.DataError` naming position and type of what is no string.
        """
        chosen = self.with_policy(threshold=threshold, top_k=top_k)
        many = check_texts(texts)
        found = list(chosen._predictions(many))
        return found[0] if isinstance(texts, str) else found

    def predict_proba(self, texts: str | Iterable[str]) -> npt.NDArray[np.float32]:
        """Calibrated probabilities, shape (n_texts, n_labels), or (n_labels,) for a single text.

        Texts and errors are as in :meth:`predict`.
        """
        probabilities = self.answer(texts).sets[0].probabilities
        return probabilities[0] if isinstance(texts, str) else probabilities

    def label(
        self,
        table: Any,
        *,
        text: str | None = None,
        rollups: Sequence[str] = (),
        probabilities: ProbabilityStyle = "wide",
        prefix: str = "",
    ) -> Any:
        """A pandas, polars or Arrow table with labels, notes and probabilities as columns more.

        ``text`` is the column with the texts; without it the one called text, or the only one that
        holds prose. Rows, index and types stay. The added columns are those of
        :mod:`emoscope.inference.added_columns`: ``probabilities`` are ``wide`` (a column a label),
        an ``object`` a row, or ``none``. A row without a text has no labels, and an ``error``.

        Raises :class:`emoscope.errors.DataError` for a column that is not there or whose name is
        taken, :class:`emoscope.errors.TaxonomyError` for a roll-up that there is not, and
        :class:`emoscope.errors.MissingExtra` without pyarrow.
        """
        from emoscope.inference.label_table import label_table  # deferred: extra parquet

        added = AddedColumns(self.label_sets(rollups), probabilities, prefix)
        return label_table(self, table, added, text)

    def explain(self, text: str, label: str | None = None) -> Explanation:
        """Find which words moved ``label``, by default the most probable one, and how far.

        Each word is left out in turn; see :mod:`emoscope.inference.explain`. Raises
        :class:`emoscope.errors.TaxonomyError` for an unknown label, and
        :class:`emoscope.errors.DataError` for a text that is no string.
        """
        return explain(self, check_text(text), label)

    def stream(self, texts: Iterable[str], *, chunk: int = 1024) -> Iterator[Prediction]:
        """Predict an endless supply of texts in order, holding ``chunk`` of them at a time.

        A text that is no string raises :class:`emoscope.errors.DataError` when its chunk comes.
        """
        for piece in text_chunks(texts, chunk):
            yield from self._predictions(piece)

    def rollup(self, name: str) -> EmotionClassifier:
        """The same classifier answering in the labels of a roll-up, as ``ekman``.

        Raises :class:`emoscope.errors.TaxonomyError` naming those that there are.
        """
        return self._with(self.policy, self.taxonomy.rollup(name))

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
        return self._with(policy, self._rollup)

    def label_sets(self, rollups: Sequence[str] = ()) -> tuple[LabelSet, ...]:
        """The sets that :meth:`answer` gives: this classifier's own labels, then ``rollups``.

        Raises :class:`emoscope.errors.TaxonomyError` for a roll-up that there is not.
        """
        more = [LabelSet(name, self.taxonomy.rollup(name).labels) for name in rollups]
        return LabelSet(None, self.labels), *more

    def answer(self, texts: str | Iterable[str], rollups: Sequence[str] = ()) -> Answers:
        """Score ``texts`` once and decide once in this classifier's labels and in ``rollups``.

        Raises :class:`emoscope.errors.DataError` for texts that are no strings, and
        :class:`emoscope.errors.TaxonomyError` for a roll-up that there is not.
        """
        parts = list(self.answer_parts(check_texts(texts), rollups))
        return Answers.join(parts) if parts else self.decide([], self.score([]), rollups)

    def answer_parts(self, texts: Sequence[str], rollups: Sequence[str] = ()) -> Iterator[Answers]:
        """:meth:`answer` in parts in order; one is decided while the scorer works on the next."""
        self.label_sets(rollups)  # an unknown one is told before the work
        done = 0
        for part in score_parts(self.scorer, texts):
            yield self.decide(texts[done : done + len(part)], part, rollups)
            done += len(part)

    def score(self, texts: Sequence[str]) -> Scored:
        """Raw scores of ``texts`` (n_texts, n fine labels) and notes, without any decision."""
        parts = list(score_parts(self.scorer, texts))
        none = np.empty((0, len(self.taxonomy)), dtype=np.float32)
        return Scored.join(parts or [Scored(none, ())])

    def decide(
        self, texts: Sequence[str] | None, scored: Scored | Scores, rollups: Sequence[str] = ()
    ) -> Answers:
        """Decide on what :meth:`score` gave for ``texts``.

        A text without content is neutral for certain, or, where there is no neutral, undecided.
        Saved scores, shape (n_texts, n fine labels), can be decided without their ``texts``; they
        are then taken to have content.
        """
        if isinstance(scored, np.ndarray):
            scored = Scored.without_notes(scored)
        fine, held = self.policy.answer(scored.scores)
        asked = [self.taxonomy.rollup(name) for name in rollups]
        own = LabelAnswers(fine, held)
        if self._rollup is not None:
            own = LabelAnswers(*self.policy.answer_rollup(self._rollup, fine, held))
        more = [LabelAnswers(*self.policy.answer_rollup(each, fine, held)) for each in asked]
        answers = Answers(scored.scores, scored.notes, (own, *more))
        if texts is None:
            return answers
        empty = np.fromiter((is_empty(text) for text in texts), dtype=np.bool_, count=len(texts))
        if empty.any():
            _make_neutral(empty, answers.sets, self.label_sets(rollups), self.task)
        notes: list[Notes] = [
            (EMPTY_TEXT,) if nothing else self._with_language(text, others)
            for text, nothing, others in zip(texts, empty.tolist(), answers.notes, strict=True)
        ]
        return replace(answers, notes=tuple(notes))

    def _with_language(self, text: str, notes: Notes) -> Notes:
        if self._is_english and is_other_language(text):
            return tuple(note for note in NOTES if note == OTHER_LANGUAGE or note in notes)
        return notes

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as folder, options, policy and roll-up."""
        return Portable.open, (self.portable(),)

    def portable(self) -> Portable:
        """What this classifier is opened from; raises :class:`EmoscopeError` without a folder."""
        if self._origin is None:
            raise EmoscopeError(
                "This classifier was not opened from a model folder, so it cannot be sent to "
                "another process. Save the model as a folder and open that with emoscope.load."
            )
        rollup = None if self._rollup is None else self._rollup.name
        return Portable(self._origin, self.policy.to_json(), rollup)

    def __copy__(self) -> EmotionClassifier:
        return self._with(self.policy, self._rollup)

    def __deepcopy__(self, memo: dict[int, Any]) -> EmotionClassifier:
        """Copy all but the scorer, which prediction does not change."""
        return self._with(self.policy, self._rollup)

    def _with(self, policy: Policy, rollup: Rollup | None) -> EmotionClassifier:
        return EmotionClassifier(
            self.scorer, policy, self.taxonomy, self.manifest, rollup=rollup, origin=self._origin
        )

    def _predictions(self, texts: Sequence[str]) -> Iterator[Prediction]:
        done = 0
        for answers in self.answer_parts(texts):
            part = texts[done : done + len(answers)]
            yield from predictions(part, answers, self.labels, self.thresholds)
            done += len(answers)


def _make_neutral(
    empty: Held, found: Sequence[LabelAnswers], sets: Sequence[LabelSet], task: Task
) -> None:
    """Make the rows of ``empty`` (n_texts,) neutral in what was found for each label set."""
    for answers, names in zip(found, sets, strict=True):
        neutral = np.array([name == NEUTRAL for name in names.labels])
        share = 1.0 / len(neutral) if task == "single_label" else 0.0
        answers.probabilities[empty] = neutral if neutral.any() else share
        answers.held[empty] = neutral
