from __future__ import annotations

import io
import sys

import pytest

from emoscope.cli.terminal import fail, narrator, printable, show, show_table, tell
from emoscope.errors import DataError

EVIL = "\x1b]0;owned\x07\x1b[31mred\x9b2J\x7f\r"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_control_characters_are_shown():
    assert printable("\x1b[31m é 😀\ttab\nline\r") == "\\u001b[31m é 😀\ttab\nline\\u000d"
    assert printable("abc\u202edef \ud83d") == "abc\\u202edef \\ud83d"


def test_no_escape_sequence_reaches_a_terminal(terminal):
    fail(DataError(EVIL))
    tell(EVIL)
    show(EVIL)
    narrator(terminal)(EVIL)
    show_table((EVIL, "b"), [(EVIL, EVIL)], title=EVIL)
    written = terminal.getvalue()
    assert "owned" in written
    assert not {"\x1b", "\x07", "\x9b", "\x7f", "\r"} & set(written)


def test_a_pipe_gets_results_as_they_are(monkeypatch):
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    show(EVIL)
    assert pipe.getvalue() == EVIL + "\n"
