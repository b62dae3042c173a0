"""``emoscope trends``: emotion shares over time."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emoscope.cli import options as opt
from emoscope.errors import DataError
from emoscope.scorers.runtime_options import runtime_options

if TYPE_CHECKING:
    from emoscope.trends import Trends

_LABELS, _GROUPS = 6, 4
"""How many are in table and chart, by default."""


def trends(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE", help="Files of texts, labelled or not; - is standard input."
        ),
    ],
    time: Annotated[str, typer.Option(help="Column that says when a text was written.")],
    by: Annotated[
        str | None, typer.Option(help="Column whose values are counted apart, such as a source.")
    ] = None,
    every: Annotated[
        Literal["hour", "day", "week", "month"] | None,
        typer.Option(help="Length of a period; chosen from the span of time if not."),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="The labels to count, such as joy,anger; otherwise all.")
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(min=1, help="Only this many labels, the most frequent; shown: 6."),
    ] = None,
    groups: Annotated[
        str | None, typer.Option(help="The values of --by to count, such as a,b; otherwise all.")
    ] = None,
    top_groups: Annotated[
        int | None,
        typer.Option(min=1, help="Only this many values of --by, the most frequent; shown: 4."),
    ] = None,
    rollup: Annotated[
        str | None, typer.Option(help="Count in the labels of a roll-up: ekman or sentiment.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Column with the texts, to label them (again).")
    ] = None,
    model: opt.ModelOption = "",
    device: opt.DeviceOption = None,
    threads: opt.ThreadsOption = None,
    graph: opt.GraphOption = None,
    prefix: Annotated[
        str | None, typer.Option(help="Labelled files: the prefix of the columns to count.")
    ] = None,
    dates: Annotated[
        Literal["day-first", "month-first"] | None,
        typer.Option(help="Order in dates such as 05/03/2024; found in the column if not."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Leave out earlier times, such as 2024-01-01.")
    ] = None,
    before: Annotated[str | None, typer.Option(help="Leave out this time and later ones.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File for all shares: .csv, .tsv or .jsonl."),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option(help="Chart, as .png and .svg; by default beside -o, or in runs/trends."),
    ] = None,
    no_chart: Annotated[bool, typer.Option("--no-chart", help="Draw no chart.")] = False,
    read_as: opt.SourceOption = None,
    delimiter: opt.DelimiterOption = None,
    quoting: opt.QuotingOption = None,
    header: opt.HeaderOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at a row or a time that cannot be read.")
    ] = False,
    overwrite: opt.OverwriteOption = False,
    escape_formulas: opt.EscapeOption = False,
) -> None:
    """Show how often emotions occur over time, as a table and a chart.

    Texts are labelled by the model; a file that [bold]emoscope predict FILE -o OUT[/bold] has
    written is counted as it is. Every share comes with its 95% interval by Wilson's method, which
    covers the uncertainty from few texts, not the model's errors. Times are in UTC; one
    that is not understood whole is left out, counted and shown. Periods without texts have no row.
    """
    from emoscope.cli.label_files import bar  # deferred: start-up
    from emoscope.cli.terminal import tell  # deferred: start-up
    from emoscope.cli.trend_table import coverage_lines, show_trends  # deferred: start-up
    from emoscope.errors import MissingExtra  # deferred: start-up
    from emoscope.io.atomic_files import check_output, exists_already  # deferred: start-up
    from emoscope.io.input_files import find_inputs  # deferred: start-up
    from emoscope.trends import TrendOptions, measure_trends  # deferred: start-up
    from emoscope.trends.table import check_table_name, write_table  # deferred: start-up

    options = TrendOptions(
        time=time,
        by=by,
        every=every,
        text=text,
        prefix=prefix,
        rollup=rollup,
        dates=dates,
        labels=_names(labels),
        groups=_names(groups),
        since=since,
        before=before,
        input_format=read_as,
        delimiter=opt.unescaped(delimiter),
        quoting=quoting,
        header=header,
        strict=strict,
    )
    runtime = runtime_options(device, threads, graph)
    if output is not None:
        check_table_name(output)
        check_output(output, find_inputs(files), overwrite=overwrite)
    drawn = None if no_chart else _chart_place(chart, output, files[0])
    if drawn is not None and not (overwrite or (chart is None and output is None)):
        for drawing in (drawn.with_suffix(".png"), drawn.with_suffix(".svg")):
            if drawing.exists():
                raise exists_already(drawing)
    with bar() as progress:
        found = measure_trends(files, options, model or None, progress, runtime=runtime)
    found = _most_frequent(found, top, top_groups)
    few_labels = None if labels or top else _LABELS
    few_groups = None if groups or top_groups else _GROUPS
    shown = _most_frequent(found, few_labels, few_groups)
    if output is not None:
        write_table(found, output, overwrite=overwrite, escape_formulas=escape_formulas)
    width = shutil.get_terminal_size().columns
    show_trends(shown, width=width, whole=not sys.stdout.isatty())
    for line in coverage_lines(found, shown):
        tell(line)
    if output is not None:
        tell(f"table      {output}")
    if drawn is None:
        return
    try:
        tell(f"chart      {draw_chart(shown, drawn)}")
    except MissingExtra as missing:
        if chart is not None:  # asked for by name: the table is there, but the command has failed
            raise
        tell(f"No chart: {missing}")


def draw_chart(trends: Trends, place: Path) -> Path:
    """Draw ``trends`` as PNG and SVG and return the one that ``place`` names.

    Raises :class:`emoscope.errors.MissingExtra` where matplotlib is not installed.
    """
    from emoscope.cli.terminal import tell  # deferred: start-up
    from emoscope.report.figures import trends as trends_figure  # deferred: extra report
    from emoscope.report.style import save_figure  # deferred: extra report

    trends = trends.without_gaps()
    most = trends_figure.MOST_GROUPS
    if len(trends.groups) > most:
        tell(f"The chart shows {most} of {len(trends.groups)} groups, those with the most texts")
        trends = trends.select(groups=trends.frequent_groups(most))
    try:
        save_figure(trends_figure.draw(trends), place.parent, place.stem)
    except OSError as error:
        raise DataError(
            f"Writing {place} failed: {error.strerror or error}. Name another place with --chart."
        ) from error
    return place


def _chart_place(chart: Path | None, output: Path | None, first_input: str) -> Path:
    """Where the chart goes: as given, else beside the table, else where reports go."""
    if chart is None:
        folder = Path("runs", "trends") if output is None else output.parent
        name = Path(first_input if output is None else output).name.removesuffix(".gz")
        stem = re.sub(r"[^\w.-]+", "-", Path(name).stem).strip("-")  # of patterns and of "-"
        return folder / f"{stem or 'trends'}.png"
    if chart.suffix.lower() not in (".png", ".svg"):
        raise DataError(f"{chart}: a chart is written as .png and .svg. Let its name end so.")
    return chart


def _names(joined: str | None) -> tuple[str, ...]:
    """``joy, anger`` as two names."""
    return tuple(name.strip() for name in (joined or "").split(",") if name.strip())


def _most_frequent(trends: Trends, labels: int | None, groups: int | None) -> Trends:
    """So many labels and groups, the most frequent first; None keeps all as they are."""
    return trends.select(
        None if labels is None else trends.frequent_labels(labels),
        None if groups is None else trends.frequent_groups(groups),
    )
