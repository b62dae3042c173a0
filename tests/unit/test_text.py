from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.text import is_empty, normalise


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("plain text", "plain text"),
        ("  two  spaces ", "two spaces"),
        ("line\nbreak\tand\rtab", "line break and tab"),
        ("cafe\u0301", "caf\u00e9"),  # NFC
        ("zero\u200bwidth", "zerowidth"),
        ("nul\x00byte", "nulbyte"),
        ("\ufeffbom", "bom"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        ("heart \u2764\ufe0f", "heart \u2764\ufe0f"),
        ("no\u00a0break", "no break"),
        ("SHOUT!", "SHOUT!"),
        ("", ""),
    ],
)
def test_normalise(raw: str, clean: str) -> None:
    assert normalise(raw) == clean


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(alphabet=st.characters(codec=None)))
def test_result_can_always_be_encoded(text: str) -> None:
    normalise(text).encode("utf-8")


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b", "\x00"])
def test_nothing_to_read_is_empty(text: str) -> None:
    assert is_empty(text)


def test_an_emoji_is_not_empty() -> None:
    assert not is_empty("\U0001f600")
