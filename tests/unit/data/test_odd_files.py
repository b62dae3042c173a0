"""Odd files are read for labelling and for training with equal rows."""

from __future__ import annotations

import pytest

from emoscope.data.load import load_examples
from emoscope.data.settings import DataSettings
from emoscope.io.input_files import Inputs
from emoscope.io.read_options import ReadOptions

TWEETS = [("joy", '"Best day ever'), ("anger", "they lied again"), ("joy", 'she said yes"')]
FILLED = [(label, f"{label} {i}") for i in range(9) for label in ("joy", "anger")]


def lines(rows, mark="\t", header=("label", "text")):
    return "".join(mark.join(row) + "\n" for row in [header, *rows])


ODD = {
    "unquoted.tsv": (lines(TWEETS + FILLED), TWEETS + FILLED),
    "late.tsv": (lines(FILLED * 9 + TWEETS), FILLED * 9 + TWEETS),
    "whole_quotes.tsv": (
        lines([*TWEETS, ("joy", '"all in quotes"')]),
        [*TWEETS, ("joy", '"all in quotes"')],
    ),
    "quoted.tsv": (
        'label\ttext\njoy\t"a ""b"" c"\nanger\t"two\nlines"\njoy\t"tab\there"\n',
        [("joy", 'a "b" c'), ("anger", "two\nlines"), ("joy", "tab\there")],
    ),
    "unquoted.csv": (lines(TWEETS, ",").replace("yes\"", "yes"), [
        *TWEETS[:2], ("joy", "she said yes"),
    ]),
    "backslash.csv": (
        'label,text\njoy,"said \\"hi\\", twice"\nanger,"\\"Great\\" she said"\njoy,"a \\\\ slash"\n'
        "anger,C:\\dir\n",
        [
            ("joy", 'said "hi", twice'), ("anger", '"Great" she said'), ("joy", "a \\ slash"),
            ("anger", "C:\\dir"),
        ],
    ),
    "semicolons.csv": (
        '\ufefflabel;"text, in a few words"\njoy;so, so good\nanger;"bad; really"\n',
        [("joy", "so, so good"), ("anger", "bad; really")],
    ),
    "plain_header.csv": (
        "label;text, in words\njoy;so, so good\nanger;bad\n",
        [("joy", "so, so good"), ("anger", "bad")],
    ),
    "sep.csv": ("\ufeffsep=;\r\nlabel;text\r\njoy;a, b\r\nanger;c\r\n",
                [("joy", "a, b"), ("anger", "c")]),
    "bars.csv": ("label|text\njoy|a, b\nanger|c\n", [("joy", "a, b"), ("anger", "c")]),
    "tabs.csv": ("label\ttext\njoy\ta, b\nanger\tc\n", [("joy", "a, b"), ("anger", "c")]),
    "commas.tsv": ('label,text\njoy,"a, b"\nanger,c\n', [("joy", "a, b"), ("anger", "c")]),
    "no_header.csv": (
        "1,joy,thank you\n2,anger,so bad\n3,joy,good\n",
        [("joy", "thank you"), ("anger", "so bad"), ("joy", "good")],
    ),
    "empty_columns.csv": (
        'label,text,,\njoy,"a, b",,\nanger,c,,\n', [("joy", "a, b"), ("anger", "c")],
    ),
    "array.json": (
        '[{"label": "joy", "text": "a"},\n {"label": "anger", "text": "[b] {\\"c\\""}]',
        [("joy", "a"), ("anger", '[b] {"c"')],
    ),
    "indented.json": (
        '[\n  {\n    "label": "joy",\n    "text": "a\\nb"\n  },\n  {\n    "label": "anger",\n'
        '    "text": "c"\n  }\n]\n',
        [("joy", "a\nb"), ("anger", "c")],
    ),
    "objects.jsonl": (
        '{\n "label": "joy",\n "text": "a"\n}\n{\n "label": "anger",\n "text": "b"\n}\n',
        [("joy", "a"), ("anger", "b")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("rows", [1, 1000])
def test_labelling_and_training_read_the_same_rows(tmp_path, name, rows):
    content, expected = ODD[name]
    path = tmp_path / name
    path.write_bytes(content.encode())
    inputs = Inputs([path], ReadOptions(chunk_rows=rows))
    chunks = list(inputs.chunks())
    columns = inputs.columns or ("label", "text")
    label = next(c for c in columns if c in ("label", "column_2"))
    text = next(c for c in columns if c.startswith("text") or c == "column_3")
    found = [
        pair
        for chunk in chunks
        for pair in zip(chunk.records.column(label), chunk.records.column(text), strict=True)
    ]
    assert found == expected
    assert not any(chunk.errors for chunk in chunks)
    settings = DataSettings(
        name="file", path=path, text=text, labels=label, validation_share=0, test_share=0
    )
    examples = load_examples(settings, trainable=False)
    labels = [examples.taxonomy.labels[int(row.argmax())] for row in examples.labels]
    assert list(zip(labels, examples.texts, strict=True)) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"quoting": "csv"}, [["joy", "Best day ever\nanger\tthey lied again\njoy\tshe said yes"]]),
        ({"quoting": "none", "header": False}, [["label", "text"], *map(list, TWEETS)]),
        ({"delimiter": " ", "quoting": "none", "header": True}, None),
    ],
)
def test_what_a_user_says_goes_before_what_is_found(tmp_path, options, expected):
    path = tmp_path / "a.tsv"
    path.write_text(lines(TWEETS))
    inputs = Inputs([path], ReadOptions(**options))
    assert inputs.notes == []
    if expected is not None:
        columns = inputs.columns
        assert [row for c in inputs.chunks() for row in c.records.cells(columns)] == expected
    else:
        assert inputs.columns == ("label\ttext",)


def test_what_was_decided_is_told(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(lines(TWEETS))
    (note,) = Inputs([path], ReadOptions()).notes
    assert str(path) in note
    assert "do not pair" in note
    assert "--quoting" in note
    path.write_text(lines(FILLED))
    assert Inputs([path], ReadOptions()).notes == []
