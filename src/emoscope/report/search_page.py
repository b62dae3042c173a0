"""A search's figures, and the page of a search that no model was trained from yet."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from emoscope.evaluation.search_result import SearchResult
from emoscope.io.atomic_files import atomic_file
from emoscope.report.figures import search_history, search_importance, search_parallel
from emoscope.report.figures.specification import FigureSpecification
from emoscope.report.page import render_page
from emoscope.report.render_figure import render_figure
from emoscope.report.search import best_table, summarise, trials_table

FOLDER = "report"


def search_figures(result: SearchResult) -> list[FigureSpecification]:
    """History, parallel coordinates and importance, or why one of them is missing."""
    figures = {
        "search_history": ("Search: trials on validation", search_history),
        "search_parallel": ("Search: parallel coordinates", search_parallel),
        "search_importance": ("Search: importance of keys", search_importance),
    }
    found = []
    for name, (title, module) in figures.items():
        reason = _why_missing(name, result)
        if reason:
            found.append(FigureSpecification(name, title, reason=reason))
        else:
            draw, describe = partial(module.draw, result), module.describe(result)
            found.append(FigureSpecification(name, title, describe, draw))
    return found


def write_search_report(result: SearchResult, folder: Path) -> Path:
    """Write ``folder/report.html`` and the figures and tables in ``folder/report``."""
    (folder / FOLDER).mkdir(exist_ok=True)
    tables = (best_table(result, most=10), trials_table(result))
    for table in tables:
        table.save(folder / FOLDER)
    figures = [render_figure(each, folder / FOLDER) for each in search_figures(result)]
    page = render_page(
        {
            "name": f"{result.recipe}: search",
            "summary": summarise(result),
            "figures": figures,
            "best": tables[0],
            "trials": tables[1],
        },
        "search.html.j2",
    )
    path = folder / "report.html"
    with atomic_file(path) as part:
        part.write_text(page, encoding="utf-8")
    return path


def _why_missing(name: str, result: SearchResult) -> str:
    if not result.complete:
        return "No trial is complete."
    if name == "search_importance" and not result.importances:
        if len(result.space) < 2:
            return "Only one key was searched."
        return f"{len(result.complete)} complete trials are too few; ten are needed."
    return ""
