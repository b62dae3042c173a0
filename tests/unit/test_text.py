from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.text import is_empty, normalise, text_key, without_format_characters


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


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Thank  YOU.\n", "thank you."),
        ("\ufb01ne", "fine"),
        ("\uff37\uff4f\uff57", "wow"),
        ("Stra\u00dfe", "strasse"),
        ("a\u00a0b", "a b"),
        ("e\u0301", "\u00e9"),
        ("a\u200bb", "ab"),
    ],
)
def test_case_unicode_form_and_white_space_are_not_part_of_the_key(text: str, key: str) -> None:
    assert text_key(text) == key


def test_words_marks_and_on_request_case_are_part_of_the_key() -> None:
    assert len({text_key(text) for text in ("no", "no.", "no!", "on", "n o")}) == 5
    assert text_key(" No ", fold_case=False) == "No"


def test_format_characters_and_variation_selectors_can_be_removed() -> None:
    assert without_format_characters("jo\u200dy\ufe0f\u00ad") == "joy"
