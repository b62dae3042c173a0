from __future__ import annotations

import pytest

from emoscope.io.dialect import ONE_COLUMN, find_dialect
from emoscope.io.read_options import ReadOptions


def find(text: str, kind="csv", **options):
    sample = text.splitlines(keepends=True)
    return find_dialect(sample, True, ReadOptions(format=kind, **options), "f")


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1;2,5\n3;4,5\n", ";"),
        ("a;b,c\n1;2,3\n", ","),
        ('"a";"b, c"\n"1, 2";"3"\n', ";"),
        ("a|b\n1|x, y\n", "|"),
        ("id\x01text\n1\x01x, y\n2\x01z\n", "\x01"),
        ("id,text~\n1,fine ~ day\n2,well ^^\n", ","),
        ("text ^^\nwell, then\nso ^^ what\n", ONE_COLUMN),
        ("text\nplain\n", ","),
        ('text\n"a, b"\n', ","),
        ("text\nwell, then\nso; what\n", ONE_COLUMN),
        ("", ","),
    ],
)
def test_delimiters_are_counted_outside_quotes_over_rows(text, mark):
    assert find(text).delimiter == mark


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("text,label\n1,2\n", True),
        ("name,2019,2020\nx,5,6\n", True),
        ("0,1,2\n5,6,7\n", True),
        ("a,b\n1,x\n", True),
        ("a\n", True),
        ("1,fine day\n2,bad day\n", False),
        ("2024-01-02,fine day\n2024-01-03,bad day\n", False),
        ("joy,so good\nanger,bad\njoy,fine\njoy,well\n", False),
        ("a,b\n1,2\na,b\n3,4\na,b\n", True),
    ],
)
def test_a_first_row_of_values_is_no_header(text, header):
    assert find(text).header is header
    assert find(text, header=not header).header is not header


def test_a_first_row_that_may_be_a_text_is_told():
    assert "--no-header" in find("Thank you so much!\nThis is awful\n").notes[0]
    assert find("comment\nThis is awful\n").notes == ()


def test_one_broken_quote_in_a_file_quoted_as_csv_changes_nothing_else():
    rows = "".join(f'{i},"a ""b"" {i}"\n' for i in range(20))
    assert find(f'id,text\n{rows}99,"open\n').quoting == "csv"
    assert find(f'id\ttext\n{rows}99\t"open\n'.replace(',"', '\t"'), "tsv").quoting == "csv"
    assert find('id\ttext\n1\t"open\n2\tx\n', "tsv").quoting == "none"
