from __future__ import annotations

import random
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.text import is_empty, normalise, order_marks


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


MARKS = [chr(code) for code in range(0x300, 0x34F)] + ["\u0344", "\u0f73", "\u05b0", "\u0591"]


@pytest.mark.parametrize("seed", range(5))
def test_long_runs_of_marks_are_normalised_as_unicode_says(seed: int) -> None:
    pick = random.Random(seed)
    between = ["", "e", "\u1ec7", "\u4e00", "\u2260", "\U0001f600", "\u0e33", "\u034f"]
    text = "".join(
        "".join(pick.choices(MARKS, k=pick.randrange(80))) + pick.choice(between) for _ in range(40)
    )
    assert normalise(text) == unicodedata.normalize("NFC", text)
    ordered = order_marks(text)
    assert unicodedata.normalize("NFD", ordered) == unicodedata.normalize("NFD", text)


def test_every_combining_mark_counts_as_part_of_a_long_run() -> None:
    marks = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code))]
    assert len(marks) > 800
    for mark in marks:
        # the second mark comes before all others in canonical order: a run that is not sorted shows
        assert order_marks(mark * 40 + "\u0334") == unicodedata.normalize(
            "NFD", mark * 40 + "\u0334"
        )


@pytest.mark.parametrize("pattern", ["\u0301\u0323", "\u0301\u200b\u0323\u200b", "\u0344\u0334"])
def test_the_time_for_marks_grows_with_their_number_and_not_its_square(pattern: str) -> None:
    def seconds(repeats: int) -> float:
        text = "a" + pattern * repeats
        started = time.process_time()
        normalise(text)
        return time.process_time() - started

    seconds(100)
    # 16 times the marks take 16 times as long, a square 256 times; the machine may be busy
    least = min(seconds(2_500) for _ in range(3))
    assert min(seconds(40_000) for _ in range(3)) < 80 * max(least, 0.001)
