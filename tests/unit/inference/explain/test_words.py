from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.inference.explain.words import Span, find_words, group_words, without


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in find_words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thank you", ["thank", "you"]),
        ("I don't, so-called 'friend'!", ["I", "don't", ",", "so-called", "'", "friend", "'!"]),
        ("what?!  :( no", ["what", "?!", ":(", "no"]),
        ("love ❤️ it 👩\u200d🚀", ["love", "❤️", "it", "👩\u200d🚀"]),
        ("naïve cafe\u0301 मुझे", ["naïve", "cafe\u0301", "मुझे"]),  # marks stay on their letter
        ("snake_case 3.5", ["snake_case", "3", ".", "5"]),
        ("", []),
        (" \n\t", []),
    ],
)
def test_words_and_marks(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@given(st.text(max_size=60))
def test_spans_are_in_order_and_cover_all_but_white_space(text: str) -> None:
    spans = find_words(text)
    covered = [i for start, end in spans for i in range(start, end)]
    assert covered == sorted(set(covered))
    assert all(end > start for start, end in spans)
    assert "".join(text[i] for i in covered) == "".join(c for c in text if not c.isspace())


def test_groups_reach_from_first_to_last_word() -> None:
    words = find_words("a b c d e")
    assert group_words(words, 2) == [Span(0, 3), Span(4, 7), Span(8, 9)]
    assert group_words(words, 1) == words
    assert group_words([], 3) == []


@pytest.mark.parametrize(
    ("span", "expected"),
    [(Span(0, 3), " bb ccc"), (Span(4, 6), "aaa ccc"), (Span(7, 10), "aaa bb")],
)
def test_a_word_leaves_with_one_of_its_spaces(span: Span, expected: str) -> None:
    assert without("aaa bb ccc", span) == expected


def test_marks_leave_no_space_behind() -> None:
    assert without("hi!!! you", Span(2, 5)) == "hi you"
