"""Test cases of three kinds, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

Kind: TypeAlias = Literal["minimum_functionality", "invariance", "direction"]
KINDS: tuple[Kind, ...] = ("minimum_functionality", "invariance", "direction")


@dataclass(frozen=True)
class MinimumFunctionalityCase:
    """A text whose labels are known.

    At least one label of ``any_of`` is held or is the most probable one, and none of ``none_of`` is
    held. One of the two may be empty.
    """

    where: str
    """File and line."""
    capability: str
    text: str
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    kind: ClassVar[Kind] = "minimum_functionality"

    @property
    def texts(self) -> tuple[str, ...]:
        """The one text."""
        return (self.text,)

    @property
    def needed_labels(self) -> tuple[str, ...]:
        """Labels that a model must have; one that it has not, it cannot give wrongly."""
        return self.any_of

    @property
    def expected(self) -> str:
        """What must hold, for people."""
        parts = [" or ".join(self.any_of)] if self.any_of else []
        parts += [f"not {' nor '.join(self.none_of)}"] if self.none_of else []
        return ", ".join(parts)


@dataclass(frozen=True)
class InvarianceCase:
    """Variants of one text that must get the same answer, at least two.

    A variant has the same answer as the first text when it holds the same labels, in whatever
    order, or when its most probable label is the same and it holds no label of a sentiment,
    positive or negative, that no label of the first has: a further label of the same sentiment
    changes little for a user, one of another sentiment does. Labels of models without the roll-up
    ``sentiment`` have no sentiment.
    """

    where: str
    capability: str
    texts: tuple[str, ...]
    kind: ClassVar[Kind] = "invariance"

    @property
    def needed_labels(self) -> tuple[str, ...]:
        """None: any model can be tested."""
        return ()

    @property
    def expected(self) -> str:
        """What must hold, for people."""
        return "the same answer"


@dataclass(frozen=True)
class DirectionCase:
    """A text and a changed form of it, in which the probability of ``label`` rises or falls."""

    where: str
    capability: str
    text: str
    changed: str
    label: str
    change: Literal["rise", "fall"]
    kind: ClassVar[Kind] = "direction"

    @property
    def texts(self) -> tuple[str, ...]:
        """Before and after the change."""
        return (self.text, self.changed)

    @property
    def needed_labels(self) -> tuple[str, ...]:
        """The label whose probability is compared."""
        return (self.label,)

    @property
    def expected(self) -> str:
        """What must hold, for people."""
        return f"{self.label} {self.change}s"


Case: TypeAlias = MinimumFunctionalityCase | InvarianceCase | DirectionCase
