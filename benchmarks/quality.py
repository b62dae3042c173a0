"""Write benchmarks/quality.md from run folders: what each recipe reaches on test.

    python benchmarks/quality.py runs/* > benchmarks/quality.md

Every number comes from the runs' metrics.json; the commands that made them stand beside them. Runs
of one recipe with several seeds become one row with mean and spread (lowest to highest).
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

Run = dict[str, Any]


def main(folders: Iterable[str]) -> None:
    runs: dict[str, list[Run]] = defaultdict(list)
    for folder in sorted(folders):
        path = Path(folder) / "metrics.json"
        if not path.is_file():
            continue
        run = json.loads(path.read_text(encoding="utf-8"))
        recipe = run["provenance"]["recipe"]
        name = recipe["name"].removesuffix(f"-seed{recipe['seed']}")
        runs[name].append(run)
    print(HEAD.format(date=date.today().isoformat(), machine=machine()))
    tasks = {"multi_label": [], "single_label": []}
    for name, several in runs.items():
        tasks[several[0]["splits"]["test"]["fine"]["task"]].append((name, several))
    print("## Multi-label\n")
    print("| recipe | seeds | macro-F1 | micro-F1 | Ekman macro-F1 | sentiment macro-F1 |"
          " micro-F1 at 0.5 | validation macro-F1 | fit |")  # fmt: skip
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, several in tasks["multi_label"]:
        cells = [
            shown(several, "macro_f1", bounds=True),
            shown(several, "micro_f1", bounds=True),
            shown(several, "macro_f1", "ekman"),
            shown(several, "macro_f1", "sentiment"),
            shown(several, "micro_f1", "at_half"),
            shown(several, "macro_f1", split="validation"),
            minutes(several),
        ]
        print(f"| `{name}` | {seeds(several)} | " + " | ".join(cells) + " |")
    print("\n## Single-label\n")
    print("| recipe | seeds | accuracy | macro-F1 | labels predicted | validation accuracy | fit |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, several in tasks["single_label"]:
        cells = [
            shown(several, "accuracy", bounds=True),
            shown(several, "macro_f1", bounds=True),
            ", ".join(predicted(run) for run in several),
            shown(several, "accuracy", split="validation"),
            minutes(several),
        ]
        print(f"| `{name}` | {seeds(several)} | " + " | ".join(cells) + " |")
    print("\n## Commands\n\n```")
    for several in runs.values():
        for run in several:
            recipe = run["provenance"]["recipe"]
            base = recipe["name"].removesuffix(f"-seed{recipe['seed']}")
            extra = f" --seed {recipe['seed']} --name {recipe['name']}" if recipe["seed"] else ""
            print(f"emoscope train {base}{extra}")
    print("```")


def value(run: Run, metric: str, where: str = "fine", split: str = "test") -> float:
    judged = run["splits"][split]
    found = judged[where] if where in ("fine", "at_half") else judged["rollups"][where]
    return float(found["headline"][metric])


def shown(
    several: list[Run],
    metric: str,
    where: str = "fine",
    split: str = "test",
    *,
    bounds: bool = False,
) -> str:
    found = [value(run, metric, where, split) for run in several]
    mean = sum(found) / len(found)
    if len(found) > 1:
        return f"{mean:.4f} ({min(found):.4f} to {max(found):.4f} over seeds)"
    if bounds:
        low, high = several[0]["splits"][split]["fine"]["intervals"][metric]
        return f"{mean:.4f} (95%: {low:.3f} to {high:.3f})"
    return f"{mean:.4f}"


def predicted(run: Run) -> str:
    rows = run["splits"]["test"]["fine"]["per_label"]
    return f"{sum(row['predicted'] > 0 for row in rows)} of {len(rows)}"


def seeds(several: list[Run]) -> str:
    return ", ".join(str(run["seed"]) for run in several)


def minutes(several: list[Run]) -> str:
    seconds = [run["provenance"]["fit_seconds"] for run in several]
    mean = sum(seconds) / len(seconds)
    return f"{mean / 60:.1f} min" if mean >= 90 else f"{mean:.0f} s"


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, no GPU"


HEAD = """# What the recipes reach

Measured {date} on {machine}.
Each recipe learns from train, fits its policy on validation, and
scores test once. Intervals are bootstrap intervals over test texts; several seeds are given as mean
and spread. Made with `python benchmarks/quality.py runs/*`. Fitting times are those of a machine
that did other work too. Validation figures are those of the policy on the split it was fitted on,
so a little too good.
"""

if __name__ == "__main__":
    main(sys.argv[1:])
