"""``emoscope human``: annotator agreement with each other and with the released labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def human(
    raw: Annotated[
        list[Path], typer.Option(help="File with single raters' ratings; may be given repeatedly.")
    ],
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds GoEmotions, for the released labels.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Run folder whose model is compared with the raters.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the figure and the table.")] = Path(
        "runs/human-reference"
    ),
) -> None:
    """Measure one rater against the released GoEmotions labels, and rater against rater."""
    from emoscope.cli.terminal import show, show_table, tell  # deferred: start-up
    from emoscope.evaluation.annotator_agreement import released_labels  # deferred: start-up
    from emoscope.evaluation.evaluated_model import open_run  # deferred: start-up
    from emoscope.report import human_report  # deferred: extra report

    model = None if run is None else open_run(run, with_texts=False)
    found = human_report.write_human_reference(raw, released_labels(data, tell), out, model)
    table = human_report.agreement_table(found, model)
    show_table(table.columns, [[str(cell) for cell in row] for row in table.rows])
    show(f"{table.title}.")
    tell(f"label by label  {out / 'human_reference.csv'}")
