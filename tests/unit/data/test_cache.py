from __future__ import annotations

import sys
from pathlib import Path

import pytest

from emoscope.data.cache import cache_folder, keep
from emoscope.data.emotion import read_emotion
from emoscope.data.goemotions import read_goemotions


def test_the_environment_names_the_folder(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("EMOSCOPE_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


@pytest.mark.parametrize(
    ("platform", "variables", "ending"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/emoscope"),
        ("linux", {}, "/.cache/emoscope"),
        ("darwin", {}, "/Library/Caches/emoscope"),
        ("win32", {"LOCALAPPDATA": "/y"}, "/y/emoscope/Cache"),
        ("win32", {}, "/AppData/Local/emoscope/Cache"),
    ],
)
def test_else_it_is_the_platforms_place(monkeypatch, platform, variables, ending):
    for name in ("EMOSCOPE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder().as_posix().endswith(ending)


@pytest.fixture
def goemotions(write):
    write("g/train.tsv", 'I "like" it\t0,18\ta1\n"She said ""go"" and left"\t27\ta2\n')
    write("g/dev.tsv", "so sad\t25\tb1\n")
    return read_goemotions(write("g/test.tsv", "wow\t26\tc1\n").parent)


def test_goemotions_is_kept_in_its_own_format(goemotions):
    assert keep(goemotions, "goemotions")
    folder = cache_folder() / "goemotions"
    again = read_goemotions(folder)
    assert (again.texts, again.ids) == (goemotions.texts, goemotions.ids)
    assert (again.labels == goemotions.labels).all()
    assert (again.splits == goemotions.splits).all()
    assert [path.name for path in cache_folder().iterdir()] == ["goemotions"]  # no drafts


def test_emotion_is_kept_in_its_own_format(write):
    write("e/val.txt", "i feel low;sadness\n")
    write("e/test.txt", "i feel odd; so odd;surprise\n")
    examples = read_emotion(write("e/train.txt", "i feel fine;joy\n").parent)
    assert keep(examples, "emotion")
    again = read_emotion(cache_folder() / "emotion")
    assert again.texts == examples.texts
    assert (again.labels == examples.labels).all()


def test_what_is_there_already_stays(goemotions):
    keep(goemotions, "goemotions")
    before = (cache_folder() / "goemotions" / "train.tsv").stat().st_mtime_ns
    assert not keep(goemotions, "goemotions")
    assert (cache_folder() / "goemotions" / "train.tsv").stat().st_mtime_ns == before
    assert [path.name for path in cache_folder().iterdir()] == ["goemotions"]


def test_a_cache_that_cannot_be_written_is_no_error(goemotions, write, monkeypatch):
    monkeypatch.setenv("EMOSCOPE_CACHE", str(write("a-file", "x")))
    assert not keep(goemotions, "goemotions")
