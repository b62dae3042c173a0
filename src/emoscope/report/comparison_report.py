"""A comparison as tables, for the terminal, for Markdown and for CSV, and as files."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import numpy as np

from emoscope.evaluation.intervals import Estimates
from emoscope.evaluation.paired_comparison import ComparedRun, RunComparison
from emoscope.io.output_folder import own_outputs
from emoscope.metrics.formatting import number, signed
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.metric_tables import with_interval
from emoscope.report.tables import Cell, Table

_DIFFERENCE = ("difference", "difference_low", "difference_high")


FILES = ("comparison.csv", "comparison_labels.csv", "comparison.png", "comparison.svg")


def summary_table(comparison: RunComparison) -> Table:
    """One row a run, metrics with intervals, differences of the first two, cost."""
    metrics = comparison.metrics
    records: list[dict[str, Cell]] = [
        {
            "run": each.name,
            **{METRIC_NAMES[key]: with_interval(each.model.report, key) for key in metrics},
            **{f"difference in {METRIC_NAMES[key]}": _difference(each, key) for key in metrics[:2]},
            "model MB": number(each.megabytes, 1),
            "texts/s": "–" if each.speed is None else f"{each.speed.texts_per_second:,.0f}",
            "training s": "–" if each.fit_seconds is None else f"{each.fit_seconds:,.0f}",
        }
        for each in comparison.runs
    ]
    title = (
        f"{comparison.first.report.n_texts:,} {comparison.split} texts, 95 % intervals; "
        f"differences are to {comparison.runs[0].name}, paired bootstrap"
    )
    return Table.of("summary", title, records)


def all_metrics(comparison: RunComparison) -> Table:
    """Every headline metric of every run, its difference to the first run, and what a run costs."""
    records: list[dict[str, Cell]] = []
    for each in comparison.runs:
        report, speed = each.model.report, each.speed
        costs = {
            "model_megabytes": each.megabytes,
            "texts_per_second": None if speed is None else speed.texts_per_second,
            "fit_seconds": each.fit_seconds,
        }
        for key, value in (*report.headline.items(), *costs.items()):
            low, high = report.intervals.get(key, (None, None))
            moved = each.differences.get(key)
            change = dict.fromkeys(_DIFFERENCE) if moved is None else {
                "difference": moved.difference,
                "difference_low": moved.low,
                "difference_high": moved.high,
            }  # fmt: skip
            p_value = None if moved is None else moved.p_value
            cells = {"run": each.name, "metric": key, "value": value, "low": low, "high": high}
            records.append({**cells, **change, "p_value": p_value})
    return Table.of("comparison", "All metrics", records)


def by_label(comparison: RunComparison) -> Table:
    """F1 of every label in every run, and its difference to the first run."""
    records: list[dict[str, Cell]] = []
    for each in comparison.runs:
        moved = each.by_label
        for j, row in enumerate(each.model.report.per_label):
            records.append(
                {
                    "run": each.name,
                    "label": row.label,
                    "support": row.support,
                    "f1": row.f1,
                    **(moved.f1.cells(j, "difference") if moved else dict.fromkeys(_DIFFERENCE)),
                    "p_value": float(moved.p_value[j]) if moved else None,
                    "p_value_holm": float(moved.adjusted[j]) if moved else None,
                }
            )
    return Table.of("comparison_labels", "F1 label by label", records)


def write_comparison(comparison: RunComparison, out: Path) -> Path:
    """Write ``comparison`` as CSV, PNG and SVG and ``comparison_labels.csv``; return the PNG.

    Raises :class:`DataError` where files of these names are there that emoscope did not write.
    """
    from emoscope.report.figures import comparison as figure  # deferred: extra report
    from emoscope.report.style import save_figure  # deferred: extra report

    own_outputs(out, FILES)
    all_metrics(comparison).save(out)
    by_label(comparison).save(out)
    metrics = {}
    for each in comparison.runs:
        report = each.model.report
        ends = [report.intervals.get(key, (np.nan, np.nan)) for key in comparison.metrics]
        metrics[each.name] = Estimates(
            np.array([report.headline[key] for key in comparison.metrics]),
            np.array([low for low, _ in ends]),
            np.array([high for _, high in ends]),
        )
    differences = {
        each.name: each.by_label.f1 for each in comparison.runs if each.by_label is not None
    }
    names = [METRIC_NAMES[key] for key in comparison.metrics]
    drawn = figure.draw(names, metrics, comparison.first.labels, differences)
    return save_figure(drawn, out, "comparison")[0]


def transposed(table: Table) -> Table:
    """The same table with a column a run, to fit a terminal."""
    turned = tuple(zip(table.columns, *table.rows, strict=True))
    return Table(table.name, table.title, tuple(str(cell) for cell in turned[0]), turned[1:])


def markdown(table: Table) -> str:
    """A table in GitHub's Markdown, the title as a sentence below it."""
    lines = [
        _line(table.columns),
        _line(["---", *["--:"] * (len(table.columns) - 1)]),
        *(_line([str(cell) for cell in row]) for row in table.rows),
    ]
    return "\n".join([*lines, "", f"{table.title}."]) + "\n"


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _difference(each: ComparedRun, key: str) -> str:
    moved = each.differences.get(key)
    if moved is None:
        return "–"
    if isnan(moved.low):
        return f"{signed(moved.difference)} (too few texts for an interval)"
    return (
        f"{signed(moved.difference)} ({signed(moved.low)} to {signed(moved.high)}), "
        f"p {_p_value(moved.p_value)}"
    )


def _p_value(p: float) -> str:
    return "< 0.01" if p < 0.01 else number(p, 2)
