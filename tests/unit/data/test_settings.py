from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from emoscope.data.settings import DataSettings, data_settings
from emoscope.errors import DataError


def test_every_field_says_what_it_is_in_a_sentence():
    for name, field in DataSettings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_strings_of_the_command_line_are_understood():
    settings = data_settings(
        {
            "name": "file",
            "path": "a.csv",
            "label_columns": "joy, anger",
            "label_names": ["joy", "a, b"],
            "sample": "2,000",
            "single_label": "true",
            "seed": "3",
        }
    )
    assert settings.path == Path("a.csv")
    assert settings.label_columns == ("joy", "anger")
    assert settings.label_names == ("joy", "a, b")
    assert (settings.sample, settings.single_label, settings.seed) == (2000, True, 3)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("2000", 2000), ("0.2", 0.2), ("1.0", 1.0), (1, 1), (1.0, 1.0), (0.5, 0.5), (None, None)],
)
def test_a_sample_is_a_count_or_a_share_by_its_type(given, kept):
    sample = data_settings({"sample": given}).sample
    assert sample == kept
    assert type(sample) is type(kept)


@pytest.mark.parametrize("bad", ["many", "1.5", 0, -3, 0.0, 2.5])
def test_an_impossible_sample_is_refused(bad):
    with pytest.raises(DataError, match="sample = "):
        data_settings({"sample": bad})


@pytest.mark.parametrize("name", ["goemotions", "goemotions-raw", "emotion", "everyday", "hub:a/b"])
def test_known_names_are_taken(name):
    assert data_settings({"name": name}).name == name


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "goemotion"}, "no data set 'goemotion'. Did you mean 'goemotions'"),
        ({"name": "hub:"}, "no data set 'hub:'"),
        ({"lables": "x"}, "no key 'lables'. Did you mean 'labels'"),
        ({"task": "multi"}, "task = 'multi'"),
        ({"min_raters": 0}, "min_raters = 0"),
        ({"sample_ratings": 1.5}, "sample_ratings = 1.5"),
        ({"validation_share": 0.5, "test_share": 0.5}, "leave nothing for train"),
        ({"delimiter": ""}, "delimiter"),
        ({"delimiter": ";;"}, "one character"),
        ({"quoting": "odd"}, "quoting"),
        ({"label_delimiter": ""}, "label_delimiter"),
    ],
)
def test_a_wrong_setting_is_named(values, message):
    with pytest.raises(DataError, match=message):
        data_settings(values)


def test_all_wrong_settings_are_told_at_once():
    with pytest.raises(DataError, match=r"seed = 'x'.*'nam'"):
        data_settings({"nam": 1, "seed": "x"})


def test_settings_cannot_be_changed_and_survive_json():
    settings = DataSettings(name="emotion", sample=0.5)
    with pytest.raises(ValidationError):
        settings.name = "everyday"
    assert DataSettings.model_validate_json(settings.model_dump_json()) == settings
