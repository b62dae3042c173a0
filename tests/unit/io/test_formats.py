from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.errors import DataError
from emoscope.io.formats import (
    OutputFormat,
    has_known_suffix,
    input_format,
    output_format,
    piped_format,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.csv", "csv"),
        ("a.CSV.GZ", "csv"),
        ("a.b.tsv", "tsv"),
        ("a.tab", "tsv"),
        ("a.jsonl.gz", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.json", "jsonl"),
        ("a.txt", "text"),
        ("a.parquet", "parquet"),
        ("a.pq", "parquet"),
        ("-", "text"),
    ],
)
def test_the_name_tells_the_format(name, expected):
    assert input_format(Path(name)) == expected


def test_an_override_goes_before_the_name():
    assert input_format(Path("a.txt"), "csv") == "csv"


@pytest.mark.parametrize("name", ["comments", "a.docx", "a.gz"])
def test_a_name_that_tells_nothing_is_refused(name):
    with pytest.raises(DataError, match=r"--from"):
        input_format(Path(name))


def test_suffixes_that_are_known():
    assert all(map(has_known_suffix, map(Path, ("a.csv", "a.jsonl.gz", "*.parquet", "no/a.TXT"))))
    assert not any(map(has_known_suffix, map(Path, ("csv", "a.gz", "what?", "", "v1.5"))))


def test_outputs():
    assert output_format(Path("o.csv.gz")) == OutputFormat("csv", gzip=True)
    assert output_format(Path("o.parquet")) == OutputFormat("parquet")


@pytest.mark.parametrize("name", ["o.txt", "o.parquet.gz", "o", "o.json", "o.xlsx"])
def test_outputs_that_cannot_be_written(name):
    with pytest.raises(DataError, match="which format to write"):
        output_format(Path(name))


def test_a_pipe_gets_what_came_in_or_json_lines():
    assert piped_format("tsv").format == "tsv"
    assert piped_format("text").format == "jsonl"
    assert piped_format("parquet").format == "jsonl"
    assert piped_format("text", "csv").format == "csv"
    with pytest.raises(DataError, match="Standard output cannot be parquet"):
        piped_format("csv", "parquet")
