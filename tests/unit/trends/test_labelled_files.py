"""Files that labelling wrote, in every layout, counted again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions
from emoscope.errors import DataError, TaxonomyError, UnknownLabel
from emoscope.inference.classifier import EmotionClassifier
from emoscope.taxonomy import EMOTION, GOEMOTIONS, TAXONOMIES
from emoscope.trends import TrendOptions, Trends, measure_trends
from emoscope.trends.labelled_files import find_labelling

TEXTS = (
    "day,body\n"
    "2024-03-05,joy and pride\n"
    "2024-03-05,pride\n"
    "2024-03-06,grief\n"
    "2024-03-06,\n"
    "2024-03-08,neutral\n"
)


def labelled(classifier: EmotionClassifier, source: Path, name: str, **options: object) -> Path:
    out = source.with_name(name)
    label_files(classifier, [source], out, LabelOptions(text="body", **options))  # type: ignore[arg-type]
    return out


def shares(trends: Trends, label: str) -> list[float]:
    return trends.share[0, :, trends.labels.index(label)].tolist()


@pytest.mark.parametrize("name", ["l.csv", "l.tsv.gz", "l.jsonl", "l.parquet"])
@pytest.mark.parametrize("style", ["object", "wide", "none"])
@pytest.mark.parametrize("prefix", ["", "emo_"])
def test_every_layout_counts_as_the_texts_themselves(
    goemotions_classifier: EmotionClassifier,
    write: Callable[[str, str], Path],
    name: str,
    style: str,
    prefix: str,
) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    source = write("t.csv", TEXTS)
    path = labelled(goemotions_classifier, source, name, probabilities=style, prefix=prefix)
    found = measure_trends(path, TrendOptions(time="day"))
    direct = measure_trends(source, TrendOptions(time="day", text="body"), goemotions_classifier)
    assert found.texts.tolist() == direct.texts.tolist() == [[2, 1, 1]]
    assert shares(found, "pride")[:2] == shares(direct, "pride")[:2] == [1.0, 0.0]
    assert shares(found, "joy")[0] == 0.5
    assert (found.left_out.unread, found.rows) == (1, 5)
    assert "no text in column 'body'" in found.left_out.unread_examples[0]
    if style != "none":  # then the file names also labels that no text has
        assert found.labels == GOEMOTIONS.labels
        assert found.held.tolist() == direct.held.tolist()


@pytest.mark.parametrize("name", ["l.csv", "l.jsonl"])
@pytest.mark.parametrize("style", ["object", "wide"])
def test_coarse_labels_come_from_their_own_column(
    goemotions_classifier: EmotionClassifier,
    write: Callable[[str, str], Path],
    name: str,
    style: str,
) -> None:
    source = write("t.csv", TEXTS)
    options = {"probabilities": style, "rollups": ("ekman",), "prefix": "x_"}
    path = labelled(goemotions_classifier, source, name, **options)
    found = measure_trends(path, TrendOptions(time="day", rollup="ekman"))
    assert found.labels == GOEMOTIONS.rollups["ekman"].labels
    assert found.source == "labels in column 'x_ekman_labels'"
    assert shares(found, "sadness")[1] == 1.0
    assert found.notes == ()
    fine = measure_trends(path, TrendOptions(time="day"))
    assert fine.labels == GOEMOTIONS.labels


def test_coarse_labels_are_the_union_where_the_file_has_none(
    goemotions_classifier: EmotionClassifier, write: Callable[[str, str], Path]
) -> None:
    path = labelled(goemotions_classifier, write("t.csv", TEXTS), "l.csv")
    found = measure_trends(path, TrendOptions(time="day", rollup="sentiment"))
    # a text with two positive labels counts once
    assert shares(found, "positive")[0] == 1.0
    assert found.held.sum() == 4
    assert "no column 'sentiment_labels'" in found.notes[0]


def test_emotions_roll_up_as_goemotions_does() -> None:
    for name in ("ekman", "sentiment"):
        for label in EMOTION.labels:
            fine, coarse = EMOTION.index(label), GOEMOTIONS.rollups[name]
            mine = EMOTION.rollups[name]
            place = coarse.groups[GOEMOTIONS.index(label)]
            assert mine.labels[mine.groups[fine]] == coarse.labels[place]
    assert set(TAXONOMIES) == {"goemotions", "emotion", "ekman", "sentiment"}


HEADER = "day,labels,top_label,error\n"


def test_labels_of_ones_own_are_found_as_they_come(write: Callable[[str, str], Path]) -> None:
    rows = '2024-03-05,billing|wait,wait,\n2024-03-05,,wait,\n2024-03-06,"[""a|b""]",a|b,\n'
    found = measure_trends(write("l.csv", HEADER + rows), TrendOptions(time="day"))
    assert sorted(found.labels) == ["a|b", "billing", "wait"]
    assert shares(found, "wait") == [0.5, 0.0]
    assert shares(found, "a|b") == [0.0, 1.0]


def test_a_label_that_no_row_has_is_unknown(write: Callable[[str, str], Path]) -> None:
    path = write("l.csv", f"{HEADER}2024-03-05,billing,billing,\n")
    with pytest.raises(UnknownLabel, match="Did you mean 'billing'"):
        measure_trends(path, TrendOptions(time="day", labels=("biling",)))


def test_cells_that_hold_no_labels(write: Callable[[str, str], Path]) -> None:
    line = '{"day": "2024-03-05", "labels": %s, "top_label": "joy", "error": null}\n'
    lines = "".join(line % cell for cell in ('["joy"]', "[]", "null", "3", "[3]", '"joy"'))
    found = measure_trends(write("l.jsonl", lines), TrendOptions(time="day"))
    assert (found.texts[0, 0], found.held[0, 0].tolist()) == (3, [2])
    assert found.left_out.unread_examples[0].endswith("line 3: no labels in column 'labels'")


def test_other_roll_ups_need_labelling_again(write: Callable[[str, str], Path]) -> None:
    path = write("l.csv", f"{HEADER}2024-03-05,billing,billing,\n")
    with pytest.raises(TaxonomyError, match=r"can be counted in: ekman, sentiment\."):
        measure_trends(path, TrendOptions(time="day", rollup="mood"))
    with pytest.raises(TaxonomyError, match=r"label 'billing', .* --rollup ekman"):
        measure_trends(path, TrendOptions(time="day", rollup="ekman"))


def test_a_file_that_was_labelled_twice() -> None:
    columns = [f"{prefix}{name}" for prefix in ("", "new_") for name in
               ("labels", "top_label", "error")]  # fmt: skip
    with pytest.raises(DataError, match="labelled 2 times"):
        find_labelling(columns, None, "l.csv")
    chosen = find_labelling(columns, "new_", "l.csv")
    assert chosen is not None
    assert chosen.error == "new_error"
    with pytest.raises(DataError, match="Did you mean 'new_'"):
        find_labelling(columns, "new", "l.csv")


def test_columns_that_only_look_like_it() -> None:
    assert find_labelling(["text", "labels"], None, "t.csv") is None
    assert find_labelling(["error", "ekman_labels", "ekman_top_label"], None, "t.csv") is None
