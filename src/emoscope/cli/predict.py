"""``emoscope predict``: texts in, emotions out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emoscope.cli import options as opt
from emoscope.cli import slurm as cluster
from emoscope.errors import DataError

if TYPE_CHECKING:
    from emoscope.io.formats import Format


Form = Literal["auto", "bars", "table", "jsonl", "csv"]
"""How predictions of texts are written."""


def predict(
    context: typer.Context,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            help="Texts, or files of texts, or patterns of files in quotes; without any, standard "
            "input, a text a line."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File for labelled files; its suffix is its format."),
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column of the files with the texts.")] = None,
    model: opt.ModelOption = "",
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="bars or table for people, jsonl or csv for programs; auto chooses. Files into a "
            "pipe: jsonl or csv, without it as they came.",
        ),
    ] = "auto",
    read_as: opt.SourceOption = None,
    delimiter: opt.DelimiterOption = None,
    quoting: opt.QuotingOption = None,
    header: opt.HeaderOption = None,
    threshold: Annotated[
        float | None, typer.Option(help="One threshold for all labels instead of the tuned ones.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Give exactly this many labels a text.")] = None,
    rollup: Annotated[
        str | None,
        typer.Option(
            help="Answer in the labels of a roll-up, as ekman; in files, jsonl and csv in both."
        ),
    ] = None,
    device: opt.DeviceOption = None,
    threads: opt.ThreadsOption = None,
    graph: opt.GraphOption = None,
    wide: Annotated[
        bool, typer.Option("--wide", help="One column of probabilities a label.")
    ] = False,
    prefix: Annotated[str, typer.Option(help="Goes before the name of every added column.")] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Files: stop at a row that cannot be read.")
    ] = False,
    overwrite: opt.OverwriteOption = False,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Files: discard the rows of an interrupted job."),
    ] = False,
    escape_formulas: opt.EscapeOption = False,
    slurm: cluster.SlurmOption = None,
    wait: cluster.WaitOption = False,
    dry_run: cluster.DryRunOption = False,
) -> None:
    """Find the emotions in texts, or label files of them.

    One text on a terminal is drawn as bars; many are a table; in a pipe, every prediction is a
    line of JSON. A file (CSV, TSV, JSON lines, plain text, Parquet, gzip too; - is standard input)
    is labelled row by row: [bold]emoscope predict comments.csv -o labelled.csv[/bold]. Killed, the
    same command goes on where it stopped.

    Files keep their columns, and get these: [bold]labels[/bold] that hold, [bold]top_label[/bold],
    the most probable one, [bold]notes[/bold], what is odd about the text, [bold]error[/bold], why
    a row could not be read, and [bold]probabilities[/bold], with --wide
    [bold]probability_joy[/bold] and so on; with --rollup ekman also [bold]ekman_labels[/bold],
    [bold]ekman_top_label[/bold] and [bold]ekman_probabilities[/bold]. Texts as csv and jsonl get
    the same.

    With [bold]--slurm[/bold] and a folder for -o, each file is labelled by a job of its own.
    """
    options_of_files = output, text, read_as, strict, overwrite, restart
    of_reading = delimiter, quoting, header
    said = any(options_of_files) or any(each is not None for each in of_reading)
    are_files = _are_files(texts or (), said=said)
    if cluster.is_submitted(slurm, wait=wait, dry_run=dry_run):
        from emoscope.cli.label_jobs import label_submission  # deferred: start-up
        from emoscope.loading.find_model import find_model_folder  # deferred: start-up

        find_model_folder(model)  # it is opened where the job runs
        submission = label_submission(
            cluster.words_of(context),
            (texts or ["-"]) if are_files else ["-"],
            output,
            read_as=read_as,
            written=_format_of_files(form),
            overwrite=overwrite,
        )
        cluster.submit(context, slurm, submission, wait=wait, dry_run=dry_run)
        return
    classifier = opt.open_model(model, device, threads, graph)
    classifier = classifier.with_policy(threshold=threshold, top_k=top_k)
    if are_files:
        from emoscope.batch.options import LabelOptions  # deferred: start-up
        from emoscope.cli import label_files as labelling  # deferred: start-up

        options = LabelOptions(
            text=text,
            input_format=read_as,
            delimiter=opt.unescaped(delimiter),
            quoting=quoting,
            header=header,
            output_format=_format_of_files(form),
            probabilities="wide" if wide else "object",
            rollups=() if rollup is None else (rollup,),
            prefix=prefix,
            strict=strict,
            overwrite=overwrite,
            restart=restart,
            escape_formulas=escape_formulas,
        )
        labelling.label(classifier, texts or ["-"], output, options)
        return
    from emoscope.cli import rendering  # deferred: start-up

    supply = iter(texts) if texts else _lines()
    chosen = form
    if form == "auto":
        one = texts is not None and len(texts) == 1
        for_people = sys.stdout.isatty() and not (wide or prefix)
        chosen = ("bars" if one else "table") if for_people else "jsonl"
    if escape_formulas and chosen != "csv":
        raise DataError("Formulas are escaped in CSV only. Add --format csv.")
    if chosen in ("bars", "table"):
        if wide or prefix:
            raise DataError(
                f"--wide and --prefix change columns, and {chosen} has none. Choose --format "
                "csv or jsonl."
            )
        if rollup is not None:
            classifier = classifier.rollup(rollup)
        if chosen == "bars":
            rendering.write_bars(classifier, supply)
        else:
            rendering.write_table(classifier, supply)
        return
    from emoscope.cli.text_rows import write_rows  # deferred: start-up

    rollups = () if rollup is None else (rollup,)
    write_rows(
        classifier,
        supply,
        sys.stdout.buffer,
        chosen,
        rollups=rollups,
        wide=wide,
        prefix=prefix,
        escape_formulas=escape_formulas,
    )


def _are_files(arguments: Sequence[str], *, said: bool) -> bool:
    """Tell whether the arguments are files, as an option of files has ``said``, and not texts.

    Raises :class:`DataError` for some of each.
    """
    if said:
        return True
    texts = [argument for argument in arguments if not _is_input(argument)]
    if 0 < len(texts) < len(arguments):
        file = next(argument for argument in arguments if argument not in texts)
        raise DataError(
            f"{file!r} is a file, and {texts[0]!r} looks like a text. Give files, or texts. Should "
            "all be files, say where to: -o labelled.csv. Should all be texts, send them to "
            "standard input, one a line."
        )
    return bool(arguments) and not texts


def _is_input(argument: str) -> bool:
    """Tell whether an argument names a file, or standard input, and not a text.

    One word that ends as files do is a file, there or not, and may be a pattern: "coments.csv" is
    a slip, not a text.
    """
    try:
        path = Path(argument)
        if argument == "-" or (path.exists() and not path.is_dir()):
            return True
    except OSError:  # longer than a file name may be
        return False
    if len(argument.split()) != 1:
        return False
    from emoscope.io.formats import has_known_suffix  # deferred: start-up

    return has_known_suffix(path)


def _format_of_files(form: Form) -> Format | None:
    if form == "bars" or form == "table":
        raise DataError(f"Files are not drawn as {form}. Leave --format out, or give csv or jsonl.")
    return None if form == "auto" else form


def _lines() -> Iterator[str]:
    """Texts on standard input, one a line; broken UTF-8 becomes U+FFFD."""
    if sys.stdin.isatty():
        sys.stderr.write("Type texts, one a line; end with Ctrl-D.\n")
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")
