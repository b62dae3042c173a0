"""The journal of an output: what has been written permanently, so that a killed job can resume.

Our own, since SQLite costs more and does less: a commit here took 3 to 4 ms (one fsync), there 3 to
24 ms on the same disk, and the bytes of the output would still need an order of their own.

The first line names the format and its version. Every other is a checksum and a JSON object: first
the *job*, then *commits* (how many bytes of the part file are final, and where the next row is),
then perhaps the *output*: size and checksum of the finished file just before it gets its name. A
line is appended only after the bytes it speaks of have reached the disk (fsync), so what the
journal says is true. A line that a crash has cut off fails its checksum and is dropped.
"""

from __future__ import annotations

import io
import json
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from emoscope.batch.counts import RowCounts, whole_number
from emoscope.batch.writing.part_file import write_all
from emoscope.errors import DataError
from emoscope.io.chunks import Cursor
from emoscope.io.file_lock import lock_file

FORMAT_VERSION = 1
_FIRST_WORDS = b"emoscope journal, format "
_FIRST_LINE = _FIRST_WORDS + b"%d\n" % FORMAT_VERSION
_LONGEST_LINE = 1 << 28
"""Bytes. A job of a million input files stays below this; a longer line is none of ours."""


@dataclass(frozen=True)
class Commit:
    """A state of the part file from which a job can resume."""

    size: int
    """Bytes of the part file that are final."""
    crc32: int
    """Checksum of these bytes."""
    after: Cursor
    """Where the next row is."""
    counts: RowCounts

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "size": self.size,
            "crc32": self.crc32,
            "after": asdict(self.after),
            "counts": self.counts.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Commit:
        """Inverse of :meth:`to_json`; raises an error for values that cannot be."""
        return cls(
            whole_number(data["size"]),
            whole_number(data["crc32"], most=0xFFFFFFFF),
            Cursor(**{name: whole_number(value) for name, value in data["after"].items()}),
            RowCounts.from_json(data["counts"]),
        )


class Journal:
    """A journal file, open and locked until :meth:`close` or :meth:`remove`.

    Raises :class:`DataError` when another process has it open, and for a file of that name which
    is no journal.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path`` or create it; :class:`FileNotFoundError` when its folder is gone."""
        self.path = path
        self.job: dict[str, Any] | None = None
        """Which job it is; None in a new journal."""
        self.last: Commit | None = None
        """The last commit; None before the first."""
        self.output: tuple[int, int] | None = None
        """Size and CRC-32 of the finished output; None before it is finished."""
        self.problem: str | None = None
        """Why a job cannot be resumed from what the file holds; None if it can."""
        self._file = _open_locked(path)
        try:
            self._end = self._read()
        except BaseException:
            self._file.close()
            raise

    def begin(self, job: Mapping[str, Any]) -> None:
        """Discard what the file holds and begin the journal of ``job``, plain data."""
        self.job, self.last, self.output, self.problem = dict(job), None, None, None
        self._end = 0
        self._append(_FIRST_LINE + _line({"job": self.job}))

    def commit(self, commit: Commit) -> None:
        """Append a commit; its bytes must be on the disk already."""
        self._append(_line({"commit": commit.to_json()}))
        self.last = commit

    def finished(self, size: int, crc32: int) -> None:
        """Append that the output is complete; its bytes must be on the disk already."""
        self._append(_line({"output": {"size": size, "crc32": crc32}}))
        self.output = size, crc32

    def remove(self) -> None:
        """Remove the file, then release the lock."""
        self.path.unlink(missing_ok=True)
        self._file.close()

    def close(self) -> None:
        """Close the file and release the lock."""
        self._file.close()

    def _read(self) -> int:
        """Read what there is; return where its last whole line ends."""
        reader = io.BufferedReader(self._file)
        try:
            return self._read_lines(reader)
        finally:
            reader.detach()  # its buffer must not outlive what is truncated later

    def _read_lines(self, reader: IO[bytes]) -> int:
        line = reader.readline(len(_FIRST_WORDS) + 20)
        if _FIRST_LINE.startswith(line):  # new, or cut off while it was begun
            if line != _FIRST_LINE:
                return 0
        else:
            self.problem = _other_version(line, self.path)
            return 0
        end = len(line)
        while line := reader.readline(_LONGEST_LINE):
            text = _checked(line)
            if text is None:
                break
            try:
                self._take(json.loads(text))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                self.problem = f"has been altered ({type(error).__name__}: {error})"
                break
            end += len(line)
        return end

    def _take(self, data: dict[str, Any]) -> None:
        ((kind, content),) = data.items()
        if kind == "job" and self.job is None:
            self.job = dict(content)
        elif kind == "commit" and self.job is not None:
            commit = Commit.from_json(content)
            before = self.last
            if before and (commit.size < before.size or commit.counts.rows < before.counts.rows):
                raise ValueError("a commit takes back rows of the one before")
            self.last, self.output = commit, None
        elif kind == "output" and self.last is not None:
            self.output = whole_number(content["size"]), whole_number(content["crc32"])
        else:
            raise ValueError(f"{kind!r} is out of place")

    def _append(self, data: bytes) -> None:
        # After a failed write, or a crash, part of a line may stand behind the last whole one.
        handle = self._file.fileno()
        os.ftruncate(handle, self._end)
        os.lseek(handle, self._end, os.SEEK_SET)
        write_all(handle, data)
        os.fsync(handle)
        self._end += len(data)


def _open_locked(path: Path) -> io.FileIO:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        file = io.FileIO(handle, "r+")
        try:
            locked = lock_file(file)  # on Windows two jobs are refused at the rename only
        except OSError:
            file.close()
            raise
        if not locked:
            file.close()
            raise DataError(
                f"Another process is writing the output that belongs to {path}. Wait for it, or "
                "choose another output name."
            )
        if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
            return file
        file.close()  # finished and removed by its process while we opened it


def _other_version(line: bytes, path: Path) -> str:
    """Why a first line that is not ours cannot be read; raises :class:`DataError` if no journal."""
    found = re.fullmatch(re.escape(_FIRST_WORDS) + rb"(\d{1,9})\n", line)
    if found is None:
        raise DataError(
            f"{path} is in the way: emoscope keeps a journal under this name, and that file is "
            "none. Move it elsewhere."
        )
    version = int(found[1])
    age = "a newer" if version > FORMAT_VERSION else "an older"
    return f"was written by {age} version of emoscope (journal format {version})"


def _line(data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _checked(line: bytes) -> bytes | None:
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text):
        return None
    return text
