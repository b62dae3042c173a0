from __future__ import annotations

import json
from pathlib import Path

import pytest

from emoscope.errors import SlurmError
from emoscope.slurm.records import (
    JobRecord,
    Status,
    find_record,
    read_records,
    read_status,
    write_status,
)


def save(place: Path, number: str, *, members: int | None = None, hour: int = 9) -> JobRecord:
    folder = place / f"job-{number}-{hour}"
    folder.mkdir(parents=True)
    record = JobRecord(
        number, "tiny", "emoscope train tiny", members, f"2026-01-01T{hour:02}:00:00",
        ("runs/tiny",), folder,
    )  # fmt: skip
    record.write()
    return record


def test_what_is_written_is_read_the_latest_last(tmp_path: Path) -> None:
    second, first = save(tmp_path, "4", hour=12), save(tmp_path, "3", members=2, hour=11)
    assert read_records(tmp_path) == [first, second]
    assert first.member_ids == ["3_0", "3_1"]
    assert second.member_ids == ["4"]
    assert second.log("4") == second.folder / "4_0_log.out"


def test_a_job_is_found_by_its_number_or_that_of_a_member(tmp_path: Path) -> None:
    save(tmp_path, "3", hour=8)
    record = save(tmp_path, "3", members=2, hour=11)
    assert find_record(tmp_path, "3_1") == record
    assert find_record(tmp_path, "3") == record, "the later one, of a cluster that was set up again"
    with pytest.raises(SlurmError, match=r"no job '5'.*Jobs there: 3, 3.*--folder"):
        find_record(tmp_path, "5")
    with pytest.raises(SlurmError, match="Jobs there: none"):
        find_record(tmp_path / "gone", "5")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format_version": 99}'])
def test_other_files_of_that_name_are_left_out(tmp_path: Path, content: str) -> None:
    record = save(tmp_path, "3")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "job.json").write_text(content)
    assert read_records(tmp_path) == [record]


def test_a_job_says_how_it_is(tmp_path: Path) -> None:
    assert read_status(tmp_path, "3") is None
    write_status(tmp_path, "3", Status("failed", "why"))
    assert read_status(tmp_path, "3") == Status("failed", "why")
    plain = json.loads((tmp_path / "3_status.json").read_text())
    assert plain == {"state": "failed", "error": "why"}
