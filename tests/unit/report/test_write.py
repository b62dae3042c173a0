"""Whole reports: what is in them, what they lack, and that strangers' words stay words."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from emoscope.data.examples import Examples
from emoscope.errors import DataError
from emoscope.report.write import write_report

pytestmark = pytest.mark.usefixtures("quick_files")
OPEN = "emoscope.evaluation.evaluated_model.load_with"
HISTORY = "epoch,step,train_loss,validation_loss,macro_f1\n1.0,10,0.5,0.4,0.3\n2.0,20,0.3,0.3,0.5\n"


class Tags(HTMLParser):
    """Every tag of a page, and every address that it asks for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "action")]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_page_asks_for_nothing_and_runs_nothing(written: Path) -> None:
    page = Tags((written / "report.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert all(address.startswith(("data:", "#")) for address in page.addresses)


def test_its_numbers_are_those_that_training_wrote(written: Path) -> None:
    run = written
    saved = json.loads((run / "metrics.json").read_text())["splits"]["test"]["fine"]
    table = {
        row["key"]: row for row in rows(run / "report/headline.csv") if row["labels"] == "tiny"
    }
    assert float(table["macro_f1"]["value"]) == pytest.approx(
        saved["headline"]["macro_f1"], abs=1e-6
    )
    overall = json.loads((run / "report/overall_metrics.json").read_text())
    assert overall["micro"]["recall"] == saved["headline"]["micro_recall"]
    assert overall["samples"]["f1"] == saved["headline"]["sample_f1"]
    report = {row["label"]: row for row in rows(run / "report/classification_report.csv")}
    assert {"anger", "joy", "love", "neutral", "micro avg", "macro avg"} <= set(report)
    assert float(report["macro avg"]["f1-score"]) == pytest.approx(overall["macro"]["f1"], abs=1e-6)
    assert float(report["joy"]["f1_low"]) <= float(report["joy"]["f1-score"])


def test_rollups_are_measured(written: Path) -> None:
    names = {row["label or metric"] for row in rows(written / "report/rollups.csv")}
    assert {"positive", "negative", "neutral", "macro-F1"} <= names


@pytest.mark.slow
def test_texts_and_labels_of_strangers_are_escaped(make_run, examples_of) -> None:
    attack = "<script>alert('x')</script><img src=x onerror=alert(1)>"
    examples = examples_of(labels=("<script>alert(1)</script>", "joy", "love"))
    examples = replace(examples, texts=tuple(f"{attack} {i}" for i in range(len(examples))))
    page = write_report(make_run("evil", examples), examples).read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(&#39;x&#39;)" in page  # it is quoted, as text
    assert "&lt;script&gt;alert(1)" in page
    tags = Tags(page)
    assert "script" not in tags.tags
    assert "x" not in tags.addresses
    assert not re.search(r"<img[^>]*onerror", page)


@pytest.mark.slow
def test_history_is_drawn_and_saved(make_run, examples: Examples) -> None:
    run = make_run("with-history", examples, history=HISTORY)
    page = write_report(run, examples).read_text(encoding="utf-8")
    assert (run / "report/training_curves.svg").is_file()
    assert "Missing from this report" not in page
    assert rows(run / "report/training_results.csv")[1]["macro_f1"] == "0.500000"


@pytest.mark.slow
def test_a_figure_that_is_missing_now_leaves_no_old_file(make_run, examples: Examples) -> None:
    run = make_run("changed", examples, history=HISTORY)
    write_report(run, examples)
    (run / "history.csv").unlink()
    write_report(run, examples)
    assert not (run / "report/training_curves.svg").exists()


@pytest.mark.slow
def test_without_texts_the_report_says_so(run: Path, no_data: None) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    assert "The texts are not available." in page
    assert (run / "report/per_label.png").is_file()
    assert (run / "report/confused_pairs.csv").is_file()
    assert not (run / "report/false_positives.csv").exists()
    assert not (run / "report/length.png").exists()


@pytest.mark.slow
def test_without_validation_scores_thresholds_are_shown_on_test(make_run, examples) -> None:
    run = make_run("no-validation", examples, scored=("test",))
    write_report(run, examples)
    assert (run / "report/thresholds.png").is_file()
    assert rows(run / "report/thresholds.csv")[0]["f1_validation"] == ""


@pytest.mark.slow
def test_without_test_validation_is_judged_with_a_warning(make_run, examples_of) -> None:
    examples = examples_of(splits=("train", "validation"))
    run = make_run("no-test", examples, scored=("validation",))
    page = write_report(run, examples).read_text(encoding="utf-8")
    assert "This run has no test scores, so validation is evaluated" in page


def test_one_label_only(make_run, examples_of) -> None:
    examples = examples_of(labels=("joy",))
    run = make_run("one-label", examples)
    page = write_report(run, examples).read_text(encoding="utf-8")
    assert "There is only one label." in page


@pytest.mark.slow
def test_a_label_that_no_test_text_has(make_run, examples: Examples) -> None:
    labels = examples.labels.copy()
    labels[examples.splits == "test", 2] = False
    rare = replace(examples, labels=labels)
    page = write_report(make_run("rare", rare), rare).read_text(encoding="utf-8")
    assert "Without a test text, so not measured and left out of macro averages: love." in page
    assert "nan" not in re.sub(r"base64,[^\"]*", "", page).split("</style>")[1]


@pytest.mark.slow
def test_single_label(make_run, examples_of) -> None:
    examples = examples_of("single_label")
    run = make_run("single", examples)
    page = write_report(run, examples).read_text(encoding="utf-8")
    assert (run / "report/confusion.png").is_file()
    assert (run / "report/risk_coverage.png").is_file()
    assert not (run / "report/cooccurrence.png").exists()
    assert "accuracy" in page
    overall = json.loads((run / "report/overall_metrics.json").read_text())
    assert overall["micro"]["f1"] == overall["accuracy"]


@pytest.mark.slow
def test_no_train_split_and_no_mistakes(make_run, examples_of) -> None:
    examples = examples_of(splits=("validation", "test"))
    run = make_run("perfect", examples, noise=0.0)
    page = write_report(run, examples).read_text(encoding="utf-8")
    assert "There is no train split to compare with." in page
    assert "No label was given in the place of another." in page


def test_other_texts_are_refused(run: Path, examples: Examples) -> None:
    other = replace(examples, texts=tuple(f"{text} more" for text in examples.texts))
    with pytest.raises(DataError, match="are not those that the run"):
        write_report(run, other)


def test_other_true_labels_are_refused(run: Path, examples: Examples) -> None:
    with pytest.raises(DataError, match="are not those that the run"):
        write_report(run, replace(examples, labels=np.roll(examples.labels, 1, axis=1)))


def test_a_run_without_scores_says_what_to_do(make_run, examples: Examples) -> None:
    run = make_run("bare", examples, scored=())
    (run / "scores").mkdir()
    with pytest.raises(DataError, match="has no saved scores of validation"):
        write_report(run, examples)


def test_damaged_scores_name_their_file(run: Path, examples: Examples) -> None:
    (run / "scores/test.npz").write_bytes(b"PK not a zip")
    with pytest.raises(DataError, match=r"test\.npz cannot be read"):
        write_report(run, examples)


@pytest.mark.slow
def test_a_model_folder_is_judged_anew(
    run: Path, goemotions_classifier, examples_of, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "emoscope.evaluation.evaluated_model.load_with",
        lambda model, runtime: goemotions_classifier,
    )
    examples = examples_of(labels=goemotions_classifier.labels)
    examples = replace(examples, taxonomy=goemotions_classifier.taxonomy)
    page = write_report(run / "model", examples)
    assert page == Path("runs/report-model/report.html")
    text = page.read_text(encoding="utf-8")
    assert goemotions_classifier.scorer.calls == 2  # test, and validation for the thresholds
    assert "There is no history.csv beside the model." in text
    assert not (run / "model" / "report").exists()


@pytest.mark.slow
def test_train_says_nothing_about_its_own_labels(
    run: Path, goemotions_classifier, examples_of, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(
        "emoscope.evaluation.evaluated_model.load_with",
        lambda model, runtime: goemotions_classifier,
    )
    examples = examples_of(labels=goemotions_classifier.labels)
    examples = replace(examples, taxonomy=goemotions_classifier.taxonomy)
    page = write_report(run / "model", examples, split="train", out=tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert "The evaluated texts are those of train." in text
    suspects = rows(tmp_path / "out/report/label_errors.csv")
    assert {row["split"] for row in suspects} == {"validation"}
