"""The labels in a structured cell: a list, a mapping, or what annotation tools and models write.

Understood are lists of names or indices, ``{"choices": [...]}`` (Label Studio), ``{"label": ...}``
with or without ``score`` (doccano, output of pipelines), ``{"accept": [...]}`` (Prodigy) and
``{"joy": 1, "anger": 0}``. What leaves open which labels hold is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import chain
from typing import Any

Tokens = tuple[str, ...]
"""Labels as written; an empty one is a missing value in a list."""

_HOLDERS = ("choices", "labels", "label", "value", "result", "accept", "name")
"""Keys whose value is the label or labels; exactly one of them may be there."""
_SCORES = ("score", "scores", "confidence", "probability", "probabilities")
_SPANS = frozenset(("start", "end", "start_offset", "end_offset", "startOffset", "endOffset"))
_HOLDS = 0.5
_DEEPEST = 8


def label_tokens(value: Any, depth: int = 0) -> Tokens:
    """The labels of one structured value, in order; raises ValueError with the reason."""
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        return _of_mapping(value, depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        mappings = [item for item in value if isinstance(item, dict)]
        if sum("result" in item for item in mappings) > 1:
            raise ValueError("it holds annotations of several people; merge them first")
        _refuse_low_scores(mappings)
        return tuple(chain.from_iterable(_of_item(item, depth) for item in value))
    return (scalar_token(value),)


def scalar_token(value: Any) -> str:
    """A name or number as written; empty for a missing value; raises ValueError."""
    if isinstance(value, str):
        return value.strip()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, (bool, int, float)):  # truth values too: True and False are names
        return str(value)
    raise ValueError(f"{type(value).__name__} is neither a name nor a number")


def _of_item(item: Any, depth: int) -> Tokens:
    if isinstance(item, str):
        return (item.strip(),)
    if isinstance(item, dict):
        return _of_mapping(item, depth + 1)
    if isinstance(item, (list, tuple, set, frozenset)):
        raise ValueError("a list in a list does not say which labels the text has")
    if isinstance(item, float) and not math.isnan(item) and not item.is_integer():
        raise ValueError(f"{item} is a score; give the names or indices of the labels that hold")
    return (scalar_token(item),)


def _of_mapping(value: dict[Any, Any], depth: int) -> Tokens:
    given = {str(key): each for key, each in value.items() if each is not None}
    if _SPANS & given.keys():
        raise ValueError("it labels a part of the text (start, end), not the text")
    holders = [key for key in _HOLDERS if key in given]
    if len(holders) == 1 and not _is_number(given[holders[0]], but_in=holders[0] == "label"):
        scores = next((given[key] for key in _SCORES if key in given), None)
        found = label_tokens(given[holders[0]], depth + 1)
        if isinstance(scores, (list, tuple)):
            _refuse_low(scores, found)
        return found
    if all(isinstance(each, (bool, int, float)) for each in given.values()):
        if all(each in (0, 1) for each in given.values()):
            return tuple(key.strip() for key, each in given.items() if each)
        raise ValueError("it holds scores; give the names of the labels that hold")
    keys = ", ".join(map(repr, list(given)[:6]))
    raise ValueError(f"an object with {keys} does not say which labels the text has")


def _is_number(value: Any, *, but_in: bool) -> bool:
    """Whether it is 0 or 1 under a key that may itself be a label's name."""
    return isinstance(value, (bool, int, float)) and not but_in


def _refuse_low_scores(items: list[dict[Any, Any]]) -> None:
    """All scores of a model are no labels, unless every one of them holds."""
    if not items:
        return
    scored = [
        (item[key], item.get("label", "")) for item in items for key in _SCORES if key in item
    ]
    _refuse_low([score for score, _ in scored], [label for _, label in scored])


def _refuse_low(scores: Iterable[Any], labels: Iterable[Any]) -> None:
    pairs = list(zip(scores, labels, strict=False))
    for score, label in pairs if len(pairs) > 1 else []:
        if not isinstance(score, (int, float)) or score < _HOLDS:
            raise ValueError(
                f"{label!r} has the score {score}, and it is not said from which score on a label "
                "holds; give the labels that hold"
            )
