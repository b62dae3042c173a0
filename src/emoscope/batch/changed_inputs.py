"""Input files that are removed or written to while they are read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from emoscope.errors import UnreadableFile
from emoscope.io.chunks import Chunk
from emoscope.io.files import file_stamp


class InputStamps:
    """Size, time of change and inode of every input, as they were when the job began.

    A file is compared after every chunk that was read from it, and once more when its end has been
    reached; after that it may change.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """``paths`` is empty for standard input."""
        self._paths = paths
        self._stamps = [file_stamp(path) for path in paths]
        self._reading = 0  # the first file whose end has not been reached

    def compare(self, last: int | None = None) -> None:
        """Raise :class:`UnreadableFile` when a file up to number ``last`` has changed."""
        end = len(self._paths) if last is None else last + 1
        for path, before in zip(
            self._paths[self._reading : end], self._stamps[self._reading : end], strict=True
        ):
            now = file_stamp(path)
            if now != before:
                what = "was removed" if now is None else "changed"
                raise UnreadableFile(
                    f"{path} {what} while it was read: the output is not complete, and its name "
                    "was not given. Label a file that stays as it is, such as a copy; rows that "
                    "are kept from this job are discarded with --restart."
                )

    def compared(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Yield ``chunks``, each after comparing the files that it ends."""
        for chunk in chunks:
            if self._paths:
                self.compare(chunk.after.file)
                self._reading = chunk.after.file
            yield chunk
        self.compare()
        self._reading = len(self._paths)

    @contextlib.contextmanager
    def explaining_errors(self) -> Iterator[None]:
        """Say of an error that a file has changed, where one has: that is then its cause."""
        try:
            yield
        except Exception as error:
            try:
                self.compare()
            except UnreadableFile as changed:
                raise changed from error
            raise
