"""``emoscope info``: what a model is and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from emoscope.cli import options as opt
from emoscope.errors import ModelFolderError


def info(
    model: opt.ModelArgument = "",
    model_option: Annotated[
        str, typer.Option("--model", help="The same as MODEL, as other commands take it.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print emoscope.json instead.")] = False,
) -> None:
    """Show labels, thresholds, metrics and origin of a model; its files are verified."""
    from emoscope.cli.terminal import plain_json, show, show_table  # deferred: start-up
    from emoscope.decisions import read_policy  # deferred: start-up
    from emoscope.loading.find_model import find_model_folder  # deferred: start-up
    from emoscope.model_folder.file_names import MANIFEST, MANIFEST_BYTES  # deferred: start-up
    from emoscope.model_folder.json_file import (  # deferred: start-up
        parse_json,
        read_regular_file,
    )
    from emoscope.model_folder.manifest import read_manifest  # deferred: start-up

    if model and model_option:
        raise ModelFolderError(
            f"Two models were named, {model} and {model_option}. Name one, as MODEL or --model."
        )
    folder = find_model_folder(model or model_option)
    manifest = read_manifest(folder)
    if as_json:
        path = folder / MANIFEST
        show(plain_json(parse_json(read_regular_file(path, MANIFEST_BYTES), path)))
        return
    policy = read_policy(manifest.policy)
    origin = manifest.provenance
    facts = [
        ("folder", str(folder)),
        ("kind", manifest.kind),
        ("task", manifest.task),
        ("labels", str(len(manifest.labels))),
        ("roll-ups", ", ".join(manifest.taxonomy.rollups) or "none"),
        ("policy", f"{policy.calibration.kind} calibration, {policy.method} thresholds, "
                   f"nothing passes: {policy.fallback}"),
        ("recipe", _value(origin, "recipe", "name")),
        ("data", _value(origin, "data", "name")),
        ("seed", _value(origin, "seed")),
        ("finished", _value(origin, "finished")),
        ("files", f"{len(manifest.files)}, all as saved"),
    ]  # fmt: skip
    split = manifest.metrics.get("split", "test")
    intervals = manifest.metrics.get("intervals", {})
    for name, value in manifest.metrics.get("headline", {}).items():
        interval = "{:.3f} to {:.3f}".format(*intervals[name]) if name in intervals else ""
        facts.append((f"{split} {name}", f"{value:.4f}" + (f" ({interval})" if interval else "")))
    show_table(("fact", "value"), facts, numbers=False)
    show_table(
        ("label", "threshold"),
        [
            (label, f"{threshold:.3f}")
            for label, threshold in zip(policy.labels, policy.thresholds.tolist(), strict=True)
        ],
    )


def _value(table: object, *keys: str) -> str:
    """A value of nested objects, whose form nothing guarantees; "unknown" without it."""
    for key in keys:
        table = table.get(key) if isinstance(table, Mapping) else None
    return "unknown" if table is None else str(table)
