from __future__ import annotations

import pytest

from emoscope.io.dialect import ONE_COLUMN, find_dialect
from emoscope.io.read_options import ReadOptions


def find(text: str, kind="csv", **options):
    sample = text.splitlines(keepends=True)
    return find_dialect(sample, True, ReadOptions(input_format=kind, **options), "f")


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


def above(text: str, **options):
    found = find(text, **options)
    return found.lines_above, found.delimiter, found.header


TABLE = "id,text,label\n1,so good,joy\n2,so bad,anger\n"


@pytest.mark.parametrize(
    ("lines", "n"),
    [
        ("# exported 2026-01-01\n", 1),
        ("# exported, by hand, in May, from X\n#\n", 2),
        ("Survey of May\n\n", 2),
        ("Survey of May\n", 1),
        ("Survey, May\nall answers\n\n", 3),
        ("Survey,,\n,,\n", 2),
        ("sep=,\n# exported\n", 2),
    ],
)
def test_titles_and_comments_above_a_header_are_left_out(lines, n):
    found = find(lines + TABLE)
    assert (found.lines_above, found.delimiter, found.header) == (n, ",", True)
    assert "above the table" in found.notes[0]
    assert find(lines + TABLE, header=False).lines_above == lines.startswith("sep=")


def test_titles_above_other_separators():
    assert above("Survey of May\n\n" + TABLE.replace(",", ";")) == (2, ";", True)
    assert above("# a\n" + TABLE.replace(",", "\t")) == (1, "\t", True)
    assert above("# a\n" + TABLE.replace(",", "^")) == (1, "^", True)
    assert above("# made by hand\ntext\nso good\nso, so bad\n")[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        "#id,text\n1,so good\n2,so bad\n",
        "text\n#happy\n#sad, but fine\n",
        "text\nwell, good\nno, bad\n\nwell, fine\n",
        "#happy\nwell, good\nno, bad\nwell, fine\n",
        'text\n"so\n\ngood, bad"\n"a, b"\n',
        "text,,\n,,\nso good,,\nso bad,,\n",
        ",text\n0,so good\n1,so bad\n",
    ],
)
def test_headers_and_texts_are_no_titles(text):
    assert find(text).lines_above == 0


@pytest.mark.parametrize("mark", ["^", "~", ":", "|", "\x1f"])
def test_rare_separators_are_found_where_every_row_has_them(mark):
    found = find(TABLE.replace(",", mark).replace("so bad", "so, so bad"))
    assert found.delimiter == mark
    assert "columns are separated by" in found.notes[0]
    assert "one column" not in found.notes[0]


@pytest.mark.parametrize("mark", ["^", "~", ":", "|", ";"])
def test_texts_that_hold_separators_do_not_mislead(mark):
    assert find(f"id,text\n1,a{mark}b\n2,c{mark}d\n").delimiter == ","
    one = f"I love it{mark} really\nso good\nthis{mark} that\nfine\nso bad\nwell\nno\nyes\n"
    assert find(one).delimiter in (",", ONE_COLUMN)
    assert find("text\n" + one).delimiter in (",", ONE_COLUMN)
    assert find(f"note{mark} text\nso good\nthis{mark} that\nfine\nok\n").delimiter == ","
