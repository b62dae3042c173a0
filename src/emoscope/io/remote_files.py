"""Files on file systems that are reached by URI: s3, gs, hdfs, file and what else pyarrow opens."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, cast

from emoscope.errors import DataError, DataNotFound, MissingExtra, UnreadableFile, first_line
from emoscope.io.files import Stamp

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_CREDENTIALS = re.compile(r"(?<=://)[^/@?]*@")


def is_uri(name: str) -> bool:
    """Whether ``name`` is a URI and not a path."""
    return _URI.match(name) is not None


def shown(uri: str) -> str:
    """``uri`` for messages and records: without user name, key, password and options."""
    return _CREDENTIALS.sub("", uri).partition("?")[0]


@lru_cache(maxsize=64)
def open_file_system(uri: str) -> tuple[Any, str]:
    """(pyarrow's file system, the path on it) of a URI or an absolute local path.

    Raises :class:`DataError` for a URI that pyarrow does not open, and :class:`MissingExtra`
    without pyarrow.
    """
    try:
        from pyarrow import ArrowException, fs  # deferred: extra parquet
    except ImportError as error:
        raise MissingExtra("parquet", "Reading a URI") from error
    try:
        return cast("tuple[Any, str]", fs.FileSystem.from_uri(uri))
    except (ArrowException, OSError) as error:
        raise DataError(
            f"{shown(uri)} cannot be opened: {first_line(error)}. Give a path, or a URI of a file "
            "system that pyarrow reads, as s3://bucket/folder, gs:// or hdfs://."
        ) from None


@dataclass(frozen=True)
class RemoteFile:
    """A file below a URI, with as much of a path's methods as readers call."""

    root: str
    """The URI of this file, or of a folder that it is in."""
    path: str
    """Its path on the file system of that URI."""

    def __str__(self) -> str:
        return shown(self.root).rstrip("/") + self.path[len(open_file_system(self.root)[1]) :]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePosixPath(self.path).name

    @property
    def suffix(self) -> str:
        """The end of its name from the last full stop."""
        return PurePosixPath(self.path).suffix

    @property
    def suffixes(self) -> list[str]:
        """All ends of its name that begin with a full stop."""
        return PurePosixPath(self.path).suffixes

    def open(self, mode: str = "rb", buffering: int = 0) -> io.RawIOBase:
        """The raw bytes, which can be sought in.

        Raises :class:`DataNotFound` or :class:`UnreadableFile`.
        """
        files, _ = open_file_system(self.root)
        try:
            return cast("io.RawIOBase", files.open_input_file(self.path))
        except FileNotFoundError:
            raise _missing(str(self)) from None
        except OSError as error:
            raise _unreachable(str(self), error) from None

    def stamp(self) -> Stamp | None:
        """Size and time of change, by which a change is seen; None without a file."""
        files, _ = open_file_system(self.root)
        try:
            info = files.get_file_info(self.path)
        except OSError:
            return None
        return (info.size, info.mtime_ns or 0, 0) if info.is_file else None


InputFile = Path | RemoteFile
"""What readers open."""


def find_remote(uri: str) -> list[RemoteFile]:
    """The file at ``uri``, or all files in the folder there and below, in the order of their paths.

    Names that begin with a full stop or an underscore are no data, as in all of Arrow and Spark.
    Raises :class:`DataNotFound` where nothing is there, and :class:`DataError` where nothing can be
    reached.
    """
    files, path = open_file_system(uri)
    from pyarrow import fs  # deferred: extra parquet

    try:
        info = files.get_file_info(path)
        if info.type == fs.FileType.NotFound:
            raise _missing(shown(uri))
        if info.is_file:
            return [RemoteFile(uri, path)]
        inside = files.get_file_info(fs.FileSelector(path, recursive=True))
    except OSError as error:
        raise _unreachable(shown(uri), error) from None
    paths = sorted(each.path for each in inside if each.is_file)
    return [RemoteFile(uri, each) for each in paths if is_data(PurePosixPath(each[len(path) :]))]


def is_data(path: PurePosixPath | Path) -> bool:
    """Whether no part of a path below an input folder begins with a full stop or an underscore."""
    return not any(part.startswith((".", "_")) for part in path.parts)


def _missing(name: str) -> DataNotFound:
    return DataNotFound(f"There is no file or folder {name}. Check the spelling.")


def _unreachable(name: str, error: OSError) -> UnreadableFile:
    return UnreadableFile(
        f"{name} cannot be read: {first_line(error)}. Check that it is there, and that you may "
        "read it."
    )
