"""Rows that two stray quotes have joined."""

from __future__ import annotations

import pytest

from emoscope.io.joined_rows import RowShape

NUMBERED = ["id,text,label\n", "1,so good,joy\n", "2,so bad,anger\n", "3,well,joy\n", "4,no,joy\n"]
WORDS = ["text,reply\n", "so good,thanks\n", "so bad,sorry\n", "well,fine\n", "no,yes\n"]


@pytest.mark.parametrize(
    ("rows", "lines", "found"),
    [
        (NUMBERED, ['5,"tis good,joy\n', "6,fine,joy\n", '7,six feet",anger\n'], "rows"),
        (NUMBERED, ['5,"tis good,joy\n', '6,six feet",anger\n'], "rows"),
        (NUMBERED, ['5,"Dear all, thanks\n', 'yours, A",joy\n'], "one row"),
        (NUMBERED, ['5,"so\n', "6,7,8\n", 'good",joy\n'], "one row"),
        (NUMBERED, ['5,"so, 1\n', '6,good",joy\n'], "one row"),
        (WORDS, ['"tis good,fine\n', 'six feet",yes\n'], "perhaps"),
        (WORDS, ['"tis\n', 'six feet",yes\n'], "one row"),
        (["text\n", "so good\n", "so bad\n"], ['"tis\n', 'six feet"\n'], "one row"),
    ],
)
def test_lines_are_judged_by_the_rows_that_stand_alone(rows, lines, found):
    assert RowShape(rows, ",").judge(lines) == found
