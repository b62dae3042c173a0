from __future__ import annotations

import inspect

import pytest

from emoscope import errors
from emoscope.errors import ColumnMissing, EmoscopeError, FitOnTest, MissingExtra, listing, nearest


def test_every_error_is_of_the_family() -> None:
    family = [
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if each.__module__ == errors.__name__ and issubclass(each, Exception)
    ]
    strangers = [e for e in family if not issubclass(e, (EmoscopeError, errors.EmoscopeWarning))]
    assert strangers == []
    assert all(e.exit_code == 2 for e in family if issubclass(e, EmoscopeError))


def test_the_tree_in_the_docstring_names_every_error() -> None:
    for name, each in inspect.getmembers(errors, inspect.isclass):
        if issubclass(each, EmoscopeError):
            assert name in (errors.__doc__ or ""), name


def test_column_missing_names_column_and_nearest() -> None:
    message = str(ColumnMissing("posts.csv", "txt", ["id", "text", "tags"], "--text"))
    assert "posts.csv" in message
    assert "'txt'" in message
    assert "--text" in message
    assert "Did you mean 'text'?" in message
    assert "id, text, tags" in message


def test_fit_on_test_says_what_to_do() -> None:
    assert "validation" in str(FitOnTest("thresholds", "test"))


def test_missing_extra_reads_the_extras_of_the_package() -> None:
    assert 'pip install "emoscope[linear]"' in str(MissingExtra("linear", "Opening this model"))
    with pytest.raises(LookupError):
        MissingExtra("no-such-extra", "Flying")


def test_listing_is_bounded() -> None:
    assert listing(["a", "b"]) == "a, b"
    assert listing(map(str, range(20)), 3) == "0, 1, 2 and 17 more"
    assert listing([]) == "none"


def test_nearest_is_silent_without_a_near_name() -> None:
    assert nearest("joi", ["joy", "fear"]) == "Did you mean 'joy'? "
    assert nearest("xyzzy", ["joy", "fear"]) == ""
