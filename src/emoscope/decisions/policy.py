"""The policy: how the scores of a model become labels. Fitted once, saved with the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats
from emoscope.decisions.activation import activate, inverse
from emoscope.decisions.calibration import Calibration, no_calibration
from emoscope.decisions.fallback import apply_fallback, check_fallback
from emoscope.decisions.options import Fallback, ThresholdMethod, check_threshold
from emoscope.errors import DecisionError
from emoscope.metrics.inputs import check_probabilities, check_scores
from emoscope.taxonomy import Rollup, Task

Method = ThresholdMethod | Literal["argmax", "union"]
"""How thresholds came about; ``argmax``: a single-label policy without abstaining; ``union``: a
label of a roll-up holds when one of its fine labels does."""


@dataclass(frozen=True, eq=False)
class Policy:
    """Calibration, thresholds and the fallback for texts where nothing passes.

    A label holds when its probability is at least its threshold. In a single-label task only the
    most probable label can hold, and a threshold above zero lets the policy abstain. With ``top_k``
    set, exactly that many most probable labels hold and thresholds are not looked at.
    """

    task: Task
    labels: tuple[str, ...]
    calibration: Calibration
    thresholds: Floats
    """Shape (n_labels,), each in [0, 1]."""
    fallback: Fallback
    method: Method
    top_k: int | None = None
    fitted_on: Mapping[str, Any] = field(default_factory=dict)
    """Provenance as plain data: split, n_texts, options, the candidates and their scores."""
    rollups: Mapping[str, Policy] = field(default_factory=dict)
    """Policies of roll-ups by name; their scores are ``activation.inverse`` of the rolled-up
    probabilities."""

    def __post_init__(self) -> None:
        """Refuse parts that do not fit each other; freeze the arrays."""
        if self.task not in ("multi_label", "single_label"):
            raise DecisionError(f"Task {self.task!r} is unknown. Use multi_label or single_label.")
        parts = {
            "slope": self.calibration.slope,
            "offset": self.calibration.offset,
            "thresholds": self.thresholds,
        }
        for name, values in parts.items():
            if values.shape != (len(self.labels),) or not np.isfinite(values).all():
                raise DecisionError(
                    f"A policy for {len(self.labels)} labels needs as many finite {name}, "
                    f"not an array of shape {values.shape}. Fit the policy again."
                )
            values.setflags(write=False)
        if (self.calibration.slope <= 0).any():
            raise DecisionError("A slope of zero or less would turn the order of texts around.")
        for threshold in self.thresholds.tolist():
            check_threshold(threshold)
        check_fallback(self.fallback, self.labels)
        self._check_top_k(self.top_k)

    @property
    def held_out(self) -> Mapping[str, Any]:
        """What policies made like this one reached on texts that they were not fitted on.

        By cross-validation inside the split: ``macro_f1``, ``micro_f1``, ``standard_error`` of the
        objective and more. Empty where there was nothing to choose between, and so none.
        """
        own = {
            "calibration": self.calibration.kind,
            "thresholds": self.method,
            "fallback": self.fallback,
        }
        for row in self.fitted_on.get("candidates", ()):
            if all(row[key] == value for key, value in own.items()):
                return dict(row)
        return {}

    def probabilities(self, scores: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Calibrated probabilities in [0, 1], shape (n, n_labels), of scores of that shape."""
        matrix = check_scores(scores, labels=self.labels)
        return activate(self.calibration.apply(matrix), self.task).astype(np.float32)

    def decide(self, probabilities: npt.ArrayLike) -> Bools:
        """Which labels hold, shape (n, n_labels), given calibrated probabilities of that shape."""
        return self._decide(check_probabilities(probabilities, labels=self.labels))

    def answer(self, scores: npt.ArrayLike) -> tuple[npt.NDArray[np.float32], Bools]:
        """:meth:`probabilities` of raw scores and what :meth:`decide` makes of these, at once."""
        probabilities = self.probabilities(scores)
        return probabilities, self._decide(probabilities.astype(np.float64))

    def _decide(self, matrix: Floats) -> Bools:
        if self.top_k is not None:
            chosen = np.argsort(-matrix, axis=1, kind="stable")[:, : self.top_k]
            passed = np.zeros(matrix.shape, dtype=np.bool_)
            np.put_along_axis(passed, chosen, True, axis=1)
            return passed
        passed = matrix >= self.thresholds
        if self.task == "single_label":
            top = np.zeros_like(passed)
            top[np.arange(len(matrix)), matrix.argmax(axis=1)] = True
            passed &= top
        return apply_fallback(passed, matrix, self.fallback, self.labels)

    def decide_scores(self, scores: npt.ArrayLike) -> Bools:
        """Which labels hold, shape (n, n_labels), given raw scores of that shape."""
        return self.answer(scores)[1]

    def answer_rollup(
        self, rollup: Rollup, probabilities: npt.ArrayLike, held: Bools
    ) -> tuple[npt.NDArray[np.float32], Bools]:
        """Rolled-up probabilities and which of those labels hold, both (n, n_rolled_up).

        ``probabilities`` and ``held``, both (n, n_labels), are what :meth:`answer` gave. Without a
        fitted policy for ``rollup`` the union rule is used.
        """
        fine = check_probabilities(probabilities, labels=self.labels)
        rolled = rollup.roll_probabilities(fine, self.task)
        own = self._rollup_policy(rollup)
        if own is None:
            return rolled, rollup.roll_labels(held)
        scores = inverse(rolled, self.task)
        if own.method == "union":
            return own.probabilities(scores), rollup.roll_labels(held)
        return own.answer(scores)

    def with_threshold(self, threshold: float) -> Policy:
        """The same policy with one fixed threshold for all labels, rolled-up ones included."""
        return replace(
            self,
            thresholds=np.full(len(self.labels), check_threshold(threshold)),
            method="fixed",
            top_k=None,
            rollups={name: p.with_threshold(threshold) for name, p in self.rollups.items()},
        )

    def with_top_k(self, top_k: int) -> Policy:
        """The same policy giving exactly the ``top_k`` most probable labels.

        Roll-ups with fewer labels than ``top_k`` give all of theirs.
        """
        self._check_top_k(top_k)  # before those of roll-ups, which would name fewer labels
        return replace(
            self,
            top_k=top_k,
            rollups={
                name: replace(p, top_k=min(top_k, len(p.labels)), method="fixed")
                for name, p in self.rollups.items()
            },
        )

    def folded(self) -> Policy:
        """The same policy for scores that went through its calibration already.

        ``fitted_on["folded"]`` keeps the calibration that the scores now hold.
        """
        return replace(
            self,
            calibration=no_calibration(len(self.labels)),
            fitted_on={**self.fitted_on, "folded": self.calibration.to_json()},
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers keep every bit when written with ``json``."""
        return {
            "task": self.task,
            "labels": list(self.labels),
            "calibration": self.calibration.to_json(),
            "thresholds": self.thresholds.tolist(),
            "fallback": self.fallback,
            "method": self.method,
            "top_k": self.top_k,
            "fitted_on": dict(self.fitted_on),
            "rollups": {name: policy.to_json() for name, policy in self.rollups.items()},
        }

    def _check_top_k(self, top_k: int | None) -> None:
        whole = isinstance(top_k, int) and not isinstance(top_k, bool)
        if top_k is not None and not (whole and 1 <= top_k <= len(self.labels)):
            raise DecisionError(
                f"top_k = {top_k!r} is impossible with {len(self.labels)} labels. "
                f"Give a whole number from 1 to {len(self.labels)}."
            )

    def _rollup_policy(self, rollup: Rollup) -> Policy | None:
        own = self.rollups.get(rollup.name)
        if own is not None and own.labels != rollup.labels:
            raise DecisionError(
                f"The policy for roll-up {rollup.name!r} was fitted for other labels "
                f"({', '.join(own.labels)}). Fit the policy again with this roll-up."
            )
        return own


def plain_policy(labels: tuple[str, ...], task: Task) -> Policy:
    """The policy of an untuned model: no calibration, 0.5 or the most probable label."""
    single = task == "single_label"
    return Policy(
        task=task,
        labels=tuple(labels),
        calibration=no_calibration(len(labels)),
        thresholds=np.full(len(labels), 0.0 if single else 0.5),
        fallback="none",
        method="argmax" if single else "fixed",
    )
