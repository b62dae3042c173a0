"""``emoscope data``: look at a data set before training on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emoscope.cli.overrides import CONTEXT, read_arguments
from emoscope.errors import DataNotFound

if TYPE_CHECKING:
    from emoscope.data.audit import Repeats
    from emoscope.data.describe import Description

app = typer.Typer(help="Look at data.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at data."""


@app.command(
    "describe", context_settings=CONTEXT, options_metavar="DATA [OPTIONS] [--KEY VALUE]..."
)
def describe(
    context: typer.Context,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Beside a data set's name: folder to look in first. Alone: the file or folder."
        ),
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column with the texts.")] = None,
    labels: Annotated[str | None, typer.Option(help="Column with the labels.")] = None,
    label_columns: Annotated[
        str | None, typer.Option(help="Columns holding 0 or 1, one a label: a,b,c.")
    ] = None,
    split_column: Annotated[
        str | None, typer.Option(help="Column that says train, validation or test.")
    ] = None,
    sample: Annotated[
        str | None, typer.Option(help="Stratified subset: train texts (2000) or a share (0.2).")
    ] = None,
    single_label: Annotated[
        bool, typer.Option("--single-label", help="Only the texts with exactly one label.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Show counts, labels, lengths, labels that go together, and what is wrong with the data.

    DATA is goemotions, goemotions-raw, emotion, everyday, hub:OWNER/NAME, a file or a folder. Any
    other key of a recipe's data table is an option too, such as
    [bold]--label-delimiter ";" --task multi_label --min-raters 3[/bold].
    """
    from emoscope.cli.terminal import plain_json, show  # deferred: start-up
    from emoscope.data.describe import describe as describe_examples  # deferred: start-up
    from emoscope.data.load import load_examples  # deferred: start-up
    from emoscope.data.sources import settings_for  # deferred: start-up

    name_or_file, extra = read_arguments(context.args)
    if name_or_file is None:
        if data is None:
            raise DataNotFound(
                "No data was named. Give goemotions, emotion, everyday, hub:OWNER/NAME or a file."
            )
        name_or_file, data = str(data), None
    given: dict[str, Any] = {key.replace("-", "_"): value for key, value in extra.items()}
    named = {
        "text": text,
        "labels": labels,
        "label_columns": label_columns,
        "split_column": split_column,
        "sample": sample,
        "single_label": single_label or None,
    }
    given |= {key: value for key, value in named.items() if value is not None}
    settings = settings_for(name_or_file, given)
    examples = load_examples(settings, data, trainable=False, keep_empty=True)
    description = describe_examples(examples)
    if as_json:
        show(plain_json(description.to_json()))
    else:
        show_description(description)


def show_description(description: Description) -> None:
    """Print a description as short tables."""
    from emoscope.cli.terminal import show, show_table  # deferred: start-up

    kind = description.task.replace("_", "-")
    soft = ", with shares of raters" if description.soft_labels else ""
    show(f"{description.name}: {len(description.labels)} labels, {kind}{soft}")
    for note in description.notes:
        show(f"  {note}")
    splits = list(description.texts)
    show_table(
        ["", *splits],
        [
            ["texts", *(f"{n:,}" for n in description.texts.values())],
            *_labels_a_text(description),
            *_lengths(description),
        ],
    )
    show_table(
        ["label", *splits, "share of texts"],
        [
            [label, *(f"{n:,}" for n in by_split.values()), _share(by_split, description)]
            for label, by_split in description.support.items()
        ],
    )
    if description.pairs:
        show_table(
            ["labels together", "texts", "of the rarer"],
            [
                [f"{p.first} + {p.second}", f"{p.texts:,}", f"{p.share:.0%}"]
                for p in description.pairs
            ],
        )
    _show_audit(description)


def _labels_a_text(description: Description) -> list[list[str]]:
    numbers = sorted({n for counts in description.labels_a_text.values() for n in counts})
    return [
        [f"with {number} label{'' if number == 1 else 's'}"]
        + [f"{counts.get(number, 0):,}" for counts in description.labels_a_text.values()]
        for number in numbers
    ]


def _lengths(description: Description) -> list[list[str]]:
    rows = []
    for unit, lengths in (("characters", description.characters), ("words", description.words)):
        for name in ("median", "percentile_95", "longest"):
            cells = [f"{getattr(each, name):,.0f}" for each in lengths.values()]
            rows.append([f"{unit}, {name.replace('percentile_95', '95% up to')}", *cells])
    return rows


def _share(by_split: dict[str, int], description: Description) -> str:
    return f"{sum(by_split.values()) / sum(description.texts.values()):.1%}"


def _show_audit(description: Description) -> None:
    from emoscope.cli.terminal import show_table  # deferred: start-up

    found = description.audit
    folded = (numbers for _, *numbers in _repeats(found.folded))
    show_table(
        ["repeated texts", "equal", "rows", "conflicting", "folded", "rows", "conflicting"],
        [
            [where, *numbers, *more]
            for (where, *numbers), more in zip(_repeats(found.exact), folded, strict=True)
        ],
        title="folded: equal but for case, Unicode form and white space. "
        "conflicting: texts whose rows have different labels.",
    )
    show_table(
        ["texts that are", *found.empty],
        [
            ["empty", *(f"{n:,}" for n in found.empty.values())],
            ["without label", *(f"{n:,}" for n in found.without_label.values())],
        ],
    )


def _repeats(repeats: Repeats) -> list[list[str]]:
    """(where, texts, rows, conflicting) within each split and across each two."""
    rows = [
        (f"within {each.split}", each.texts, each.surplus_rows, each.conflicting)
        for each in repeats.within
    ] + [
        (f"{each.first}/{each.second}", each.texts, each.rows, each.conflicting)
        for each in repeats.across
    ]
    return [[where, *(f"{n:,}" for n in numbers)] for where, *numbers in rows]
