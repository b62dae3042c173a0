"""The journal of an output: what has been written for good, so that a killed run can go on.

A journal is a text file beside the output. Every line is a checksum and a JSON object. The first
object says which run it is; every other is a *commit*: how many bytes of the part file are final
and where in the inputs the next row is. A line is appended only after the bytes it speaks of have
reached the disk (fsync), and so whatever the journal says is true. A line that was cut off by a
crash fails its checksum and is dropped.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from emoscope.batch.counts import Tally
from emoscope.batch.writing.locking import lock
from emoscope.errors import DataError
from emoscope.io.chunks import Cursor

FORMAT_VERSION = 1
"""Stands in the first object; a journal with another one is never continued."""


@dataclass(frozen=True)
class Commit:
    """A state of the part file from which a run can go on."""

    size: int
    """Bytes of the part file that are final."""
    crc32: int
    """Checksum of these bytes."""
    after: Cursor
    """Where the next row is."""
    tally: Tally
    complete: bool = False
    """Whether there is no next row."""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "size": self.size,
            "crc32": self.crc32,
            "after": asdict(self.after),
            "tally": self.tally.to_json(),
            "complete": self.complete,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Commit:
        """Inverse of :meth:`to_json`."""
        return cls(
            data["size"],
            data["crc32"],
            Cursor(**data["after"]),
            Tally.from_json(data["tally"]),
            data["complete"],
        )


class Journal:
    """A journal file, open and locked; :meth:`close` it.

    Raises :class:`DataError` when another process has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _open_locked(path)
        self.run: dict[str, Any] | None = None
        """Which run it is; None in a new journal."""
        self.last: Commit | None = None
        """The last commit; None before the first."""
        self._read()

    def begin(self, run: Mapping[str, Any]) -> None:
        """Drop what there is and begin the journal of ``run``, plain data that says what it is."""
        self._file.truncate(0)
        self.run, self.last = dict(run), None
        self._append(self.run)

    def commit(self, commit: Commit) -> None:
        """Append a commit; its bytes must be on the disk already."""
        self._append(commit.to_json())
        self.last = commit

    def remove(self) -> None:
        """Remove the file and let go of it."""
        self.path.unlink()
        self._file.close()

    def close(self) -> None:
        """Let go of the file; an empty one, of a run that never began, is removed."""
        if self.run is None and not self._file.closed:
            self.path.unlink(missing_ok=True)
        self._file.close()

    def _read(self) -> None:
        self._file.seek(0)
        good = 0
        for line in self._file:
            data = _checked(line)
            if data is None:
                break
            if self.run is None:
                self.run = data
            elif self.run.get("format_version") == FORMAT_VERSION:
                self.last = Commit.from_json(data)
            good += len(line)
        self._file.truncate(good)

    def _append(self, data: Mapping[str, Any]) -> None:
        text = json.dumps(data).encode("ascii")
        self._file.write(b"%08x %s\n" % (zlib.crc32(text), text))
        self._file.flush()
        os.fsync(self._file.fileno())


def _open_locked(path: Path) -> IO[bytes]:
    while True:
        file = path.open("a+b")
        if not lock(file):
            file.close()
            raise DataError(
                f"Another process is writing the output that belongs to {path}. Wait for it, or "
                "choose another output name."
            )
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()  # finished and removed by its process while we opened it


def _checked(line: bytes) -> dict[str, Any] | None:
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text):
        return None
    data: dict[str, Any] = json.loads(text)
    return data
