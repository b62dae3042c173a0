from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from emoscope.data.goemotions import read_goemotions
from emoscope.data.goemotions_raw import is_raw_folder, raw_files, read_goemotions_raw
from emoscope.errors import ColumnMissing, NoExamples, UnreadableFile
from emoscope.taxonomy import GOEMOTIONS

HEADER = ("text", "id", "author", "rater_id", "example_very_unclear", *GOEMOTIONS.labels)


def rating(text: str, row_id: str, rater: int, *labels: str, unclear: bool = False) -> str:
    marks = ["1" if label in labels else "0" for label in GOEMOTIONS.labels]
    return ",".join([text, row_id, "somebody", str(rater), str(unclear), *marks])


def csv_of(*ratings: str) -> str:
    return "\n".join([",".join(HEADER), *ratings]) + "\n"


RATINGS = (
    rating('"So ""nice"", thanks"', "a", 1, "joy", "gratitude"),
    rating('"So ""nice"", thanks"', "a", 2, "joy"),
    rating('"So ""nice"", thanks"', "a", 3, "love"),
    rating("what", "b", 1, "confusion"),
    rating("what", "b", 2, "curiosity"),
    rating("hm", "c", 1, unclear=True),
    rating("hm", "c", 2, "neutral"),
    rating("hm", "c", 3, "neutral"),
)


def named(row) -> list[str]:
    return [GOEMOTIONS.labels[i] for i in np.flatnonzero(row)]


def test_raters_who_agree_make_labels_and_shares(write):
    examples = read_goemotions_raw([write("goemotions_1.csv", csv_of(*RATINGS))])
    assert examples.ids == ("a", "c")  # the raters of b do not agree
    assert examples.texts == ('So "nice", thanks', "hm")
    assert [named(row) for row in examples.labels] == [["joy"], ["neutral"]]
    joy, gratitude, love, neutral = map(GOEMOTIONS.index, ("joy", "gratitude", "love", "neutral"))
    expected = np.zeros((2, 28), dtype=np.float32)
    expected[0, [joy, gratitude, love]] = [2 / 3, 1 / 3, 1 / 3]
    expected[1, neutral] = 1.0  # of two raters: the unclear rating left
    np.testing.assert_allclose(examples.soft_labels, expected)
    assert examples.soft_labels.dtype == np.float32
    assert "7 clear ratings of 3 texts" in examples.notes[0]
    assert "1 unclear" in examples.notes[0]
    assert "WITHOUT the official files" in examples.notes[1]
    assert set(examples.splits) == {"train"}


def test_fewer_raters_may_have_to_agree(write):
    path = write("goemotions_1.csv", csv_of(*RATINGS))
    examples = read_goemotions_raw([path], min_raters=1)
    assert examples.ids == ("a", "b", "c")
    assert named(examples.labels[0]) == ["gratitude", "joy", "love"]
    with pytest.raises(NoExamples, match=r"3 raters agree.*Lower min_raters"):
        read_goemotions_raw([path], min_raters=3)


def test_ratings_of_one_text_may_lie_in_several_files(write):
    first = write("goemotions_1.csv.gz", gzip.compress(csv_of(RATINGS[0], RATINGS[3]).encode()))
    second = write("goemotions_2.csv", csv_of(RATINGS[1]))
    assert raw_files(first.parent) == [first, second]
    assert is_raw_folder(first.parent)
    assert not is_raw_folder(first.parent.parent / "nowhere")
    examples = read_goemotions_raw([first, second])
    assert examples.ids == ("a",)
    assert [(f.name, f.rows) for f in examples.files] == [
        ("goemotions_1.csv.gz", 2),
        ("goemotions_2.csv", 1),
    ]


def test_a_rating_that_occurs_twice_counts_once(write):
    path = write("goemotions_1.csv", csv_of(RATINGS[3], RATINGS[3], *RATINGS[6:]))
    examples = read_goemotions_raw([path])
    assert examples.ids == ("c",)
    assert "1 repeated ratings" in examples.notes[1]


def test_a_share_of_the_ratings_can_be_drawn(write):
    many = [rating(f"text {n}", f"t{n}", r, "joy") for n in range(40) for r in (1, 2)]
    path = write("goemotions_1.csv", csv_of(*many))
    drawn = [
        read_goemotions_raw([path], min_raters=1, sample_ratings=0.25, seed=seed)
        for seed in (5, 5, 6)
    ]
    assert "20 clear ratings" in drawn[0].notes[0]
    assert drawn[0].ids == drawn[1].ids != drawn[2].ids
    both = read_goemotions_raw([path], min_raters=2, sample_ratings=0.25, seed=5)
    assert set(both.ids) < set(drawn[0].ids)


@pytest.fixture
def official(write) -> Path:
    write("goemotions/train.tsv", "what\t6\tb\n")
    write("goemotions/dev.tsv", '"So ""nice"", thanks"\t17\ta\n')
    return write("goemotions/test.tsv", "else\t27\tz\n").parent


def test_official_validation_and_test_texts_are_kept_out_of_train(write, official):
    path = write("goemotions_raw/goemotions_1.csv", csv_of(*RATINGS))
    examples = read_goemotions_raw([path], official=read_goemotions(official))
    assert examples.ids == ("c", "a", "z")
    assert examples.splits.tolist() == ["train", "validation", "test"]
    assert named(examples.labels[1]) == ["joy"]
    assert examples.soft_labels[1].tolist() == examples.labels[1].astype(float).tolist()
    assert "1 texts of the official validation and test splits were kept out" in examples.notes[1]
    assert [f.name for f in examples.files] == [
        "goemotions_1.csv",
        "train.tsv",
        "dev.tsv",
        "test.tsv",
    ]


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("text,id\na,b\n", ColumnMissing, "no column 'rater_id'"),
        (csv_of(RATINGS[0], "a,b,c"), UnreadableFile, "line 3: 3 fields"),
        (csv_of(RATINGS[0].replace("False", "no")), UnreadableFile, "line 2.*'no' is neither True"),
        (csv_of(RATINGS[0][:-1] + "2"), UnreadableFile, "line 2, column 'neutral': '2' is neither"),
        (csv_of(), NoExamples, "no rows below its header"),
    ],
)
def test_damage_is_named_with_its_line(write, content, error, message):
    with pytest.raises(error, match=message):
        read_goemotions_raw([write("goemotions_1.csv", content)])


@pytest.mark.real_data
def test_the_excerpt_has_the_published_counts(real_data: Path):
    paths = raw_files(real_data / "goemotions_raw")
    alone = read_goemotions_raw(paths, min_raters=1)
    assert alone.files[0].rows == 4_895
    assert alone.files[0].sha256.startswith("a269899ff54ce95a")
    assert "4,837 clear ratings" in alone.notes[0]  # 4,895 less the 58 unclear
    official = read_goemotions(real_data / "goemotions")
    examples = read_goemotions_raw(paths, min_raters=1, official=official)
    train = examples.split("train")
    apart = set(official.split("validation").ids) | set(official.split("test").ids)
    assert not apart & set(train.ids)
    assert len(alone) - len(train) == len(apart & set(alone.ids))
    assert len(examples.split("test")) == 5_427
    # Two of the 192 pairs of ratings can agree only where both are clear; 63 pairs share a label.
    agreed = read_goemotions_raw(paths, min_raters=2)
    assert len(agreed) == 63
    # Their texts equal the official ones.
    texts = dict(zip(official.ids, official.texts, strict=True))
    rated = dict(zip(alone.ids, alone.texts, strict=True))
    assert all(texts[i] == rated[i] for i in texts.keys() & rated.keys())
