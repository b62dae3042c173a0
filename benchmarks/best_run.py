"""Print the run folder that validation prefers, of several seeds of one recipe.

    python benchmarks/best_run.py runs/minilm-goemotions-seed*

By the metric that chose each run's epoch, which is cross-fitted: no validation text is judged by a
threshold that it helped to choose. Test is not looked at.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path


def best(folder: str) -> float:
    """The best validation macro-F1 among the epochs of a run."""
    with (Path(folder) / "history.csv").open(encoding="utf-8", newline="") as file:
        return max(float(row["macro_f1"]) for row in csv.DictReader(file))


if __name__ == "__main__":
    print(max(sys.argv[1:], key=best))
