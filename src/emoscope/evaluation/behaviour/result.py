"""What a suite found: pass rates by kind and capability, and the cases that fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from emoscope.errors import DataError
from emoscope.evaluation.saved_run import is_run
from emoscope.io.atomic_files import atomic_file
from emoscope.io.output_folder import own_outputs
from emoscope.metrics.wilson import wilson

FILE = "behaviour.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class PassRate:
    """Passed cases of a kind, or of one capability in it."""

    kind: str
    capability: str | None
    """None for the whole kind."""
    cases: int
    passed: int

    @property
    def rate(self) -> float:
        """Share of the cases that pass."""
        return self.passed / self.cases

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval of the rate, at the level of all intervals."""
        low, high = wilson(self.passed, self.cases)
        return float(low), float(high)

    def to_json(self) -> dict[str, Any]:
        """Plain data with stable keys."""
        return {**asdict(self), "rate": self.rate, "interval": list(self.interval)}


@dataclass(frozen=True)
class TextAnswer:
    """What the model said about one text."""

    text: str
    labels: tuple[str, ...]
    """Held, strongest first."""
    label: str
    """The label that was asked for in a direction case, else the most probable one."""
    probability: float
    """Of ``label``."""


@dataclass(frozen=True)
class Failure:
    """A case that fails."""

    where: str
    kind: str
    capability: str
    expected: str
    answers: tuple[TextAnswer, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data with stable keys."""
        return asdict(self)


@dataclass(frozen=True)
class BehaviourResult:
    """Everything that a suite found in one model."""

    rates: tuple[PassRate, ...]
    """Each kind, followed by its capabilities, in the order of the cases."""
    failures: tuple[Failure, ...]
    skipped: int
    """Cases with a label that the model does not have."""
    missing_labels: tuple[str, ...]
    """The labels that these need."""

    def varied_failures(self, most: int) -> list[Failure]:
        """At most ``most`` failures, taken in turn from every capability."""
        groups: dict[tuple[str, str], list[Failure]] = {}
        for each in self.failures:
            groups.setdefault((each.kind, each.capability), []).append(each)
        turns: Iterator[Failure] = (
            each for turn in zip_longest(*groups.values()) for each in turn if each is not None
        )
        chosen = {id(each) for _, each in zip(range(most), turns, strict=False)}
        return [each for each in self.failures if id(each) in chosen]

    def to_json(self) -> dict[str, Any]:
        """Plain data with stable keys."""
        return {
            "format_version": FORMAT_VERSION,
            "rates": [rate.to_json() for rate in self.rates],
            "failures": [failure.to_json() for failure in self.failures],
            "skipped": self.skipped,
            "missing_labels": list(self.missing_labels),
        }

    def save(self, folder: Path) -> Path:
        """Write ``behaviour.json`` into ``folder``, a run folder or any other.

        Raises :class:`DataError` where a file of that name is there that emoscope did not write.
        """
        if not is_run(folder):  # all of a run folder is emoscope's
            own_outputs(folder, (FILE,))
        path = folder / FILE
        with atomic_file(path) as part:
            text = json.dumps(self.to_json(), indent=2, ensure_ascii=False)
            part.write_text(text + "\n", encoding="utf-8")
        return path


def read_result(folder: Path) -> BehaviourResult | None:
    """What :meth:`BehaviourResult.save` wrote into ``folder``; None without one.

    Raises :class:`DataError` for a damaged file.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return _from_json(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise DataError(
            f"{path} cannot be read ({type(error).__name__}: {error}). Write it again with "
            f"`emoscope check {folder} --out {folder}`, or delete it."
        ) from error


def _from_json(data: Mapping[str, Any]) -> BehaviourResult:
    if data["format_version"] != FORMAT_VERSION:
        raise ValueError(f"format version {data['format_version']!r}")
    return BehaviourResult(
        tuple(
            PassRate(str(each["kind"]), each["capability"], int(each["cases"]), int(each["passed"]))
            for each in data["rates"]
            if int(each["cases"]) > 0
        ),
        tuple(
            Failure(
                str(each["where"]),
                str(each["kind"]),
                str(each["capability"]),
                str(each["expected"]),
                _answers(each["answers"]),
            )
            for each in data["failures"]
        ),
        int(data["skipped"]),
        tuple(map(str, data["missing_labels"])),
    )


def _answers(found: Sequence[Mapping[str, Any]]) -> tuple[TextAnswer, ...]:
    return tuple(
        TextAnswer(
            str(each["text"]),
            tuple(map(str, each["labels"])),
            str(each["label"]),
            float(each["probability"]),
        )
        for each in found
    )
