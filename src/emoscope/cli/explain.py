"""``emoscope explain``: which words moved which emotion."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from emoscope.cli import options as opt
from emoscope.cli.terminal import printable

if TYPE_CHECKING:
    from rich.text import Text

    from emoscope.inference.explain import Explanation

_BAR = 30
"""Width of the strongest word's bar, in characters."""
_SHOWN = 12
"""Words that get a bar, the strongest ones."""
_LEAST = 0.0005
"""A word that moves the label less gets no bar: 0.0 points."""
_COLOURED = 0.05
"""A word with less than this share of the strongest word's effect keeps its colour."""


def explain(
    text: Annotated[str | None, typer.Argument(help="A text; without it, standard input.")] = None,
    model: opt.ModelOption = "",
    label: Annotated[
        str | None, typer.Option(help="The label to explain; by default the most probable one.")
    ] = None,
    rollup: Annotated[
        str | None, typer.Option(help="Explain a label of a roll-up: ekman or sentiment.")
    ] = None,
    device: opt.DeviceOption = None,
    threads: opt.ThreadsOption = None,
    graph: opt.GraphOption = None,
    as_json: opt.JsonOption = False,
) -> None:
    """Show which words of a text moved an emotion, by leaving out each in turn.

    Green words raise its probability, red ones lower it; a bar is as long as the change of the
    probability without the word.
    """
    from emoscope.cli.terminal import plain_json, show  # deferred: start-up

    if text is None:
        text = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\r\n")
    classifier = opt.open_model(model, device, threads, graph)
    if rollup is not None:
        classifier = classifier.rollup(rollup)
    explanation = classifier.explain(text, label)
    if as_json:
        show(plain_json(explanation.to_json()))
        return
    from rich.console import Console  # deferred: start-up

    console = Console(soft_wrap=True, highlight=False)
    console.print(highlighted(explanation))
    console.print()
    for line in bars(explanation):
        console.print(line)


def highlighted(explanation: Explanation) -> Text:
    """The text, its words coloured by what they did: green for the label, red against it."""
    from rich.text import Text  # deferred: start-up

    coloured, end = Text("  "), 0
    most = max((abs(word.contribution) for word in explanation.words), default=0.0)
    for word in explanation.words:
        coloured.append(printable(explanation.text[end : word.start]))
        style, end = "", word.end
        if abs(word.contribution) >= max(_LEAST, most * _COLOURED):
            strong = "bold " if abs(word.contribution) >= most / 2 else ""
            style = strong + ("black on green" if word.contribution > 0 else "white on red")
        coloured.append(printable(word.text), style)
    coloured.append(printable(explanation.text[end:]))
    return coloured


def bars(explanation: Explanation) -> list[Text]:
    """A heading, then the strongest words with their probability points and bars."""
    from rich.text import Text  # deferred: start-up

    each = "" if explanation.words_each == 1 else f", {explanation.words_each} words at a time"
    lines = [
        Text(
            f"  {printable(explanation.label)} {explanation.probability:.1%} "
            f"({explanation.method}{each})"
        )
    ]
    moved = [word for word in explanation.ranked() if abs(word.contribution) >= _LEAST]
    shown = moved[:_SHOWN]
    if not shown:
        return [*lines, Text("  no word moves it by itself")]
    names = [printable(word.text) for word in shown]
    width = max(map(len, names))
    for name, word in zip(names, shown, strict=True):
        bar = "█" * max(1, round(abs(word.contribution / shown[0].contribution) * _BAR))
        line = Text(f"  {name:<{width}}  {100 * word.contribution:+5.1f} points  ")
        line.append(bar, "green" if word.contribution > 0 else "red")
        lines.append(line)
    if len(moved) > _SHOWN:
        lines.append(Text(f"  and {len(moved) - _SHOWN} more words"))
    return lines
