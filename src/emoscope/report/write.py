"""Writing a report: ``report.html`` and, beside it, ``report/`` with every figure and table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emoscope.data.examples import Examples
from emoscope.evaluation.annotator_agreement import HumanReference
from emoscope.evaluation.error_analysis.shared_texts import find_shared
from emoscope.evaluation.saved_run import is_run
from emoscope.report import metric_tables as measured
from emoscope.report import run_description as facts
from emoscope.report.context import Subject, open_subject
from emoscope.report.error_analysis import find_errors
from emoscope.report.figure_list import Gallery
from emoscope.report.figure_specification import Missing, Plate
from emoscope.report.human_report import human_plate, human_table
from emoscope.report.page import Drawn, Page, inline_svg
from emoscope.report.style import save_figure
from emoscope.report.summary import verdict
from emoscope.scorers.runtime_options import RuntimeOptions

RUNS = Path("runs")
"""Where the report of a model without run goes, unless told otherwise: it quotes texts, and what
lies here is usually kept out of version control."""

Say = Callable[[str], None]


def write_report(
    run_or_model: str | Path,
    examples: Examples | None = None,
    *,
    out: Path | None = None,
    data: Path | None = None,
    settings: Mapping[str, str] | None = None,
    split: str = "test",
    human: HumanReference | None = None,
    say: Say = lambda line: None,
    runtime: RuntimeOptions | None = None,
) -> Path:
    """Write the report of a run folder, or of a model judged anew, and return ``report.html``.

    A run folder is reported from its saved scores, into itself; a model folder or hub id is judged
    on its data, or on ``data`` read with ``settings``, opened with ``runtime``, into ``out``.
    ``examples`` save reading the data again.
    """
    subject = open_subject(
        run_or_model,
        examples=examples,
        data=data,
        settings=settings,
        split=split,
        say=say,
        runtime=runtime,
    )
    if out is None:
        run = Path(run_or_model)
        out = run if is_run(run) else RUNS / f"report-{subject.name.replace('/', '--')}"
    return report_on(subject, out, human=human, say=say)


def report_on(
    subject: Subject,
    out: Path,
    *,
    human: HumanReference | None = None,
    say: Say = lambda line: None,
) -> Path:
    """Write ``out/report.html`` and ``out/report/``; files of an earlier report are replaced."""
    folder = out / "report"
    folder.mkdir(parents=True, exist_ok=True)
    gallery = Gallery(subject)
    estimates = gallery.estimates
    say("Drawing figures")
    plates = list(gallery.plates())
    numbers = [
        measured.classification_report(subject.report, estimates),
        measured.thresholds(subject),
        measured.rollups(subject),
        measured.training_results(subject),
        measured.headline(subject),
    ]
    if human is not None:
        same = estimates if human.fits(subject.labels, subject.task) else None
        plates.append(human_plate(human, same))
        numbers.append(human_table(human, same))
    figures = [_draw(plate, folder) for plate in plates]
    say("Looking at the errors")
    shared = None
    if subject.examples is not None:
        shared = find_shared(subject.examples, subject.split, subject.predicted, subject.task)
    errors = list(find_errors(subject, gallery, shared))
    for table in (*numbers, *(each.saved for each in errors)):
        if table is not None:
            table.save(folder)
    overall = json.dumps(_plain(measured.overall_metrics(subject.report)), indent=2)
    (folder / "overall_metrics.json").write_text(overall + "\n", encoding="utf-8")
    page = Page(
        name=subject.name,
        subtitle=facts.subtitle(subject),
        verdict=verdict(subject, estimates, shared, human),
        missing=[
            *(each for each in figures if each.reason),
            *(each for each in errors if each.reason),
        ],
        main=facts.main_table(subject),
        resamples=subject.report.resamples,
        figures=figures,
        errors=errors,
        numbers=numbers,
        origin=facts.origin(subject),
    )
    path = out / "report.html"
    part = path.with_name(path.name + ".part")
    part.write_text(page.render(), encoding="utf-8")
    part.replace(path)
    return path


def _draw(plate: Plate | Missing, folder: Path) -> Drawn:
    if isinstance(plate, Missing):
        for ending in ("png", "svg"):  # an earlier report may have had it
            (folder / f"{plate.name}.{ending}").unlink(missing_ok=True)
        return Drawn(plate.name, plate.title, reason=plate.reason)
    _, svg = save_figure(plate.draw(), folder, plate.name)
    return Drawn(plate.name, plate.title, plate.reading, inline_svg(svg))


def _plain(value: Any) -> Any:
    """NaN as None, since JSON has no NaN."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and value != value else value
