"""``emoscope compare``: paired comparison of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emoscope.cli import options as opt
from emoscope.scorers.runtime_options import runtime_options


def compare(
    runs: Annotated[
        list[Path], typer.Argument(help="Run folders; the others are compared with the first.")
    ],
    split: Annotated[str, typer.Option(help="Split to compare on.")] = "test",
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table for a paper or README.")
    ] = False,
    speed: Annotated[
        bool, typer.Option(help="Measure how many texts a second each model scores.")
    ] = True,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the figure and tables; by default comparison/ beside them."),
    ] = None,
    device: opt.DeviceOption = None,
    threads: opt.ThreadsOption = None,
    graph: opt.GraphOption = None,
) -> None:
    """Compare runs that were scored on the same texts: metrics, paired differences, cost."""
    from emoscope.cli.terminal import show, show_table, tell  # deferred: start-up
    from emoscope.evaluation.paired_comparison import compare_runs  # deferred: start-up
    from emoscope.io.output_folder import check_outputs  # deferred: start-up
    from emoscope.report import comparison_report  # deferred: start-up

    out = out or runs[0].parent / "comparison"
    check_outputs(out, comparison_report.FILES)  # before the work
    comparison = compare_runs(
        runs, split=split, speed=speed, say=tell, runtime=runtime_options(device, threads, graph)
    )
    table = comparison_report.summary_table(comparison)
    figure = comparison_report.write_comparison(comparison, out)
    if markdown:
        show(comparison_report.markdown(table))
    else:
        turned = comparison_report.transposed(table)
        show_table(turned.columns, [[str(cell) for cell in row] for row in turned.rows])
        show(f"{table.title}.")
    tell(f"figure     {figure}")
    tell(f"tables     {figure.parent}")
