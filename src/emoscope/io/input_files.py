"""Several input files: which they are, read one after the other."""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from emoscope.errors import DataError, DataNotFound, UnreadableFile, listing
from emoscope.io.chunks import Chunk, Records
from emoscope.io.delimited_reader import DelimitedReader
from emoscope.io.files import Stamp, file_stamp, missing
from emoscope.io.formats import STANDARD_INPUT, Format, input_format
from emoscope.io.json_reader import JsonReader
from emoscope.io.line_reader import COLUMN
from emoscope.io.read_options import ReadOptions
from emoscope.io.readers import open_reader
from emoscope.io.remote_files import InputFile, RemoteFile
from emoscope.io.text_column import find_text_column


def find_inputs(names: Sequence[str | Path]) -> list[Path]:
    """The files that ``names`` mean, each once; one with ``*``, ``?`` or ``[`` is a pattern.

    Raises :class:`emoscope.errors.DataNotFound` for a file that is not there or a pattern that
    nothing fits, and :class:`DataError` for a folder, a pipe with a name, or standard input among
    files.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if str(name) == STANDARD_INPUT or path.exists():
            found.append(path)
        elif glob.has_magic(str(name)):
            found += _matches(str(name))
        else:
            raise missing(path)
    for path in found:
        if path.is_dir():
            raise UnreadableFile(
                f"{path} is a folder. Name files, or a pattern such as '{path}/*.csv'."
            )
        if str(path) != STANDARD_INPUT and not path.is_file():  # <(...) of a shell, a named pipe
            raise UnreadableFile(
                f"{path} is no file that can be read more than once. Send it to standard input, -."
            )
    if not found:
        raise DataError("There is no input. Name at least one file, or - for standard input.")
    if len(found) > 1 and Path(STANDARD_INPUT) in found:
        raise DataError("Standard input (-) cannot be read together with files. Name one or other.")
    return list(dict.fromkeys(found))


def input_stamp(file: InputFile) -> Stamp | None:
    """What tells whether a file has changed; None without a file."""
    return file.stamp() if isinstance(file, RemoteFile) else file_stamp(file)


def is_standard_input(inputs: Sequence[InputFile]) -> bool:
    """Whether the input is standard input, which can be read once only."""
    return inputs[0] == Path(STANDARD_INPUT)


class Inputs:
    """All input files as one stream of chunks.

    Size, time of change and inode of a file are compared after every chunk that was read from it,
    and once more when its end has been reached; after that it may change. Raises
    :class:`DataError` when files differ in format or, in formats with columns, in these.
    """

    def __init__(self, paths: Sequence[InputFile], options: ReadOptions) -> None:
        self.format = one_format(paths, options.input_format)
        self._is_pipe = is_standard_input(paths)
        self._paths = [] if self._is_pipe else paths
        self._stamps = [input_stamp(path) for path in self._paths]
        self._reading = 0  # the first file whose end has not been reached
        chosen = replace(options, input_format=self.format)
        self.readers = [open_reader(path, chosen, file) for file, path in enumerate(paths)]
        self._rows = options.chunk_rows
        self._begun: tuple[Chunk, Iterator[Chunk]] | None = None
        self._sizes = [stamp[0] if stamp else 0 for stamp in self._stamps]
        first = self.readers[0]
        for other in self.readers[1:]:
            refuse_other_columns(first.columns, first.name, other.columns, other.name)

    @property
    def name(self) -> str:
        """The first input, for messages about columns."""
        return self.readers[0].name

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The columns of every row; None of JSON lines."""
        return self.readers[0].columns

    @property
    def notes(self) -> list[str]:
        """What a user should know about the files."""
        return [note for reader in self.readers for note in reader.notes]

    def first(self) -> Chunk | None:
        """The first chunk that has rows, to find columns by; it comes again in :meth:`chunks`."""
        if self._begun is None:
            chunks = self._read()
            chunk = next(chunks, None)
            if chunk is None or not self._is_pipe:
                return chunk
            self._begun = chunk, chunks  # what was read of a pipe is gone otherwise
        return self._begun[0]

    def chunks(self) -> Iterator[Chunk]:
        """Yield all chunks, file by file; :class:`UnreadableFile` when a file has changed."""
        self._reading = 0
        chunks = self._read() if self._begun is None else chain([self._begun[0]], self._begun[1])
        for chunk in chunks:
            self._compare(chunk.after.file + 1)
            self._reading = chunk.after.file
            yield chunk
        self._compare()

    @contextlib.contextmanager
    def explaining_errors(self) -> Iterator[None]:
        """Say of an error that a file has changed, where one has: that is then its cause."""
        try:
            yield
        except Exception as error:
            try:
                self._compare()
            except UnreadableFile as changed:
                raise changed from error
            raise

    def share(self, chunk: Chunk) -> float | None:
        """How much of all inputs has been read up to the end of ``chunk``, in [0, 1]."""
        if chunk.share is None:
            return None
        file = chunk.after.file
        before, here = sum(self._sizes[:file]), self._sizes[file]
        return (before + chunk.share * here) / (sum(self._sizes) or 1)

    def reserve(self, names: Sequence[str]) -> None:
        """Name the fields that will be added; a JSON object that has one already is refused."""
        for reader in self.readers:
            if isinstance(reader, JsonReader):
                reader.reserved = frozenset(names)

    def text_column(self, asked: str | None, columns: Sequence[str], sample: Records | None) -> str:
        """The column with the texts; see :func:`find_text_column`."""
        if self.format == "text" and asked not in (None, COLUMN):
            raise DataError(
                f"{self.name} is read as plain text, which has no column {asked!r}. If it is a "
                "table, say so with --from: csv, tsv or jsonl."
            )
        first = self.readers[0]
        is_open = isinstance(first, DelimitedReader) and first.found_header
        return find_text_column(columns, sample, asked, self.name, header_is_open=is_open)

    def _read(self) -> Iterator[Chunk]:
        for reader in self.readers:
            yield from reader.chunks(self._rows)

    def _compare(self, end: int | None = None) -> None:
        """Raise :class:`UnreadableFile` when one of the files up to ``end`` has changed."""
        for path, before in list(zip(self._paths, self._stamps, strict=True))[self._reading : end]:
            now = input_stamp(path)
            if now != before:
                what = "was removed" if now is None else "changed"
                raise UnreadableFile(
                    f"{path} {what} while it was read: an output is not complete, and its name was "
                    "not given. Read a file that stays as it is, such as a copy; rows that are "
                    "kept from this job are discarded with --restart."
                )


def refuse_other_columns(
    first: Sequence[str] | None, source: str, other: Sequence[str] | None, its_source: str
) -> None:
    """Raise :class:`DataError` when two inputs have different columns."""
    if other != first:
        raise DataError(
            f"{its_source} has other columns than {source}: {listing(other or ())} instead of "
            f"{listing(first or ())}. Label them in separate runs."
        )


def _matches(pattern: str) -> list[Path]:
    # pathlib takes no absolute pattern
    found = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    files = [path for path in found if path.is_file()]
    if not files:
        raise DataNotFound(
            f"No file fits the pattern {pattern!r}. Check it, and that it starts where you think."
        )
    return files


def one_format(paths: Sequence[InputFile], override: Format | None) -> Format:
    """The format of all inputs; raises :class:`DataError` when they differ in it."""
    formats = {path: input_format(path, override) for path in paths}
    first = formats[paths[0]]
    for path, each in formats.items():
        if each != first:
            raise DataError(
                f"{path} is {each} and {paths[0]} is {first}. Label them in separate runs."
            )
    return first
