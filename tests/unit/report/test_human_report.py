"""The human reference in tables, figures and beside a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emoscope.evaluation.annotator_agreement import human_reference
from emoscope.evaluation.evaluated_model import open_run
from emoscope.report.human_report import (
    agreement_table,
    human_figure_specification,
    human_table,
    write_human_reference,
)
from emoscope.report.write import write_report
from emoscope.taxonomy import GOEMOTIONS, make_taxonomy


def reference():
    # three texts, the first rated twice, the last without released labels; label b is never true
    return human_reference(
        np.array([0, 0, 1, 2]),
        np.array([[1, 0], [1, 1], [0, 1], [1, 0]], dtype=bool),
        np.array([0, 1, -1]),
        np.array([[1, 0], [1, 0]], dtype=bool),
        taxonomy=make_taxonomy("two", ("a", "b")),
        resamples=50,
    )


def test_tables_and_figure_say_how_few_there_are(tmp_path: Path) -> None:
    found = reference()
    table = human_table(found, None)
    assert table.rows[0][:3] == ("a", 3, pytest.approx(4 / 5))
    specification = human_figure_specification(found, None)
    assert "1 labels have fewer than 30 ratings: a." in specification.description
    specification.draw()
    title = agreement_table(found).title
    assert "These are few: the whole release has 211,225 ratings" in title
    assert "2 of 2 labels have fewer than 30" in title


@pytest.mark.slow
def test_raters_and_a_model_of_the_same_labels(tmp_path: Path, make_run, examples_of) -> None:
    examples = examples_of(labels=GOEMOTIONS.labels)
    header = "text,id,author,rater_id,example_very_unclear," + ",".join(GOEMOTIONS.labels)
    joy = ",".join("1" if label == "joy" else "0" for label in GOEMOTIONS.labels)
    lines = [header, *(f'"a text",id{i},x,{r},False,{joy}' for i in range(4) for r in (1, 2))]
    path = tmp_path / "goemotions_1.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    model = open_run(make_run("run", examples), with_texts=False)
    found = write_human_reference([path], examples, tmp_path / "out", model)
    written = [p for p in (tmp_path / "out").iterdir() if not p.name.startswith(".")]
    assert {p.suffix for p in written} == {".csv", ".png", ".svg"}
    rows = agreement_table(found, model).rows
    assert rows[-1][0] == "run against the released labels"


@pytest.mark.usefixtures("quick_files")
def test_a_single_label_model_is_not_set_beside_raters(make_run, examples_of) -> None:
    examples = examples_of("single_label", labels=("a", "b"))
    page = write_report(make_run("single", examples), examples, human=reference())
    text = page.read_text(encoding="utf-8")
    assert "Annotator agreement" in text
    assert "Model and annotator agreement" not in text
    assert "one human rater reaches" not in text
