"""``emoscope predict``: texts in, emotions out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from typing import Annotated

import typer


class Form(str, Enum):
    """How predictions are written."""

    auto = "auto"
    bars = "bars"
    table = "table"
    jsonl = "jsonl"
    csv = "csv"


def predict(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, standard input, a text a line.")
    ] = None,
    model: Annotated[str, typer.Option(help="Model folder, run folder or hub id.")] = "",
    form: Annotated[
        Form, typer.Option("--format", help="bars or jsonl for people and programs; auto chooses.")
    ] = Form.auto,
    threshold: Annotated[
        float | None, typer.Option(help="One threshold for all labels instead of the tuned ones.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Give exactly this many labels a text.")] = None,
    taxonomy: Annotated[
        str | None, typer.Option(help="Answer in coarse labels, as ekman or sentiment.")
    ] = None,
) -> None:
    """Find the emotions in texts.

    One text on a terminal is drawn as bars; many are a table; in a pipe, every prediction is a
    line of JSON.
    """
    from emoscope.cli import rendering
    from emoscope.loading import load

    classifier = load(model).with_policy(threshold=threshold, top_k=top_k)
    if taxonomy is not None:
        classifier = classifier.rollup(taxonomy)
    supply = iter(texts) if texts else _lines()
    chosen = form
    if form is Form.auto:
        one = texts is not None and len(texts) == 1
        chosen = (Form.bars if one else Form.table) if sys.stdout.isatty() else Form.jsonl
    rendering.write(chosen.value, classifier, supply, sys.stdout)


def _lines() -> Iterator[str]:
    """Texts on standard input, one a line; broken UTF-8 becomes U+FFFD."""
    if sys.stdin.isatty():
        sys.stderr.write("Type texts, one a line; end with Ctrl-D.\n")
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")
