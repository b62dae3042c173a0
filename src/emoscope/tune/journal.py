"""The journal of a study: Optuna's own, opened after a power cut too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from emoscope.errors import SearchError, first_line

FILE = "journal.log"
_BEGINS = b'{"op_code":'


def open_journal(path: Path, say: Callable[[str], None] = lambda line: None) -> JournalStorage:
    """Open the journal at ``path``, or begin one.

    A line at its end that was cut off, or never reached the disk, is dropped, and ``say`` told.
    Optuna passes over such a line only until the next is appended to it.

    Raises :class:`SearchError` for a file that is no journal, or is damaged elsewhere.
    """
    # not Optuna's usual lock, which makes symbolic links: Windows allows these to few
    lock = JournalFileOpenLock(str(path))
    if path.exists():
        lock.acquire()
        try:
            dropped = _drop_damaged_end(path)
        finally:
            lock.release()
        if dropped:
            say(f"{path}: its last {dropped:,} bytes are no whole line and were dropped")
    try:
        return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise _unreadable(path, first_line(error)) from error


def _drop_damaged_end(path: Path) -> int:
    """Cut the file behind its last whole line; return the number of bytes that were there."""
    content = path.read_bytes()
    if content and not content.startswith(_BEGINS[: len(content)]):
        raise _unreadable(path, "it does not begin as one")
    end = len(content)
    while end and not _is_whole(content[content.rfind(b"\n", 0, end - 1) + 1 : end]):
        end = content.rfind(b"\n", 0, end - 1) + 1
    if end < len(content):
        with path.open("r+b") as file:
            file.truncate(end)
    return len(content) - end


def _is_whole(line: bytes) -> bool:
    try:
        return line.endswith(b"\n") and "op_code" in json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return False


def _unreadable(path: Path, why: str) -> SearchError:
    return SearchError(
        f"{path} cannot be read as the journal of a search ({why}). Move it elsewhere, or search "
        "under another name with --name."
    )
