"""One report with all that it writes, pixels included."""

from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.data.examples import Examples
from emoscope.report.write import write_report

FIGURES = {
    "per_label", "support_f1", "label_confusion", "cooccurrence", "labels_per_text", "reliability",
    "precision_recall", "precision_recall_labels", "thresholds", "thresholds_labels", "length",
    "label_distribution",
}  # fmt: skip
TABLES = {
    "headline", "classification_report", "thresholds", "rollups", "training_results",
    "false_positives", "false_negatives", "confused_pairs", "slices", "label_errors",
    "shared_with_train",
}  # fmt: skip


@pytest.mark.slow
def test_a_report_holds_every_figure_and_table(run: Path, examples: Examples) -> None:
    page = write_report(run, examples)
    assert page == run / "report.html"
    names = {path.name for path in (run / "report").iterdir()}
    for name in FIGURES:
        assert {f"{name}.png", f"{name}.svg"} <= names
    assert {f"{name}.csv" for name in TABLES} <= names
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/svg+xml;base64,") == len(FIGURES)
    assert "Missing from this report" in text  # no history.csv
    assert not list(run.glob("*.part"))
