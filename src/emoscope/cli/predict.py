"""``emoscope predict``: texts in, emotions out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Form(str, Enum):
    """How predictions of texts are written."""

    auto = "auto"
    bars = "bars"
    table = "table"
    jsonl = "jsonl"
    csv = "csv"


def predict(
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            help="Texts, or files of texts; without any, standard input, a text a line."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File for labelled files; its suffix is its format."),
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column of the files with the texts.")] = None,
    model: Annotated[str, typer.Option(help="Model folder, run folder or hub id.")] = "",
    form: Annotated[
        Form, typer.Option("--format", help="bars or jsonl for people and programs; auto chooses.")
    ] = Form.auto,
    threshold: Annotated[
        float | None, typer.Option(help="One threshold for all labels instead of the tuned ones.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Give exactly this many labels a text.")] = None,
    taxonomy: Annotated[
        str | None, typer.Option(help="Answer in coarse labels, as ekman; in files, in both.")
    ] = None,
    wide: Annotated[
        bool, typer.Option("--wide", help="Files: one column of probabilities a label.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Files: stop at a row that cannot be read.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Files: replace an output that is there.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Files: begin anew instead of going on.")
    ] = False,
) -> None:
    """Find the emotions in texts, or label files of them.

    One text on a terminal is drawn as bars; many are a table; in a pipe, every prediction is a
    line of JSON. A file (CSV, TSV, JSON lines, plain text, Parquet, gzip too; - is standard input)
    is labelled row by row: [bold]emoscope predict comments.csv -o labelled.csv[/bold]. Killed, the
    same command goes on where it stopped.
    """
    from emoscope.cli import labelling, rendering
    from emoscope.loading import load

    classifier = load(model).with_policy(threshold=threshold, top_k=top_k)
    if texts and (output is not None or all(map(_is_input, texts))):
        labelling.label(
            classifier,
            texts,
            output,
            text=text,
            taxonomies=() if taxonomy is None else (taxonomy,),
            wide=wide,
            strict=strict,
            overwrite=overwrite,
            restart=restart,
        )
        return
    if taxonomy is not None:
        classifier = classifier.rollup(taxonomy)
    supply = iter(texts) if texts else _lines()
    chosen = form
    if form is Form.auto:
        one = texts is not None and len(texts) == 1
        chosen = (Form.bars if one else Form.table) if sys.stdout.isatty() else Form.jsonl
    rendering.write(chosen.value, classifier, supply, sys.stdout)


def _is_input(argument: str) -> bool:
    """Tell whether an argument names a file, or standard input, and not a text."""
    try:
        return argument == "-" or Path(argument).is_file()
    except OSError:  # longer than a file name may be
        return False


def _lines() -> Iterator[str]:
    """Texts on standard input, one a line; broken UTF-8 becomes U+FFFD."""
    if sys.stdin.isatty():
        sys.stderr.write("Type texts, one a line; end with Ctrl-D.\n")
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")
