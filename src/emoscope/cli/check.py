"""``emoscope check``: tests of behaviour."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emoscope.cli import options as opt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emoscope.evaluation.behaviour.result import BehaviourResult, Failure


def check(
    model: opt.ModelArgument = "",
    cases: Annotated[
        list[Path] | None,
        typer.Option("--cases", help="JSON lines with cases of your own; may be given repeatedly."),
    ] = None,
    only_cases: Annotated[
        bool, typer.Option("--only-cases", help="Run the cases of --cases without the suite.")
    ] = False,
    failures: Annotated[
        int, typer.Option("--failures", min=0, help="Examples that fail to show in the table.")
    ] = 10,
    output_format: Annotated[
        Literal["table", "json"],
        typer.Option("--format", help="table, or json with every case that fails."),
    ] = "table",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for behaviour.json; in a run folder, `report` shows it."),
    ] = None,
    device: opt.DeviceOption = None,
    threads: opt.ThreadsOption = None,
    graph: opt.GraphOption = None,
) -> None:
    """Test how a model behaves: emoji, negation, irony, names, typing errors and more.

    Minimum functionality: texts whose labels are known. Invariance: a greeting, a typing error or a
    name must not change the answer. Direction: negation, emoji and intensifiers must move a label's
    probability.
    """
    from emoscope.cli.terminal import plain_json, show  # deferred: start-up
    from emoscope.errors import DataError  # deferred: start-up
    from emoscope.evaluation.behaviour.read_cases import (  # deferred: start-up
        read_cases,
        read_suite,
    )
    from emoscope.evaluation.behaviour.result import FILE  # deferred: start-up
    from emoscope.evaluation.behaviour.run_suite import run_suite  # deferred: start-up
    from emoscope.evaluation.saved_run import is_run  # deferred: start-up
    from emoscope.io.output_folder import check_outputs  # deferred: start-up

    if only_cases and not cases:
        raise DataError("--only-cases was given without cases. Name a file with --cases FILE.")
    if out is not None and not is_run(out):  # before the work
        check_outputs(out, (FILE,))
    classifier = opt.open_model(model, device, threads, graph)
    suite = [] if only_cases else read_suite()
    for path in cases or ():
        suite += read_cases(path, classifier.labels)
    result = run_suite(classifier, suite)
    saved = None if out is None else result.save(out)
    if output_format == "json":
        show(plain_json(result.to_json()))
        return
    _show(result, model or "default", failures)
    if saved is not None:
        show(f"behaviour  {saved}")


def _show(result: BehaviourResult, title: str, failures: int) -> None:
    from emoscope.cli.terminal import show, show_table  # deferred: start-up
    from emoscope.errors import listing  # deferred: start-up
    from emoscope.metrics.formatting import percent  # deferred: start-up

    show_table(
        ("kind", "passed", "cases", "rate", "95% interval"),
        [
            (
                _name(each.kind) if each.capability is None else f"  {each.capability}",
                f"{each.passed:,}",
                f"{each.cases:,}",
                percent(each.rate),
                " to ".join(map(percent, each.interval)),
            )
            for each in result.rates
        ],
        title=title,
    )
    if result.skipped:
        show(
            f"{result.skipped:,} cases were skipped: they need labels that the model does not have "
            f"({listing(result.missing_labels)})."
        )
    chosen = result.varied_failures(failures)
    if chosen:
        show(f"{len(chosen):,} of {len(result.failures):,} cases that fail:")
    for failure in chosen:
        show("\n".join(_lines(failure)))


def _name(kind: str) -> str:
    return kind.replace("_", " ")


def _lines(failure: Failure) -> Iterator[str]:
    yield f"\n{failure.where}  {_name(failure.kind)}, {failure.capability}: {failure.expected}"
    for each in failure.answers:
        held = ", ".join(each.labels) or "no label"
        yield f"  {' '.join(each.text.split())}"
        yield f"    {held}; {each.label} {each.probability:.1%}"
