from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.data import sources
from emoscope.data.settings import DataSettings
from emoscope.data.sources import (
    everyday_instead,
    find_official,
    find_source,
    settings_for,
    split_files,
)
from emoscope.errors import DataError, DataNotFound


@pytest.fixture
def sets(write, tmp_path: Path) -> Path:
    """A folder of data sets, as EMOSCOPE_DATA names one."""
    for name in ("train.tsv", "dev.tsv", "test.tsv"):
        write(f"sets/goemotions/{name}", "a\t0\t1\n")
    for name in ("train.txt", "val.txt", "test.txt"):
        write(f"sets/emotion/{name}", "a;joy\n")
    write("sets/goemotions_raw/goemotions_1.csv", "x\n")
    return tmp_path / "sets"


SETS = {"goemotions": "goemotions", "emotion": "emotion", "goemotions-raw": "goemotions_raw"}


@pytest.mark.parametrize("name", SETS)
def test_a_given_folder_holds_data_sets_or_is_one(sets, name):
    settings = DataSettings(name=name)
    for given in (sets, sets / SETS[name]):
        source = find_source(settings, given)
        assert (source.kind, source.path) == (name, sets / SETS[name])
        assert source.note == f"{name} from --data ({sets / SETS[name]})"


def test_the_settings_may_name_the_path_and_data_goes_before_it(sets, tmp_path):
    settings = DataSettings(name="emotion", path=sets)
    assert find_source(settings).note == f"emotion from path ({sets / 'emotion'})"
    settings = DataSettings(name="emotion", path=tmp_path / "nowhere")
    assert find_source(settings, sets).kind == "emotion"


@pytest.mark.parametrize("name", ["goemotions", "file", "everyday"])
def test_what_is_given_and_does_not_exist_is_an_error(sets, name):
    with pytest.raises(DataNotFound, match=r"set\. Did you mean 'sets'"):
        find_source(DataSettings(name=name), sets.with_name("set"))


def test_a_given_folder_that_holds_something_else_is_an_error(tmp_path, write):
    write("other/notes.md", "x")
    with pytest.raises(
        DataNotFound, match=r"neither goemotions/ nor train\.tsv.*It holds: notes\.md"
    ):
        find_source(DataSettings(), tmp_path / "other")
    with pytest.raises(DataNotFound, match="has no files named train"):
        find_source(DataSettings(name="file"), tmp_path / "other")


def test_the_environment_goes_before_the_cache(sets, monkeypatch):
    settings = DataSettings(name="goemotions")
    monkeypatch.setenv("EMOSCOPE_CACHE", str(sets))
    source = find_source(settings)
    assert source.note == f"goemotions from the local cache ({sets / 'goemotions'})"
    assert source.tried == ("EMOSCOPE_DATA is not set",)
    monkeypatch.setenv("EMOSCOPE_DATA", str(sets))
    assert find_source(settings).note == f"goemotions from EMOSCOPE_DATA ({sets / 'goemotions'})"
    monkeypatch.setenv("EMOSCOPE_DATA", str(sets / "emotion"))
    source = find_source(settings)
    assert source.note.startswith("goemotions from the local cache")
    assert source.tried == (f"EMOSCOPE_DATA ({sets / 'emotion'}) does not hold it",)


def test_an_environment_that_names_no_folder_is_told(sets, monkeypatch):
    monkeypatch.setenv("EMOSCOPE_DATA", str(sets / "nowhere"))
    tried = find_source(DataSettings()).tried
    assert tried[0] == f"EMOSCOPE_DATA names {sets / 'nowhere'}, no folder"


def test_the_hub_is_asked_after_the_cache(monkeypatch):
    asked = []
    monkeypatch.setattr(sources, "hub_problem", lambda hub_id: asked.append(hub_id))
    source = find_source(DataSettings(name="emotion"))
    assert (source.kind, source.hub_id) == ("hub", "dair-ai/emotion")
    assert source.note == "emotion from the hub (dair-ai/emotion)"
    assert asked == ["dair-ai/emotion"]


def test_the_sample_comes_last_and_says_so(monkeypatch):
    monkeypatch.setattr(sources, "hub_problem", lambda hub_id: "the hub is asleep")
    source = find_source(DataSettings(name="goemotions"))
    assert source.kind == "everyday"
    assert source.note.startswith("NOT goemotions: ")
    for part in ("EMOSCOPE_DATA is not set", "the local cache", "the hub is asleep", "--data"):
        assert part in source.note


def test_raw_ratings_are_not_on_the_hub(monkeypatch):
    monkeypatch.setattr(sources, "hub_problem", lambda hub_id: pytest.fail("asked the hub"))
    assert find_source(DataSettings(name="goemotions-raw")).note.startswith("NOT goemotions-raw")


def test_the_sample_asked_for_by_name_is_no_excuse():
    assert find_source(DataSettings(name="everyday")).note == "the corpus that ships with emoscope"
    assert everyday_instead("x", ["a", "b"]).note.startswith("NOT x: ")


def test_a_given_file_is_a_table_unless_it_holds_ratings(write):
    path = write("goemotions_1.csv", "x\n")
    assert find_source(DataSettings(), path).kind == "file"
    assert find_source(DataSettings(name="goemotions-raw"), path).kind == "goemotions-raw"
    own = DataSettings(name="goemotions-raw", text="body", labels="tags")
    assert find_source(own, path).kind == "file"


def test_a_given_folder_may_hold_a_table_for_each_split(write):
    folder = write("own/train.csv", "x\n").parent
    assert find_source(DataSettings(), folder).kind == "file"
    assert find_source(DataSettings(name="file"), folder).kind == "file"


def test_without_a_name_a_folder_speaks_for_itself(sets):
    settings = DataSettings(name="file")
    for name, folder in SETS.items():
        assert find_source(settings, sets / folder).kind == name


def test_files_for_splits_need_no_path(write):
    settings = DataSettings(name="file", test_path=write("a.csv", "x"))
    assert find_source(settings).path is None
    with pytest.raises(DataNotFound, match="Name one with --data"):
        find_source(DataSettings(name="file"))


def test_a_hub_id_and_a_path_exclude_each_other(sets):
    settings = DataSettings(name="hub:a/b")
    assert find_source(settings).hub_id == "a/b"
    with pytest.raises(DataError, match="Give one of them"):
        find_source(settings, sets)


def test_tables_are_known_by_their_split_names(write):
    folder = write("own/train.csv", "x").parent
    write("own/dev.jsonl.gz", "x")
    write("own/notes.csv", "x")
    write("own/test.md", "x")
    found = split_files(folder)
    assert {split: path.name for split, path in found.items()} == {
        "train": "train.csv",
        "validation": "dev.jsonl.gz",
    }
    write("own/val.csv", "x")
    with pytest.raises(DataError, match=r"two files for validation: dev\.jsonl\.gz and val\.csv"):
        split_files(folder)


def test_the_official_files_lie_beside_the_ratings_or_in_the_environment(
    sets, monkeypatch, tmp_path
):
    raw = sets / "goemotions_raw"
    assert find_official(raw) == sets / "goemotions"
    assert find_official(raw / "goemotions_1.csv") == sets / "goemotions"
    assert find_official(tmp_path) is None
    monkeypatch.setenv("EMOSCOPE_DATA", str(sets))
    assert find_official(tmp_path) == sets / "goemotions"


def test_what_to_describe_is_a_name_a_path_or_a_mistake(sets, write):
    assert settings_for("emotion", {"seed": 3}) == DataSettings(name="emotion", seed=3)
    assert settings_for("hub:a/b", {}).name == "hub:a/b"
    path = write("a.csv", "x")
    assert settings_for(str(path), {}) == DataSettings(name="file", path=path)
    assert settings_for(str(sets / "emotion"), {}).name == "emotion"
    assert settings_for(str(sets / "goemotions_raw"), {}).name == "goemotions-raw"
    with pytest.raises(DataNotFound, match=r"'emotio' is neither.*Did you mean 'emotion'"):
        settings_for("emotio", {})
