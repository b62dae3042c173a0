from __future__ import annotations

import os
from pathlib import Path

import pytest

from emoscope.errors import DataError
from emoscope.io.atomic_files import atomic_file, check_output, publish


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "o.csv"
    with atomic_file(path) as staged:
        staged.write_text("all")
        assert not path.exists()
    assert path.read_text() == "all"
    assert [each.name for each in tmp_path.iterdir()] == ["o.csv"]
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text("mine")
    with pytest.raises(KeyError), atomic_file(path) as staged:
        {}[staged.write_text("half")]
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("o.csv", "mine")]


@pytest.mark.parametrize("links", [True, False])
def test_nothing_is_replaced_without_being_told(tmp_path, monkeypatch, links):
    def no_links(*args):
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    new, old = tmp_path / "new", tmp_path / "old"
    new.write_text("new")
    old.write_text("old")
    with pytest.raises(FileExistsError):
        publish(new, old, overwrite=False)
    assert (new.read_text(), old.read_text()) == ("new", "old")
    publish(new, old, overwrite=True)
    assert old.read_text() == "new"
    publish(old, tmp_path / "third", overwrite=False)
    assert [each.name for each in tmp_path.iterdir()] == ["third"]


def test_places_that_cannot_be_written(tmp_path):
    source, out = tmp_path / "i.csv", tmp_path / "o.csv"
    source.write_text("text\n")
    for name in ("i.csv", "x/../i.csv", "./i.csv"):
        with pytest.raises(DataError, match="is an input as well"):
            check_output(tmp_path / name, [source], overwrite=True)
    (tmp_path / "hard.csv").hardlink_to(source)
    (tmp_path / "soft.csv").symlink_to(source)
    for name in ("hard.csv", "soft.csv"):
        with pytest.raises(DataError, match="is an input as well"):
            check_output(tmp_path / name, [source], overwrite=True)
    with pytest.raises(DataError, match="There is no folder"):
        check_output(tmp_path / "no" / "o.csv", [source], overwrite=False)
    with pytest.raises(DataError, match="is a folder"):
        check_output(tmp_path, [source], overwrite=True)
    (tmp_path / "circle.csv").symlink_to(tmp_path / "circle.csv")
    with pytest.raises(DataError, match="cannot be written"):
        check_output(tmp_path / "circle.csv", [source], overwrite=True)
    with pytest.raises(DataError, match="cannot be written"):
        check_output(tmp_path / ("o" * 300 + ".csv"), [source], overwrite=True)
    out.write_text("")
    with pytest.raises(DataError, match="exists already"):
        check_output(out, [source], overwrite=False)
    assert check_output(out, [source], overwrite=True) == out


def test_pipes_and_devices_are_no_files(tmp_path):
    pipe = tmp_path / "o.csv"
    os.mkfifo(pipe)
    (tmp_path / "null.csv").symlink_to("/dev/null")
    reading, writing = os.pipe()
    for path in (pipe, tmp_path / "null.csv", Path(f"/dev/fd/{writing}")):
        with pytest.raises(DataError, match=r"pipe or a device.*standard output"):
            check_output(path, [], overwrite=True)
    os.close(reading)
    os.close(writing)


def test_a_symbolic_link_is_followed(tmp_path):
    target = tmp_path / "target.csv"
    (tmp_path / "link.csv").symlink_to(target)
    assert check_output(tmp_path / "link.csv", [], overwrite=False) == target
