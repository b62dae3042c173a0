from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emoscope.errors import DataError
from emoscope.evaluation.paired_comparison import compare_runs, holm


@pytest.fixture
def two(make_run, examples) -> list[Path]:
    return [make_run("first", examples, noise=3.0), make_run("better", examples, noise=1.0, seed=1)]


def compared(runs: list[Path]):
    return compare_runs(runs, speed=False, label_resamples=400)


def test_holm_by_hand() -> None:
    # sorted: .01 * 4, .02 * 3, .03 * 2, .5; each at least as large as the one before
    assert holm(np.array([0.03, 0.01, 0.5, 0.02])) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_differences_are_to_the_first_run(two) -> None:
    first, better = compared(two).runs
    assert first.differences == {}
    assert first.by_label is None
    change = better.differences["macro_f1"]
    assert change.difference == pytest.approx(
        better.model.report.headline["macro_f1"] - first.model.report.headline["macro_f1"]
    )
    assert change.difference > 0
    assert change.p_value < 0.05
    assert better.by_label is not None
    points = [np.array([r.f1 for r in c.model.report.per_label]) for c in (first, better)]
    assert better.by_label.f1.value == pytest.approx(points[1] - points[0])
    assert (better.by_label.adjusted >= better.by_label.p_value).all()


def test_a_run_does_not_differ_from_itself(make_run, examples) -> None:
    runs = [make_run("one", examples), make_run("same", examples)]
    found = compared(runs).runs[1]
    assert found.differences["macro_f1"].difference == 0.0
    assert found.differences["macro_f1"].p_value == 1.0
    assert found.by_label is not None
    assert found.by_label.p_value.tolist() == [1.0] * 4


def test_runs_on_other_texts_are_refused(make_run, examples, examples_of) -> None:
    other = examples_of(n=61)
    with pytest.raises(DataError, match="was scored on other test texts"):
        compared([make_run("one", examples), make_run("two", other)])


def test_runs_with_other_labels_or_truth_are_refused(make_run, examples, examples_of) -> None:
    one = make_run("one", examples)
    fewer = make_run("fewer", examples_of(labels=("a", "b")))
    with pytest.raises(DataError, match="has other labels or another task"):
        compared([one, fewer])
    from dataclasses import replace

    turned = replace(examples, labels=np.roll(examples.labels, 1, axis=1))
    with pytest.raises(DataError, match="but with other true labels"):
        compared([one, make_run("turned", turned)])


def test_one_run_is_no_comparison(two, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with pytest.raises(DataError, match="needs two finished runs"):
        compared([two[0], tmp_path / "logs"])


def test_what_is_no_run_is_passed_over_and_told(two, tmp_path: Path) -> None:
    (tmp_path / "comparison").mkdir()
    told: list[str] = []
    found = compare_runs(
        [tmp_path / "comparison", *two], speed=False, label_resamples=50, say=told.append
    )
    assert [c.name for c in found.runs] == ["first", "better"]
    assert "comparison" in told[0]


def test_runs_of_one_name_are_told_apart(make_run, examples) -> None:
    found = compared([make_run("a/run", examples), make_run("b/run", examples)])
    names = [c.name for c in found.runs]
    assert len(set(names)) == 2


def test_holm_leaves_out_what_has_no_p_value() -> None:
    # two p-values: .01 * 2, .03 * 1
    found = holm(np.array([0.03, np.nan, 0.01]))
    assert found == pytest.approx([0.03, np.nan, 0.02], nan_ok=True)


def test_a_rare_label_and_one_without_a_text(make_run, examples) -> None:
    from dataclasses import replace

    labels = examples.labels.copy()
    test = np.flatnonzero(examples.splits == "test")
    labels[test, :2] = False
    labels[test[0], 0] = True  # anger in one text, joy in none
    rare = replace(examples, labels=labels)
    runs = [make_run("one", rare, noise=3.0), make_run("two", rare, noise=0.0)]
    found = compared(runs).runs[1]
    assert found.by_label is not None
    # of one text the resamples that lack it (37 %) tell nothing, and too few are left
    assert np.isnan([found.by_label.f1.low[:2], found.by_label.p_value[:2]]).all()
    assert np.isnan(found.by_label.f1.value[1])
    assert np.isfinite(found.by_label.p_value[2:]).all()
    change = found.differences["macro_f1"]
    assert change.low <= change.difference <= change.high
