"""``emoscope info``: what a model is and where it comes from."""

from __future__ import annotations

from typing import Annotated

import typer


def info(
    model: Annotated[str, typer.Argument(help="Model folder, run folder or hub id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print emoscope.json instead.")] = False,
) -> None:
    """Show labels, thresholds, metrics and origin of a model; its files are verified."""
    import json

    from emoscope.cli.terminal import show, show_table
    from emoscope.decisions import Policy
    from emoscope.loading.load_model import find_model_folder
    from emoscope.model_folder.manifest import MANIFEST, read_manifest

    folder = find_model_folder(model)
    manifest = read_manifest(folder)
    if as_json:
        show(json.dumps(json.loads((folder / MANIFEST).read_bytes()), ensure_ascii=False))
        return
    policy = Policy.from_json(manifest.policy)
    origin = manifest.provenance
    facts = [
        ("folder", str(folder)),
        ("kind", manifest.kind),
        ("task", manifest.task),
        ("labels", str(len(manifest.labels))),
        ("roll-ups", ", ".join(manifest.taxonomy.rollups) or "none"),
        ("policy", f"{policy.calibration.kind} calibration, {policy.method} thresholds, "
                   f"nothing passes: {policy.when_empty}"),
        ("recipe", str(origin.get("recipe", {}).get("name", "unknown"))),
        ("data", str(origin.get("data", {}).get("name", "unknown"))),
        ("seed", str(origin.get("seed", "unknown"))),
        ("finished", str(origin.get("finished", "unknown"))),
        ("files", f"{len(manifest.files)}, all as saved"),
    ]  # fmt: skip
    metrics = manifest.metrics
    for name, value in metrics.get("headline", {}).items():
        low, high = metrics.get("intervals", {}).get(name, (None, None))
        interval = "" if low is None else f" ({low:.3f} to {high:.3f})"
        facts.append((f"{metrics['split']} {name}", f"{value:.4f}{interval}"))
    show_table(("fact", "value"), facts, numbers=False)
    show_table(
        ("label", "threshold"),
        [
            (label, f"{threshold:.3f}")
            for label, threshold in zip(policy.labels, policy.thresholds.tolist(), strict=True)
        ],
    )
