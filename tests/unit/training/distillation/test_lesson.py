from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoscope.data.examples import Examples
from emoscope.errors import DataError, NoExamples, TrainingError
from emoscope.taxonomy import GOEMOTIONS, make_taxonomy
from emoscope.training.distillation import lesson as module
from emoscope.training.distillation.lesson import choose, make_lesson
from emoscope.training.settings import DistillationSettings

LABELS = ("joy", "anger", "neutral")


def settings(**values: Any) -> DistillationSettings:
    return DistillationSettings.model_validate({"teachers": ["default"], **values})


def scores(*top: str, labels: tuple[str, ...] = LABELS) -> np.ndarray:
    """One row a label named, which has the highest score in it."""
    rows = [[1.0 if label == name else -1.0 for label in labels] for name in top]
    return np.array(rows, dtype=np.float32)


POOL = scores(*["neutral"] * 60, *["joy"] * 30, *["anger"] * 10)


def counts(chosen: np.ndarray, pool: np.ndarray = POOL) -> list[int]:
    return np.bincount(pool[chosen].argmax(axis=1), minlength=3).tolist()


@pytest.mark.parametrize(
    ("share", "neutral"), [(0.0, 0), (0.2, 10), (0.5, 40), (0.6, 60), (0.9, 60), (1.0, 60)]
)
def test_at_most_a_share_of_neutral_ones(share: float, neutral: int) -> None:
    # 40 telling ones: 10 of 50 are a fifth, 40 of 80 a half
    chosen = choose(POOL, LABELS, settings(neutral_share=share), 0)
    assert counts(chosen) == [30, 10, neutral]


@pytest.mark.parametrize(
    ("texts", "expected"), [(1, [0, 1, 0]), (10, [0, 10, 0]), (25, [15, 10, 0]), (45, [30, 10, 5])]
)
def test_rare_ones_first_and_at_most_so_many(texts: int, expected: list[int]) -> None:
    chosen = choose(POOL, LABELS, settings(texts=texts, neutral_share=0.5), 0)
    assert len(chosen) == texts
    assert counts(chosen) == expected


def test_in_order_and_each_once() -> None:
    chosen = choose(POOL, LABELS, settings(texts=50, neutral_share=0.5), 0)
    assert (np.diff(chosen) > 0).all()


def test_the_seed_draws() -> None:
    asked = settings(texts=25)
    one, same, other = (choose(POOL, LABELS, asked, seed).tolist() for seed in (0, 0, 1))
    assert one == same != other


def test_labels_without_neutral_are_all_telling() -> None:
    pool = scores("a", "b", "c", "a", labels=("a", "b", "c"))
    chosen = choose(pool, ("a", "b", "c"), settings(neutral_share=0.0), 0)
    assert chosen.tolist() == [0, 1, 2, 3]


def test_nothing_but_neutral() -> None:
    pool = scores("neutral", "neutral")
    assert choose(pool, LABELS, settings(neutral_share=0.5), 0).tolist() == []
    assert choose(pool, LABELS, settings(neutral_share=1.0), 0).tolist() == [0, 1]


# ---- the whole lesson --------------------------------------------------------------------------

ROWS = [
    ("train", "thank you", "gratitude"),
    ("train", "so sad", "sadness"),
    ("validation", "thank you all", "gratitude"),
    ("test", "many thanks", "gratitude"),
]


def examples(**changes: Any) -> Examples:
    labels = np.array([[label == name for label in GOEMOTIONS.labels] for _, _, name in ROWS])
    made = Examples(
        texts=tuple(text for _, text, _ in ROWS),
        labels=labels,
        taxonomy=GOEMOTIONS,
        task="multi_label",
        ids=tuple(map(str, range(len(ROWS)))),
        splits=np.array([split for split, _, _ in ROWS]),
        name="four",
    )
    return replace(made, **changes)


@pytest.fixture
def teach(tiny_folder: Path, tmp_path: Path):
    """Make a lesson of the tiny encoder about some lines."""

    def make(*lines: str, given: Examples | None = None, **values: Any):
        path = tmp_path / "texts.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        asked = settings(
            teachers=[str(tiny_folder)],
            unlabelled=[path] if lines else [],
            **{"neutral_share": 1.0, **values},
        )
        return make_lesson(asked, examples() if given is None else given, tmp_path / "runs")

    return make


def test_train_texts_alone(teach) -> None:
    lesson = teach()
    assert lesson.examples.texts == ("thank you", "so sad")
    assert lesson.n_labelled == 2
    assert lesson.scores.shape == (2, 28)
    assert lesson.scores[0].argmax() == GOEMOTIONS.index("gratitude")


def test_unlabelled_texts_come_after_and_have_likely_labels(teach) -> None:
    lesson = teach("thank you my friend", "an old house")
    assert lesson.examples.texts == ("thank you", "so sad", "thank you my friend", "an old house")
    assert lesson.n_labelled == 2
    assert lesson.scores.shape == (4, 28)
    np.testing.assert_array_equal(lesson.examples.labels[:2], examples().labels[:2])
    np.testing.assert_array_equal(lesson.examples.labels[2:], lesson.scores[2:] > 0)
    assert set(lesson.examples.splits.tolist()) == {"train"}
    assert len(set(lesson.examples.ids)) == 4


def test_texts_of_any_split_are_left_out(teach) -> None:
    lesson = teach("Thank  YOU", "thank you all", "MANY thanks", "new", "new", "")
    assert lesson.examples.texts[2:] == ("new",)


def test_no_new_text(teach) -> None:
    with pytest.raises(NoExamples, match=r"distillation\.unlabelled hold no text"):
        teach("thank you", "so sad")


def test_the_pool_is_the_first_texts(teach) -> None:
    assert teach("one", "two", "three", pool=2).examples.texts[2:] == ("one", "two")


def test_weights_go_on_with_one(teach) -> None:
    given = examples(weights=np.array([2, 3, 1, 1], dtype=np.float32))
    lesson = teach("one", given=given)
    assert lesson.examples.weights is not None
    assert lesson.examples.weights.tolist() == [2, 3, 1]


def test_votes_and_sources_stay_behind(teach) -> None:
    votes = np.full((4, 28), 0.5, dtype=np.float32)
    lesson = teach("one", given=examples(soft_labels=votes, sources=np.full(4, "four")))
    assert lesson.examples.soft_labels is None
    assert lesson.examples.sources is None


def test_a_single_label_student_gets_the_likeliest(monkeypatch, tmp_path: Path) -> None:
    taxonomy = make_taxonomy("three", LABELS)
    given = Examples(
        ("a",), np.array([[True, False, False]]), taxonomy, "single_label", ("1",),
        np.array(["train"]),
    )  # fmt: skip
    joined = module._with_unlabelled(given, ["b", "c"], np.array([[2, 1, 0], [-3, -1, -2]]))
    assert joined.labels.tolist() == [[True, False, False]] * 2 + [[False, True, False]]


def test_gzip_is_read(tiny_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt.gz"
    path.write_bytes(gzip.compress(b"one\ntwo\n"))
    asked = settings(teachers=[str(tiny_folder)], unlabelled=[path], neutral_share=1.0)
    assert len(make_lesson(asked, examples(), tmp_path).examples) == 4


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfa\n", b""])
def test_bad_files(tiny_folder: Path, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "texts.txt"
    if content is not None:
        path.write_bytes(content)
    asked = settings(teachers=[str(tiny_folder)], unlabelled=[path])
    with pytest.raises(DataError) as raised:
        make_lesson(asked, examples(), tmp_path)
    assert "texts.txt" in str(raised.value) or "distillation.unlabelled" in str(raised.value)


def test_teachers_of_other_labels(teach) -> None:
    taxonomy = make_taxonomy("reversed", GOEMOTIONS.labels[::-1])
    with pytest.raises(TrainingError, match="other labels than the data"):
        teach("one", given=examples(taxonomy=taxonomy))


def test_the_record_changes_with_teachers_texts_and_settings(teach) -> None:
    asked = settings(weight=0.5)
    first = teach("one", "thank you two").record(asked)
    assert teach("one", "thank you two").record(asked) == first
    assert teach("one", "three").record(asked) != first
    assert teach("one", "thank you two").record(settings(weight=0.6)) != first
    assert "unlabelled" not in first  # where the files lie does not matter
