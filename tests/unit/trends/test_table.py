from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from emoscope.errors import DataError
from emoscope.trends import Trends
from emoscope.trends.table import check_table_name, write_table


def test_csv_has_a_row_a_share_and_nothing_where_nothing_is(
    two_groups: Trends, tmp_path: Path
) -> None:
    write_table(two_groups, tmp_path / "t.csv")
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[0] == "period,group,label,texts,with_label,share,low,high"
    assert lines[1] == "2024-03-05,a,joy,10,1,0.100000,0.017876,0.404150"
    assert lines[3] == "2024-03-07,a,joy,4,4,1.000000,0.510109,1.000000"
    assert lines[7] == "2024-03-07,,joy,0,0,,,"  # another group has texts then
    assert len(lines) == 1 + 2 * 2 * 2
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_files_of_the_users_are_left_alone(two_groups: Trends, tmp_path: Path) -> None:
    for name in ("t.csv", "t.csv.part"):
        (tmp_path / name).write_text("mine")
    with pytest.raises(DataError, match="exists already"):
        write_table(two_groups, tmp_path / "t.csv")
    assert [(tmp_path / name).read_text() for name in ("t.csv", "t.csv.part")] == ["mine"] * 2
    write_table(two_groups, tmp_path / "t.csv", overwrite=True)
    assert (tmp_path / "t.csv.part").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_formulas_are_escaped_when_asked(two_groups: Trends, tmp_path: Path) -> None:
    trends = replace(two_groups, groups=("=a", "-b"))
    write_table(trends, tmp_path / "t.csv")
    assert ",=a," in (tmp_path / "t.csv").read_text()
    write_table(trends, tmp_path / "t.tsv", escape_formulas=True)
    lines = (tmp_path / "t.tsv").read_text().splitlines()
    assert {line.split("\t")[1] for line in lines[1:]} == {"'=a", "'-b"}


def test_json_lines_hold_the_same(two_groups: Trends, tmp_path: Path) -> None:
    write_table(two_groups, tmp_path / "t.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert rows[0]["share"] == 0.1
    assert rows[6] == {
        "period": "2024-03-07", "group": "", "label": "joy", "texts": 0, "with_label": 0,
        "share": None, "low": None, "high": None,
    }  # fmt: skip


def test_gzip_and_tabs(two_groups: Trends, tmp_path: Path) -> None:
    for name in ("one.tsv.gz", "two.tsv.gz"):
        write_table(two_groups, tmp_path / name)
    one, two = (tmp_path / name for name in ("one.tsv.gz", "two.tsv.gz"))
    assert one.read_bytes() == two.read_bytes()
    with gzip.open(one, "rt") as file:
        assert next(csv.DictReader(file, delimiter="\t"))["label"] == "joy"


def test_without_groups_there_is_no_column_of_them(two_groups: Trends, tmp_path: Path) -> None:

    write_table(replace(two_groups.select(groups=["a"]), by=None), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().startswith("period,label,texts")


@pytest.mark.parametrize("name", ["t.parquet", "t.xlsx", "t"])
def test_other_formats_are_refused(name: str) -> None:
    with pytest.raises(DataError):
        check_table_name(Path(name))


def test_a_folder_that_is_not_there(two_groups: Trends, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Writing .* failed"):
        write_table(two_groups, tmp_path / "none" / "t.csv")
