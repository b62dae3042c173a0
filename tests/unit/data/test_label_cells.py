from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.data.label_cells import MOST_LABELS, read_label_cells
from emoscope.errors import DataError, UnknownLabel, UnreadableFile
from emoscope.taxonomy import EMOTION, GOEMOTIONS


def at(row: int) -> str:
    return f"line {row + 2}"


def named(cells, **options):
    """Label names of every cell."""
    found = read_label_cells(cells, at, **options)
    return [[found.taxonomy.labels[i] for i in row] for row in found.indices]


def test_names_become_labels_in_alphabetical_order():
    found = read_label_cells(["joy", "anger ", "joy", ""], at)
    assert found.taxonomy.labels == ("anger", "joy")
    assert found.indices == [(1,), (0,), (1,), ()]
    assert found.notes == ()
    assert not found.may_have_none


@pytest.mark.parametrize("mark", ["|", ";", ","])
def test_a_delimiter_is_found_and_told(mark):
    cells = ["joy", f"anger{mark} joy", f"{mark}fear"]
    assert named(cells) == [["joy"], ["anger", "joy"], ["fear"]]
    assert repr(mark) in read_label_cells(cells, at).notes[0]


def test_a_given_delimiter_is_the_only_one():
    assert named(["joy, great/anger"], delimiter="/") == [["joy, great", "anger"]]
    assert named(["joy  anger"], delimiter=" ") == [["joy", "anger"]]


def test_names_that_hold_a_delimiter_are_not_split_when_they_are_known():
    assert named(["sad, low", "joy"], names=["joy", "sad, low"]) == [["sad, low"], ["joy"]]
    assert named(["sad, low", "joy"], may_split=False) == [["sad, low"], ["joy"]]


@pytest.mark.parametrize(
    "cells",
    [
        [["joy", "fear"], []],
        ["['joy', 'fear']", "[]"],
        ['["joy", "fear"]', "[]"],
        ["['joy' 'fear']", ""],
        ["[joy, fear]", "[]"],
        ["joy|fear", ""],
        ["joy|fear|joy", None],
        ["joy|fear", float("nan")],
    ],
)
def test_lists_in_many_spellings(cells):
    assert named(cells) == [["joy", "fear"], []]


@pytest.mark.parametrize(
    "cells",
    [
        [[0, 27], [3]],
        ["0,27", "3"],
        ["[0, 27]", "[3]"],
        ["[ 0 27]", "[3]"],
        ["0|27", 3],
        ["0;27", "3.0"],
        ["0;27", 3.0],
    ],
)
def test_indices_in_many_spellings(cells):
    assert named(cells, names=GOEMOTIONS.labels) == [["admiration", "neutral"], ["annoyance"]]


def test_indices_count_in_the_order_given_even_for_a_known_set():
    names = tuple(reversed(EMOTION.labels))
    found = read_label_cells([0, 5], at, names=names)
    assert found.taxonomy is EMOTION
    assert found.indices == [(EMOTION.index("surprise"),), (EMOTION.index("sadness"),)]


def test_numbers_without_names_are_labels_in_numerical_order():
    found = read_label_cells(["10", "2", "2,10"], at)
    assert found.taxonomy.labels == ("2", "10")
    assert found.indices == [(1,), (0,), (0, 1)]
    assert "label_names" in found.notes[1]


def test_labels_that_are_numbers_by_name_are_taken_by_name():
    assert named(["2", "1"], names=["1", "2"]) == [["2"], ["1"]]


def test_an_empty_list_is_at_home_in_a_column_of_lists():
    assert read_label_cells([["joy"], []], at).may_have_none
    assert read_label_cells(["['joy']", "[]"], at).may_have_none


def test_an_unknown_label_is_named_with_its_row_and_the_nearest():
    with pytest.raises(UnknownLabel, match=r"line 4: unknown label 'angr'.*'anger'"):
        read_label_cells(["joy", "anger", "joy|angr"], at, names=["joy", "anger"])


@pytest.mark.parametrize("cell", ["2", "0,2", 7, [0, 2]])
def test_an_index_out_of_range_is_named_with_its_row(cell):
    with pytest.raises(UnknownLabel, match=r"line 3: label index [27] is out of range.* 0 to 1"):
        read_label_cells(["1", cell], at, names=["joy", "anger"])


@pytest.mark.parametrize("cell", ["-1", "1.5", "9" * 5000])
def test_a_number_that_is_no_index_is_an_unknown_label(cell):
    with pytest.raises(UnknownLabel, match=f"line 3: unknown label '{cell}'"):
        read_label_cells(["joy", cell], at, names=["joy", "anger"])


def test_a_column_without_any_label_is_named():
    with pytest.raises(UnknownLabel, match="all label cells are empty"):
        read_label_cells(["", None, "[]"], at)


def test_a_column_of_texts_is_no_column_of_labels():
    cells = [f"a text number {number}" for number in range(MOST_LABELS + 1)]
    with pytest.raises(DataError, match=r"2,001 different labels, such as 'a text number 0'"):
        read_label_cells(cells, at)


@pytest.mark.parametrize(
    "cell",
    [
        [["joy"]],
        {"joy": 0.9, "anger": 0.1},
        {"mood": "joy"},
        {"choices": ["joy"], "label": "anger"},
        {"start": 0, "end": 3, "labels": ["joy"]},
        [{"label": "joy", "score": 0.6}, {"label": "anger", "score": 0.05}],
        {"labels": ["joy", "anger"], "scores": [0.9, 0.1]},
        [{"result": []}, {"result": []}],
        [0.1, 0.9],
        b"joy",
        "['joy', 'ang",
        "['joy'",
        "{'joy': }",
        "[joy] and [anger]",
        "[0 1 ... 1 0]",
        "[__import__('os').getcwd()]",
        "[" * 20 + "]" * 20,
        '["joy", "' + "x" * 100_000 + '"]',
    ],
)
def test_a_structure_that_is_no_labels_is_refused_with_its_row(cell):
    with pytest.raises(UnreadableFile, match=r"line 3: .* is no label: .*Give a name"):
        read_label_cells(["joy", cell], at)


@pytest.mark.parametrize(
    "cell",
    [
        ("joy", "fear"),
        "('joy', 'fear')",
        "(joy, fear)",
        {"fear", "joy"},
        "{'fear', 'joy'}",
        "{joy,fear}",
        "frozenset({'joy', 'fear'})",
        "['joy' 'fear']",
        "['joy'\n 'fear']",
        "array(['joy', 'fear'], dtype=object)",
        "[np.str_('joy'), np.str_('fear')]",
        ["joy", None, "fear"],
        ["joy", float("nan"), "fear"],
        '["joy", null, "fear"]',
        '["joy", NaN, "fear"]',
        "['joy', nan, 'fear', None]",
        "['joy' nan 'fear']",
        {"choices": ["joy", "fear"]},
        '{"choices": ["joy", "fear"]}',
        "{'choices': ['joy', 'fear']}",
        '[{"value": {"choices": ["joy", "fear"]}, "from_name": "mood", "type": "choices"}]',
        '[{"id": 1, "result": [{"value": {"choices": ["joy", "fear"]}}]}]',
        [{"label": "joy", "score": 0.9}, {"label": "fear", "score": 0.7}],
        '[{"label": "joy", "user": 1}, {"label": "fear", "user": 1}]',
        {"labels": ["joy", "fear"], "scores": [0.9, 0.8]},
        {"accept": ["joy", "fear"]},
        {"joy": 1, "anger": 0, "fear": True},
        '{"joy": 1.0, "anger": 0.0, "fear": 1.0}',
        {"choices": ["joy", "fear"], "taxonomy": None},  # a Parquet struct has every key
        "joy\nfear",
        "joy\r\nfear",
        "joy\tfear",
        "'joy', 'fear'",
        "joy\u200b|fear\ufeff",
    ],
)
def test_structures_are_read_as_what_they_are(cell):
    assert [sorted(row) for row in named([cell, "joy"])] == [["fear", "joy"], ["joy"]]


@pytest.mark.parametrize("cell", [None, "", "nan", "null", "<NA>", "[nan]", "set()", [None], {}])
def test_a_missing_value_is_no_label(cell):
    assert named(["joy", cell]) == [["joy"], []]


def test_words_for_a_missing_value_are_counted():
    assert read_label_cells(["joy", "nan", "nan"], at).notes == (
        "2 label cells hold 'nan', read as no label",
    )
    assert named(["null", "joy"], names=["null", "joy"]) == [["null"], ["joy"]]


@pytest.mark.parametrize("cell", ["(neutral)", ":)", "(:", "[sic", "it's", "a (b)", "'tis"])
def test_names_may_hold_brackets_and_quotes(cell):
    assert named(["joy", cell]) == [["joy"], [cell]]


def test_hash_is_a_delimiter_where_its_parts_are_labels_elsewhere():
    assert named(["joy#fear", "fear", "joy"]) == [["joy", "fear"], ["fear"], ["joy"]]
    assert named(["joy#fear", "fear#joy"]) == [["joy", "fear"], ["fear", "joy"]]
    assert named(["C#", "#joy", "a#b"]) == [["C#"], ["#joy"], ["a#b"]]


@pytest.mark.parametrize("mark", ["/", "+", " and ", "&", "-"])
def test_labels_that_look_joined_are_named_with_counts(mark):
    found = read_label_cells([f"joy{mark}fear", "joy", "joy", "fear"], at)
    (note,) = found.notes
    assert f"'joy{mark}fear' (1 row)" in note
    assert "'joy' (2 rows), 'fear' (1 row) by themselves" in note
    assert f"--label-delimiter {mark!r}" in note


def test_marks_that_names_hardly_hold_are_always_named():
    for mark in ("/", "+", " and ", "&"):
        (note,) = read_label_cells([f"left{mark}right", "up"], at).notes
        assert f"'left{mark}right' (1 row) looks like 2 labels" in note
    assert read_label_cells(["left-right", "left*right", "up", "c++", "android"], at).notes == ()


@pytest.mark.parametrize("mark", ["*", " or ", "\u3001"])
def test_one_part_that_is_a_label_elsewhere_is_enough(mark):
    (note,) = read_label_cells([f"billing{mark}login", "billing", "other"], at).notes
    assert f"'billing{mark}login' (1 row) looks like 2 labels joined" in note
    notes = read_label_cells([f"billing{mark}login", f"login{mark}other"], at).notes
    assert len(notes) == 2
    assert "looks like" in read_label_cells([f"joy{mark}love", "x"], at).notes[0]


def test_labels_with_numbers_are_named():
    for cells in (["joy:0.9", "fear:0.2"], ["joy=1", "fear=0"], ["joy (80%)", "fear (0.5)"]):
        (note,) = read_label_cells(cells, at).notes
        assert "2 labels (2 rows) look like a label with a number" in note
    assert read_label_cells(["v1.0", "top 10", "covid-19"], at).notes == ()


DIGITS = ["0100", "1000", "", "0011", "nan"]


def test_digits_of_equal_length_are_one_label_each_where_names_are_known():
    names = ("joy", "fear", "love", "anger")
    found = read_label_cells(DIGITS, at, names=names)
    assert found.indices == [(1,), (0,), (), (2, 3), ()]
    assert "4 values of 0 or 1, one a label" in found.notes[0]


@pytest.mark.parametrize("names", [(), ("joy", "fear")])
@pytest.mark.parametrize("may_split", [True, False])
def test_digits_of_equal_length_are_refused_without_their_names(names, may_split):
    with pytest.raises(UnreadableFile, match=r"line 2: .*'0100'.*4 digits.*--label-names"):
        read_label_cells(DIGITS, at, names=names, may_split=may_split)


def test_numbers_and_names_of_digits_are_no_multi_hot_strings():
    assert read_label_cells(["10", "11"], at).taxonomy.labels == ("10", "11")
    assert read_label_cells(["0", "1"], at).taxonomy.labels == ("0", "1")
    assert read_label_cells(["01", "10"], at, names=("10", "01")).indices == [(1,), (0,)]
    assert read_label_cells(["01", "101"], at).taxonomy.labels == ("1", "101")


def test_names_that_look_alike_are_one_label_and_named_with_counts():
    cells = ["joy", "joy ", "jo\u200by", "\u00a0joy", "\uff4aoy", "anger"]
    found = read_label_cells(cells, at)
    assert found.taxonomy.labels == ("anger", "joy")
    assert found.indices == [(1,)] * 5 + [(0,)]
    (note,) = found.notes
    assert "'joy' is written in 3 ways" in note
    assert r"'jo\u200by' (1 row)" in note


def test_names_that_differ_in_case_alone_are_refused_unless_all_are_given():
    message = r"'joy' \(2 rows, such as line 2\) and 'Joy' \(1 row, such as line 4"
    with pytest.raises(UnknownLabel, match=message):
        read_label_cells(["joy", "joy", "Joy"], at)
    assert named(["joy", "Joy"], names=["joy", "Joy"]) == [["joy"], ["Joy"]]


def test_known_names_are_found_under_other_spellings():
    assert named(["joy\u200b", "sad\u00a0mood"], names=["joy", "sad mood"]) == [
        ["joy"],
        ["sad mood"],
    ]


def test_a_word_that_may_mean_a_missing_value_is_doubted():
    (note,) = read_label_cells(["joy", "None", "None"], at).notes
    assert "'None' (2 rows) looks like a missing value" in note


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["label", "score", "choices", "joy"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_marks = st.text(alphabet="[](){}'\",:=|;# \n\\01.ajoyNne", max_size=30)


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(st.lists(_values | _values.map(repr) | _marks, min_size=1, max_size=4))
def test_no_cell_is_too_strange(cells):
    try:
        found = read_label_cells(cells, at)
    except DataError:
        return
    assert len(found.indices) == len(cells)
    assert all(0 <= i < len(found.taxonomy) for row in found.indices for i in row)
