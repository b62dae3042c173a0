from __future__ import annotations

import json

import pytest

from emoscope.cli import terminal
from emoscope.errors import DataError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\nb\tc", "a\nb\tc"),
        ("\r\x07\x7f\x9b", "\\u000d\\u0007\\u007f\\u009b"),
        ("abc\u202edef", "abc\\u202edef"),
        ("\ud83d", "\\ud83d"),
        (
            "caf\u00e9 \u2764\ufe0f\u200d\U0001f525 \u0645",
            "caf\u00e9 \u2764\ufe0f\u200d\U0001f525 \u0645",
        ),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert terminal.printable(text) == shown
    if "\n" not in text and "\t" not in text:
        written = json.dumps({"a": text}, ensure_ascii=False)
        assert json.loads(terminal.printable(written)) == {"a": text}


def test_everything_for_people_goes_through_it(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "x\x1b]0;title\x07\x9b2J"
    terminal.fail(DataError(evil))
    terminal.tell(evil)
    terminal.show(evil)
    terminal.show_table((evil, "b"), [(evil, evil)], title=evil)
    out, err = capsys.readouterr()
    assert not {"\x1b", "\x07", "\x9b"} & set(out + err)
    assert out.count("title") == 5
