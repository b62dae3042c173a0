"""Writing a report: ``report.html`` and, beside it, ``report/`` with every figure and table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from emoscope.data.examples import Examples
from emoscope.evaluation.annotator_agreement import HumanReference
from emoscope.evaluation.evaluated_model import EvaluatedModel, open_model, open_run
from emoscope.evaluation.saved_run import is_run
from emoscope.io.atomic_files import atomic_file
from emoscope.io.output_folder import check_outputs, own_outputs
from emoscope.report import metric_tables
from emoscope.report.behaviour import failing_cases, pass_rates
from emoscope.report.context import ReportContext
from emoscope.report.error_analysis import ErrorSection, error_sections
from emoscope.report.figure_list import figure_specifications
from emoscope.report.figures.specification import FigureSpecification
from emoscope.report.human_report import human_figure_specification, human_table
from emoscope.report.page import render_page
from emoscope.report.render_figure import render_figure
from emoscope.report.run_description import main_table, origin, subtitle
from emoscope.report.search import summarise as summarise_search
from emoscope.report.search import trials_table
from emoscope.report.search_page import search_figures
from emoscope.report.summary import summarise
from emoscope.scorers.runtime_options import RuntimeOptions

RUNS = Path("runs")
"""Where the report of a model without a run is written by default: it quotes texts, and this folder
is usually kept out of version control."""

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
    """Write the report of a run folder, or of a model evaluated now, and return ``report.html``.

    A run folder is reported from its saved scores, into itself; a model folder or hub id is
    evaluated on its data, or on ``data`` read with ``settings``, opened with ``runtime``, into
    ``out``. Given ``examples`` are used instead of reading the data.
    """
    if out is not None and not is_run(out):  # before the work
        check_outputs(out, ("report.html", "report"))
    run = Path(run_or_model)
    if is_run(run):
        model = open_run(run, examples=examples, data=data, split=split, say=say)
        return report_on(model, out or run, human=human, say=say)
    model = open_model(
        run_or_model,
        examples=examples,
        data=data,
        settings=settings,
        split=split,
        say=say,
        runtime=runtime,
    )
    out = out or RUNS / f"report-{model.name.replace('/', '--')}"
    return report_on(model, out, human=human, say=say)


def report_on(
    model: EvaluatedModel,
    out: Path,
    *,
    human: HumanReference | None = None,
    say: Say = lambda line: None,
) -> Path:
    """Write ``out/report.html`` and ``out/report/``; files of an earlier report are replaced.

    Raises :class:`emoscope.errors.DataError` where these are not of an earlier report.
    """
    _own(out)
    folder = out / "report"
    folder.mkdir(parents=True, exist_ok=True)
    context = ReportContext(model, human)
    say("Drawing figures")
    specifications = list(figure_specifications(context))
    numbers = [
        metric_tables.classification_report(model.report, context.estimates),
        metric_tables.thresholds(model),
        metric_tables.rollups(model),
        metric_tables.training_results(model),
        metric_tables.headline(model),
    ]
    if human is not None:
        estimates = context.estimates if context.comparable_human else None
        specifications.append(human_figure_specification(human, estimates))
        numbers.append(human_table(human, estimates))
    figures = [render_figure(each, folder) for each in specifications]
    searched = [
        render_figure(each, folder)
        for each in (search_figures(model.search) if model.search is not None else ())
    ]
    say("Analysing errors")
    errors = list(error_sections(context))
    if model.behaviour is not None:
        numbers.append(pass_rates(model.behaviour))
        errors.append(failing_cases(model.behaviour))
    if model.search is not None:
        numbers.append(trials_table(model.search))
    for table in (*numbers, *(each.saved for each in errors)):
        if table is not None:
            table.save(folder)
    overall = json.dumps(metric_tables.overall_metrics(model.report), indent=2)
    (folder / "overall_metrics.json").write_text(overall + "\n", encoding="utf-8")
    sections: list[FigureSpecification | ErrorSection] = [*figures, *searched, *errors]
    page = render_page(
        {
            "name": model.name,
            "subtitle": subtitle(model),
            "summary": summarise(context),
            "missing": [each for each in sections if each.reason],
            "main": main_table(model),
            "resamples": model.report.resamples,
            "figures": figures,
            "search": searched,
            "search_summary": [] if model.search is None else summarise_search(model.search),
            "errors": errors,
            "numbers": numbers,
            "origin": origin(model),
        }
    )
    path = out / "report.html"
    with atomic_file(path) as part:
        part.write_text(page, encoding="utf-8")
    return path


def _own(out: Path) -> None:
    if not is_run(out):  # all of a run folder is emoscope's
        own_outputs(out, ("report.html", "report"))
