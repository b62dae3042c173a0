"""Gzip in and out."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import cast

from emoscope.errors import UnreadableFile

BUFFER = 1 << 20
BROKEN_GZIP = (gzip.BadGzipFile, EOFError, zlib.error)
"""What reading damaged gzip raises."""

_MAGIC = b"\x1f\x8b"
_LEVEL = 6
_GZIP_HEADER = 31  # zlib's word for "15 bits of window, and a gzip header"


def unzipped(stream: io.BufferedReader) -> io.BufferedReader:
    """``stream``, or what is inside it when its first bytes say gzip."""
    if stream.peek(2)[:2] != _MAGIC:
        return stream
    inside = gzip.GzipFile(fileobj=stream, mode="rb")
    inside.myfileobj = cast("io.FileIO", stream)  # closing the outer object closes the file
    return io.BufferedReader(cast("io.RawIOBase", inside), BUFFER)


def gzip_member(data: bytes) -> bytes:
    """``data`` as one whole gzip member.

    Members stand one behind the other in a gzip file (RFC 1952), so that an output can be cut
    after any of them and continued. The header holds no time and no name: same data, same bytes.
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_HEADER)
    return packer.compress(data) + packer.flush()


def broken_gzip(name: str, error: Exception) -> UnreadableFile:
    """The error for compressed data that ends too early or is damaged."""
    return UnreadableFile(
        f"{name} is not a whole gzip file ({error}). Download or compress it again."
    )
