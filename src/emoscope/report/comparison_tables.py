"""A comparison as tables: for the terminal, for Markdown, for CSV."""

from __future__ import annotations

from math import isnan

from emoscope.evaluation.paired_comparison import ComparedRun, RunComparison
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.formatting import number, signed
from emoscope.report.metric_tables import with_interval
from emoscope.report.tables import Cell, Table


def summary_table(comparison: RunComparison) -> Table:
    """One row a run, metrics with intervals, differences of the first two, cost."""
    metrics = comparison.metrics
    compared = metrics[:2]
    columns = (
        "run",
        *(METRIC_NAMES[key] for key in metrics),
        *(f"difference in {METRIC_NAMES[key]}" for key in compared),
        "model MB",
        "texts/s",
        "training s",
    )
    rows = []
    for each in comparison.runs:
        rows.append(
            (
                each.name,
                *(with_interval(each.model.report, key) for key in metrics),
                *(_difference(each, key) for key in compared),
                number(each.megabytes, 1),
                "–" if each.speed is None else f"{each.speed.texts_per_second:,.0f}",
                "–" if each.fit_seconds is None else f"{each.fit_seconds:,.0f}",
            )
        )
    title = (
        f"{comparison.n_texts:,} {comparison.split} texts, 95 % intervals; differences are to "
        f"{comparison.runs[0].name}, paired bootstrap"
    )
    return Table("summary", title, columns, tuple(rows))


def all_metrics(comparison: RunComparison) -> Table:
    """Every headline metric of every run, and its difference to the first run."""
    rows: list[tuple[Cell, ...]] = []
    for each in comparison.runs:
        report = each.model.report
        for key, value in report.headline.items():
            low, high = report.intervals.get(key, (None, None))
            moved = each.differences.get(key)
            change: tuple[Cell, ...] = (
                (None,) * 4
                if moved is None
                else (moved.difference, moved.low, moved.high, moved.p_value)
            )
            rows.append((each.name, key, value, low, high, *change))
        for key, cost in (
            ("model_megabytes", each.megabytes),
            ("texts_per_second", None if each.speed is None else each.speed.texts_per_second),
            ("fit_seconds", each.fit_seconds),
        ):
            rows.append((each.name, key, cost, *(None,) * 6))
    return Table(
        "comparison",
        "All metrics",
        (
            "run",
            "metric",
            "value",
            "low",
            "high",
            "difference",
            "difference_low",
            "difference_high",
            "p_value",
        ),
        tuple(rows),
    )


def by_label(comparison: RunComparison) -> Table:
    """F1 of every label in every run, and its difference to the first run."""
    rows: list[tuple[Cell, ...]] = []
    for each in comparison.runs:
        for j, row in enumerate(each.model.report.per_label):
            change: tuple[Cell, ...] = (None,) * 5
            if each.by_label is not None:
                moved = each.by_label
                change = (
                    float(moved.f1.value[j]),
                    float(moved.f1.low[j]),
                    float(moved.f1.high[j]),
                    float(moved.p_value[j]),
                    float(moved.adjusted[j]),
                )
            rows.append((each.name, row.label, row.support, row.f1, *change))
    return Table(
        "comparison_labels",
        "F1 label by label",
        (
            "run",
            "label",
            "support",
            "f1",
            "difference",
            "difference_low",
            "difference_high",
            "p_value",
            "p_value_holm",
        ),
        tuple(rows),
    )


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
