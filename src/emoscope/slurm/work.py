"""Commands of emoscope as jobs run them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Work:
    """One command, at first and after an interruption."""

    arguments: tuple[str, ...]
    """Words of the command line, without options of SLURM."""
    again: tuple[str, ...]
    """The words with which it goes on where it was."""
    leaves: Path | None = None
    """The run folder or file that it leaves under its final name."""
    replaces: bool = False
    """Whether that may have been there before."""

    @classmethod
    def resumed(cls, words: tuple[str, ...], leaves: Path, *, replaces: bool = False) -> Work:
        """A command that goes on with ``--resume``."""
        return cls(words, (words[0], "--resume", *words[1:]), leaves, replaces)

    @property
    def is_done(self) -> bool:
        """Whether an interrupted command had nothing left to do."""
        return self.leaves is not None and not self.replaces and self.leaves.exists()

    @property
    def command(self) -> str:
        """The command line."""
        return shlex.join(("emoscope", *self.arguments))

    def reading(self, copy: Path, original: str) -> Work:
        """The same command reading ``copy`` in place of the file ``original``."""

        def changed(words: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(str(copy) if word == original else word for word in words)

        return replace(self, arguments=changed(self.arguments), again=changed(self.again))


@dataclass(frozen=True)
class Submission:
    """Commands to be run alike."""

    name: str
    """Of the run or command; what squeue shows."""
    works: tuple[Work, ...]
    """Several are an array."""
    shared: bool = False
    """Whether several jobs do the one command together, as workers on one study."""
    trains: bool = False
    """Whether several processes do one command together."""
    recipe: str | None = None
    """A file that is copied, so that the job reads it as it is now."""
    makes: Path | None = None
    """A folder that the works need."""
