from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pytest

import emoscope.metrics
from emoscope.errors import DataError, DecisionError
from emoscope.metrics import evaluate
from emoscope.metrics.ranking import roc_auc
from emoscope.metrics.reliability import calibration_error
from emoscope.taxonomy import GOEMOTIONS

LABELS = ("joy", "anger", "fear")
# joy: TP 1, predicted 2, support 2; anger: 1, 1, 3; fear: 0, 1, 0, so its ranking is undefined
TRUTH = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]], dtype=bool)
PROBABILITIES = np.array([[0.9, 0.1, 0.2], [0.4, 0.2, 0.3], [0.8, 0.3, 0.1], [0.1, 0.7, 0.6]])
PREDICTED = PROBABILITIES > 0.5


def multi_label_report(**changes):
    settings = {"probabilities": PROBABILITIES, "thresholds": [0.5, 0.5, 0.5], "bootstrap": 50}
    return evaluate("multi_label", LABELS, TRUTH, PREDICTED, **(settings | changes))


def single_label_report(**changes):
    truth = np.eye(3, dtype=bool)[[0, 0, 1, 1]]
    probabilities = np.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.2, 0.6, 0.2], [0.1, 0.8, 0.1]])
    predicted = np.eye(3, dtype=bool)[probabilities.argmax(axis=1)]
    settings = {"probabilities": probabilities, "bootstrap": 50}
    return evaluate("single_label", LABELS, truth, predicted, **(settings | changes))


def test_multi_label_by_hand():
    report = multi_label_report()
    assert report.n_texts == 4
    assert report.headline["macro_f1"] == 1 / 2  # of joy and anger; no text has fear
    assert report.labels_without_text == ("fear",)
    assert report.headline["micro_f1"] == pytest.approx(4 / 9)
    assert set(report.intervals) <= set(report.headline)
    # joy: true .9 and .4 against .8 and .1: 3 of 4 pairs; anger: .2 .3 .7 all beat .1: 3 of 3
    assert report.ranking["macro_roc_auc"] == pytest.approx((3 / 4 + 1) / 2)
    assert set(report.averaged_over.values()) == {2}
    assert set(report.averaged_over) == {
        "macro_f1", "macro_precision", "macro_recall", "macro_roc_auc", "macro_average_precision",
    }  # fmt: skip
    # each text alone in its bin: joy |.9-1| + |.4-1| + |.8-0| + |.1-0|, over 4; anger likewise
    joy, anger = (0.1 + 0.6 + 0.8 + 0.1) / 4, (0.1 + 0.8 + 0.7 + 0.3) / 4
    assert report.calibration["macro_equal_mass"] == pytest.approx((joy + anger) / 2)
    assert report.calibration["brier"] == pytest.approx(
        ((0.01 + 0.36 + 0.64 + 0.01) + (0.01 + 0.64 + 0.49 + 0.09) + (0.04 + 0.09 + 0.01 + 0.36))
        / 12
    )
    assert report.confusion is None


def test_label_rows_by_hand():
    joy, anger, fear = multi_label_report().per_label
    assert (joy.label, joy.support, joy.predicted) == ("joy", 2, 2)
    assert (joy.precision, joy.recall, joy.f1) == (0.5, 0.5, 0.5)
    assert joy.roc_auc == pytest.approx(3 / 4)
    assert joy.average_precision == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert joy.brier == pytest.approx((0.01 + 0.36 + 0.64 + 0.01) / 4)
    assert joy.threshold == 0.5
    assert (anger.precision, anger.recall) == (1.0, pytest.approx(1 / 3))
    assert (fear.support, fear.predicted) == (0, 1)
    assert np.isnan([fear.precision, fear.recall, fear.f1]).all()
    assert math.isnan(fear.roc_auc)
    assert math.isnan(fear.average_precision)


def test_rows_average_to_the_macro_values():
    report = multi_label_report()
    for name in ("precision", "recall", "f1"):
        column = [getattr(row, name) for row in report.per_label]
        assert report.headline[f"macro_{name}"] == pytest.approx(np.nanmean(column))


def test_single_label_by_hand():
    report = single_label_report()
    assert report.headline["accuracy"] == 3 / 4
    assert report.confusion == ((1, 1, 0), (0, 2, 0), (0, 0, 0))
    assert report.headline["balanced_accuracy"] == pytest.approx((1 / 2 + 1) / 2)
    assert report.averaged_over["macro_roc_auc"] == 2  # fear never occurs
    assert report.ranking["weighted_roc_auc"] == 1.0
    # text 1 ties its true label .3 with .3, under .4: rank 3, so not among the best two
    assert report.ranking["top_2_accuracy"] == 3 / 4
    # confidences .7 right, .4 wrong, .6 right, .8 right, each alone in its bin of width 1/15
    assert report.calibration["top_label_equal_width"] == pytest.approx((0.3 + 0.4 + 0.4 + 0.2) / 4)
    squares = [0.09 + 0.04 + 0.01, 0.49 + 0.16 + 0.09, 0.04 + 0.16 + 0.04, 0.01 + 0.04 + 0.01]
    assert report.calibration["brier"] == pytest.approx(sum(squares) / 4)


def test_top_two_of_two_labels_says_nothing_and_is_left_out():
    truth = np.eye(2, dtype=bool)
    report = evaluate("single_label", ("a", "b"), truth, truth, truth * 0.8 + 0.1, bootstrap=0)
    assert "top_2_accuracy" not in report.ranking


@pytest.mark.parametrize("make", [multi_label_report, single_label_report])
def test_json_is_plain_and_complete(make):
    full, bare = make().to_json(), make(probabilities=None, bootstrap=0).to_json()
    text = json.dumps(full, allow_nan=False)  # fails on NaN, and on numpy numbers
    assert json.loads(text) == full
    assert list(full) == list(bare)
    assert full["format_version"] == 1
    assert full["per_label"][2]["roc_auc"] is full["per_label"][2]["f1"] is None
    assert full["labels_without_text"] == ["fear"]
    assert bare["ranking"] == bare["calibration"] == bare["intervals"] == {}
    assert full["bootstrap"] == {"resamples": 50, "seed": 0, "level": 0.95}
    assert set(full["reliability"]) <= set(full["calibration"])
    assert len(full["intervals"]) > 4
    for name, (low, high) in full["intervals"].items():
        assert low <= full["headline"][name] <= high


def test_csv_reads_back():
    rows = list(csv.DictReader(io.StringIO(multi_label_report().per_label_csv())))
    assert [row["label"] for row in rows] == list(LABELS)
    assert rows[0]["f1"] == "0.500000"
    assert rows[0]["support"] == "2"
    assert rows[2]["roc_auc"] == ""
    bare = list(csv.DictReader(io.StringIO(multi_label_report(thresholds=None).per_label_csv())))
    assert list(bare[0]) == list(rows[0])
    assert bare[0]["threshold"] == ""


def test_csv_quotes_labels_that_need_it():
    truth = np.eye(2, dtype=bool)
    report = evaluate("multi_label", ("sad, angry", 'a "b"'), truth, truth, bootstrap=0)
    rows = list(csv.DictReader(io.StringIO(report.per_label_csv())))
    assert [row["label"] for row in rows] == ["sad, angry", 'a "b"']


def test_same_seed_same_report():
    assert multi_label_report(seed=4).to_json() == multi_label_report(seed=4).to_json()
    assert multi_label_report(seed=4).intervals != multi_label_report(seed=5).intervals


def test_columns_are_those_of_the_functions():
    rng = np.random.default_rng(0)
    truth, probabilities = rng.random((200, 28)) < 0.2, rng.random((200, 28))
    report = evaluate(
        "multi_label", GOEMOTIONS.labels, truth, probabilities > 0.5, probabilities, bootstrap=0
    )
    areas = [row.roc_auc for row in report.per_label]
    np.testing.assert_array_equal(areas, roc_auc(truth, probabilities))
    errors = [row.calibration_error for row in report.per_label]
    by_mass = calibration_error(truth, probabilities, binning="equal_mass")
    np.testing.assert_array_equal(errors, by_mass)


@pytest.mark.parametrize("name", ["ekman", "sentiment"])
@pytest.mark.parametrize("task", ["multi_label", "single_label"])
def test_rolled_up_matrices_are_judged_the_same_way(name, task):
    rollup = GOEMOTIONS.rollup(name)
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(28, 0.1), size=100).astype(np.float32)
    truth = np.eye(28, dtype=bool)[rng.integers(28, size=100)]
    predicted = np.eye(28, dtype=bool)[probabilities.argmax(axis=1)]
    report = evaluate(
        task,
        rollup.labels,
        rollup.roll_labels(truth),
        rollup.roll_labels(predicted),
        rollup.roll_probabilities(probabilities, task),
        bootstrap=20,
    )
    assert [row.label for row in report.per_label] == list(rollup.labels)
    group = np.asarray(rollup.groups)
    same = group[truth.argmax(axis=1)] == group[predicted.argmax(axis=1)]
    exact = "accuracy" if task == "single_label" else "subset_accuracy"
    assert report.headline[exact] == pytest.approx(same.mean())


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"truth": TRUTH[:, :2]}, DataError, "2 columns, but there are 3 labels"),
        ({"predicted": PREDICTED[:2]}, DecisionError, "predicted has shape"),
        ({"predicted": PROBABILITIES}, DecisionError, "only 0 and 1"),
        ({"probabilities": PROBABILITIES * np.nan}, DecisionError, "nan in row 1, label 'joy'"),
        ({"probabilities": PROBABILITIES * 5}, DecisionError, "outside 0 to 1"),
        ({"thresholds": [0.5]}, DecisionError, "one threshold a label"),
        ({"thresholds": ["high", "low", "low"]}, DecisionError, "must be numbers"),
        ({"bootstrap": -1}, DecisionError, "bootstrap = -1"),
        ({"task": "single_label"}, DecisionError, "truth, row 2: 2 labels"),
        ({"task": "regression"}, DecisionError, "Unknown task 'regression'"),
    ],
)
def test_what_does_not_fit_is_named(changes, error, says):
    good = {"task": "multi_label", "labels": LABELS, "truth": TRUTH, "predicted": PREDICTED}
    with pytest.raises(error, match=says):
        evaluate(**(good | changes))


def test_front_door_equals_its_list():
    public = {
        name
        for name, value in vars(emoscope.metrics).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("emoscope.")
    }
    assert set(emoscope.metrics.__all__) == public
