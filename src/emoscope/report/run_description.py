"""Main metrics and origin of the run, for the page."""

from __future__ import annotations

from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.metrics.names import MAIN_METRICS, METRIC_NAMES
from emoscope.report.tables import Cell, Table


def subtitle(model: EvaluatedModel) -> str:
    """What was trained, on what."""
    facts = model.provenance
    recipe = facts.get("recipe", {})
    data = facts.get("data", {}).get("name")
    parts = [recipe.get("description") or "", f"Trained on {data}." if data else ""]
    return " ".join(part for part in parts if part)


def main_table(model: EvaluatedModel) -> Table:
    """The main metrics, fine and rolled up."""
    rows: list[tuple[Cell, ...]] = []
    reports = {model.classifier.taxonomy.name: model.report, **model.evaluation.rollups}
    for name, report in reports.items():
        keys = MAIN_METRICS[report.task]
        for key in keys if report is model.report else keys[:2]:
            low, high = report.intervals.get(key, (None, None))
            labels = f"{name} ({len(report.labels)} labels)"
            rows.append((METRIC_NAMES[key], labels, report.headline[key], low, high))
    return Table("main", "Main metrics", ("metric", "labels", "value", "from", "to"), tuple(rows))


def origin(model: EvaluatedModel) -> Table:
    """Recipe, seed, checksums, versions: to reproduce the numbers."""
    facts, manifest = model.provenance, model.manifest
    data = facts.get("data", {})
    rows: list[tuple[Cell, ...]] = [
        ("recipe", str(facts.get("recipe", {}).get("name", "unknown"))),
        ("kind of model", "unknown" if manifest is None else manifest.kind),
        ("task", model.task),
        ("seed", str(facts.get("seed", "unknown"))),
        ("data", str(data.get("name", "unknown"))),
        *((f"{split} texts", n) for split, n in data.get("rows", {}).items()),
        *((f"SHA-256 of {f.get('name')}", str(f.get("sha256"))) for f in data.get("files", ())),
        ("fingerprint of the judged texts", model.evaluation.texts_sha256),
        ("training took", f"{facts.get('fit_seconds', 'unknown')} s"),
        ("finished", str(facts.get("finished", "unknown"))),
        (
            "model folder",
            "unknown" if model.model_bytes is None else f"{model.model_bytes / 1e6:,.1f} MB",
        ),
        (
            "versions",
            ", ".join(f"{k} {v}" for k, v in facts.get("versions", {}).items()) or "unknown",
        ),
    ]
    return Table("origin", "Origin", ("fact", "value"), tuple(rows))
