from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emoscope.data.goemotions import read_goemotions
from emoscope.errors import DataError, DataNotFound, NoExamples
from emoscope.evaluation.annotator_agreement import (
    human_reference,
    read_human_reference,
    released_labels,
)
from emoscope.taxonomy import GOEMOTIONS, make_taxonomy

TWO = make_taxonomy("two", ("a", "b"))
# texts 0 (rated twice), 1, 2 (without released labels)
TEXTS = np.array([0, 0, 1, 2])
RATINGS = np.array([[1, 0], [1, 1], [0, 1], [1, 0]], dtype=bool)
RELEASED = np.array([[1, 0], [1, 0]], dtype=bool)
ROWS = np.array([0, 1, -1])
HEADER = "text,id,author,rater_id,example_very_unclear," + ",".join(GOEMOTIONS.labels)


def reference():
    return human_reference(TEXTS, RATINGS, ROWS, RELEASED, taxonomy=TWO, resamples=50)


def test_agreement_by_hand() -> None:
    found = reference()
    assert (found.n_ratings, found.n_texts, found.n_released) == (4, 3, 3)
    against = found.against_released
    # label a: 2 of 3 true ratings found, none too many; label b: never true, given twice
    assert against.f1.value == pytest.approx([4 / 5, np.nan], nan_ok=True)
    assert against.macro.value == pytest.approx(4 / 5)
    assert against.support.tolist() == [3, 0]
    assert against.micro.value == pytest.approx(2 * 2 / (3 + 4))
    pairs = found.between_raters
    assert pairs is not None
    assert (pairs.n_compared, pairs.n_texts) == (2, 1)
    assert pairs.f1.value == pytest.approx([1.0, 0.0])


def test_kappa_by_hand() -> None:
    texts = np.arange(4)
    ratings = np.array([[1], [1], [0], [0]], dtype=bool)
    released = np.array([[1], [0], [0], [0]], dtype=bool)
    found = human_reference(
        texts, ratings, texts, released, taxonomy=make_taxonomy("one", ("a",)), resamples=10
    )
    # agreed 3/4; by chance 1/2 * 1/4 + 1/2 * 3/4 = 1/2
    assert found.against_released.kappa == pytest.approx([0.5])
    assert found.between_raters is None


def test_without_a_released_text_there_is_nothing_to_compare() -> None:
    with pytest.raises(NoExamples, match="None of the ratings"):
        human_reference(TEXTS, RATINGS, np.array([-1, -1, -1]), RELEASED, taxonomy=TWO)


def test_raters_are_read_from_files(tmp_path: Path, examples_of) -> None:
    examples = examples_of(labels=GOEMOTIONS.labels)
    joy = ",".join("1" if label == "joy" else "0" for label in GOEMOTIONS.labels)
    none = ",".join("0" for _ in GOEMOTIONS.labels)
    lines = [
        HEADER,
        *(f'"a text",id{i},x,{r},False,{joy}' for i in range(4) for r in (1, 2)),
        f'"a text",id9,x,1,True,{none}',
    ]
    path = tmp_path / "goemotions_1.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = read_human_reference([path], examples, resamples=20)
    assert (found.n_ratings, found.n_texts, found.n_raters, found.n_unclear) == (8, 4, 2, 1)
    assert found.between_raters is not None
    assert found.between_raters.micro.value == 1.0


def test_labels_of_another_data_set_are_refused(examples, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="others"):
        read_human_reference([tmp_path / "any.csv"], examples)


def test_the_sample_cannot_stand_in_for_the_released_labels(no_data: None) -> None:
    with pytest.raises(DataNotFound, match="Name the folder"):
        released_labels()


@pytest.mark.real_data
def test_the_excerpt(real_data: Path) -> None:
    released = read_goemotions(real_data / "goemotions")
    files = [real_data / "goemotions_raw" / "goemotions_1.head.csv.gz"]
    found = read_human_reference(files, released, resamples=20)
    # counted independently when the excerpt was made: 4,895 ratings, 58 unclear, 79 raters
    assert (found.n_ratings, found.n_unclear, found.n_raters) == (4837, 58, 79)
    assert found.against_released.micro.value == pytest.approx(0.629, abs=5e-4)
    assert found.against_released.macro.value == pytest.approx(0.573, abs=5e-4)
