"""Files of the user's own are never replaced by those of a command."""

from __future__ import annotations

import pytest

from emoscope.errors import DataError
from emoscope.io.output_folder import check_outputs, own_outputs

NAMES = ("metrics.json", "scores/test.npz", "report")


def test_own_files_may_be_replaced_and_others_not(tmp_path):
    folder = tmp_path / "new" / "out"
    own_outputs(folder, NAMES)
    (folder / "metrics.json").write_text("{}")
    (folder / "report").mkdir()
    (folder / "report" / "a.csv").write_text("a")
    own_outputs(folder, NAMES)
    own_outputs(folder, ("more.csv",))
    check_outputs(folder, NAMES)
    (folder / "other.csv").write_text("mine")
    with pytest.raises(DataError, match=r"other\.csv exists already.*--out"):
        own_outputs(folder, ("other.csv",))
    assert (folder / "other.csv").read_text() == "mine"


@pytest.mark.parametrize("name", NAMES)
def test_what_the_user_has_there_is_refused_before_anything_is_written(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(DataError, match="did not write it"):
        own_outputs(tmp_path, NAMES)
    assert [each.name for each in tmp_path.iterdir()] == [name.partition("/")[0]]


def test_folders_of_the_user_and_files_in_place_of_a_folder(tmp_path):
    (tmp_path / "report").mkdir()
    check_outputs(tmp_path, NAMES)  # an empty one is free
    (tmp_path / "report" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="did not write it"):
        check_outputs(tmp_path, NAMES)
    with pytest.raises(DataError, match="is a file, not a folder"):
        check_outputs(tmp_path / "report" / "mine.txt", NAMES)
    (tmp_path / ".emoscope-outputs").mkdir()
    with pytest.raises(DataError, match="Nothing can be written into"):
        own_outputs(tmp_path, ("free.csv",))
