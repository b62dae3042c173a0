"""Label sets, and roll-ups from fine labels to fewer.

Roll-up rules, the same everywhere:

* labels: a label of a roll-up holds when at least one of its fine labels holds;
* probabilities, multi-label: ``1 - prod(1 - p)`` over the fine labels, the probability that at
  least one of them holds if they were independent given the text;
* probabilities, single-label: the sum over the fine labels, exact because they exclude each other.

The mappings of GoEmotions to Ekman's six and to sentiment are those published with the data set
(Demszky et al., 2020, files ``ekman_mapping.json`` and ``sentiment_dict.json``); neutral stays a
group of its own. The six Emotion labels follow the same tables, so surprise is ambiguous.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeGuard

import numpy as np
import numpy.typing as npt

from emoscope.errors import TaxonomyError, listing, nearest

Task = Literal["multi_label", "single_label"]
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Rollup:
    """A map from every fine label to one label of the roll-up."""

    name: str
    labels: tuple[str, ...]
    """Coarse labels, in order."""
    groups: tuple[int, ...]
    """For each fine label, the index of its label in the roll-up."""

    @cached_property
    def matrix(self) -> npt.NDArray[np.float32]:
        """0/1 membership, shape (n_fine, n_labels)."""
        member = np.zeros((len(self.groups), len(self.labels)), dtype=np.float32)
        member[np.arange(len(self.groups)), list(self.groups)] = 1.0
        return member

    def roll_labels(self, labels: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Labels of the roll-up (n, n_labels), of fine ones (n, n_fine): any member holds."""
        held: npt.NDArray[np.bool_] = (np.asarray(labels, dtype=np.float32) @ self.matrix) > 0
        return held

    def roll_probabilities(
        self, probabilities: npt.ArrayLike, task: Task
    ) -> npt.NDArray[np.float32]:
        """Roll-up's probabilities (n, n_labels) of fine ones (n, n_fine), by the task's rule."""
        fine = np.asarray(probabilities, dtype=np.float64)
        if task == "single_label":
            return np.asarray(fine @ self.matrix, dtype=np.float32)
        # log1p keeps small probabilities exact; a probability of one gives -inf, hence the clip
        none_holds = np.exp(np.log1p(-np.clip(fine, 0.0, 1.0 - 1e-12)) @ self.matrix)
        return np.asarray(1.0 - none_holds, dtype=np.float32)


@dataclass(frozen=True)
class Taxonomy:
    """A named, ordered label set with its roll-ups."""

    name: str
    labels: tuple[str, ...]
    rollups: Mapping[str, Rollup] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse no labels, repeated ones, no Unicode text, and roll-ups of another label set."""
        if not self.labels:
            raise TaxonomyError(f"Taxonomy {self.name!r} has no labels. Give at least one.")
        broken = [label for label in self.labels if _SURROGATE.search(label)]
        if broken:
            raise TaxonomyError(
                f"Taxonomy {self.name!r} has the label {broken[0]!r}, which holds half of a "
                "surrogate pair and cannot be written as UTF-8. Correct that label."
            )
        doubled = sorted(label for label, n in Counter(self.labels).items() if n > 1)
        if doubled:
            raise TaxonomyError(
                f"Taxonomy {self.name!r} names these labels more than once: {listing(doubled)}. "
                "Give each label one name."
            )
        for rollup in self.rollups.values():
            if len(rollup.groups) != len(self.labels):
                raise TaxonomyError(
                    f"Roll-up {rollup.name!r} groups {len(rollup.groups)} labels, but taxonomy "
                    f"{self.name!r} has {len(self.labels)}. Name a group for every label."
                )

    def __len__(self) -> int:
        return len(self.labels)

    def index(self, label: str) -> int:
        """Position of ``label``; raises :class:`TaxonomyError` naming the nearest known label."""
        try:
            return self.labels.index(label)
        except ValueError:
            raise TaxonomyError(
                f"Taxonomy {self.name!r} has no label {label!r}. {nearest(label, self.labels)}"
                f"Its labels are: {listing(self.labels, 30)}."
            ) from None

    def rollup(self, name: str) -> Rollup:
        """The roll-up called ``name``; raises :class:`TaxonomyError` when there is none."""
        try:
            return self.rollups[name]
        except KeyError:
            raise TaxonomyError(
                f"Taxonomy {self.name!r} has no roll-up {name!r}. "
                f"{nearest(name, self.rollups)}It has: {listing(self.rollups)}."
            ) from None

    def to_json(self) -> dict[str, Any]:
        """Plain data for the model folder."""
        return {
            "name": self.name,
            "labels": list(self.labels),
            "rollups": {
                name: {fine: r.labels[g] for fine, g in zip(self.labels, r.groups, strict=True)}
                for name, r in self.rollups.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Taxonomy:
        """Inverse of :meth:`to_json`; raises :class:`TaxonomyError` for data of another form."""
        name, labels, rollups = data.get("name"), data.get("labels"), data.get("rollups", {})
        if not isinstance(name, str) or not _are_texts(labels):
            raise TaxonomyError("A taxonomy needs a name and a list of labels, all of them texts.")
        if not isinstance(rollups, Mapping) or not all(
            isinstance(mapping, Mapping) and _are_texts(list(mapping.values()))
            for mapping in rollups.values()
        ):
            raise TaxonomyError(
                f"The roll-ups of taxonomy {name!r} must map each fine label to a label of its own."
            )
        return make_taxonomy(name, labels, rollups)


def _are_texts(values: Any) -> TypeGuard[list[str]]:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def make_taxonomy(
    name: str,
    labels: Iterable[str],
    rollups: Mapping[str, Mapping[str, str]] | None = None,
) -> Taxonomy:
    """Build a taxonomy; ``rollups`` maps a roll-up's name to fine label -> its label.

    A fine label that a roll-up leaves out stays a group of its own. Coarse labels come in the
    customary order of the Ekman and sentiment groups, others in order of first mention.
    """
    fine = tuple(labels)
    known_labels = set(fine)
    built = {}
    for rollup_name, mapping in (rollups or {}).items():
        unknown = [label for label in mapping if label not in known_labels]
        if unknown:
            raise TaxonomyError(
                f"Roll-up {rollup_name!r} maps {listing(map(repr, unknown))}, which taxonomy "
                f"{name!r} does not have. {nearest(unknown[0], fine)}"
            )
        members = [mapping.get(label, label) for label in fine]
        known = (label for label in _KNOWN_ORDER.get(rollup_name, ()) if label in members)
        index = {label: i for i, label in enumerate(dict.fromkeys((*known, *members)))}
        built[rollup_name] = Rollup(rollup_name, tuple(index), tuple(index[m] for m in members))
    return Taxonomy(name, fine, built)


_KNOWN_ORDER = {
    "ekman": ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral"),
    "sentiment": ("positive", "negative", "ambiguous", "neutral"),
}

_EKMAN = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "joy": (
        "joy", "amusement", "approval", "excitement", "gratitude", "love",
        "optimism", "relief", "pride", "admiration", "desire", "caring",
    ),
    "sadness": ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
    "surprise": ("surprise", "realization", "confusion", "curiosity"),
}  # fmt: skip

_SENTIMENT_OF_EKMAN = {
    "anger": "negative", "disgust": "negative", "fear": "negative", "joy": "positive",
    "sadness": "negative", "surprise": "ambiguous",
}  # fmt: skip

_EKMAN_OF = {fine: group for group, members in _EKMAN.items() for fine in members}

GOEMOTIONS = make_taxonomy(
    "goemotions",
    (
        "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion",
        "curiosity", "desire", "disappointment", "disapproval", "disgust", "embarrassment",
        "excitement", "fear", "gratitude", "grief", "joy", "love", "nervousness", "optimism",
        "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
    ),
    {
        "ekman": _EKMAN_OF,
        # The published sentiment groups are unions of Ekman groups; a test compares the files.
        "sentiment": {fine: _SENTIMENT_OF_EKMAN[group] for fine, group in _EKMAN_OF.items()},
    },
)  # fmt: skip

EMOTION = make_taxonomy(
    "emotion",
    ("sadness", "joy", "love", "anger", "fear", "surprise"),
    {
        "ekman": {"love": "joy"},
        "sentiment": {
            "sadness": "negative", "joy": "positive", "love": "positive",
            "anger": "negative", "fear": "negative", "surprise": "ambiguous",
        },
    },
)  # fmt: skip

EKMAN = Taxonomy("ekman", GOEMOTIONS.rollups["ekman"].labels)
SENTIMENT = Taxonomy("sentiment", GOEMOTIONS.rollups["sentiment"].labels)

TAXONOMIES = {t.name: t for t in (GOEMOTIONS, EMOTION, EKMAN, SENTIMENT)}
