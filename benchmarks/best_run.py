"""Print the run folder that validation prefers, of several seeds of one recipe.

    python benchmarks/best_run.py runs/minilm-goemotions-seed*

By the macro-F1 of the int8 graph, which is what is shipped, with policies that are cross-validated:
no validation text is judged by a threshold that it helped to choose. Test is not looked at. A run
without an int8 graph is out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def shipped_macro_f1(folder: str) -> float:
    """Validation macro-F1 of the int8 graph of a run, as the export judged it."""
    manifest = json.loads((Path(folder) / "model" / "emoscope.json").read_text(encoding="utf-8"))
    attempts = manifest["provenance"]["export"]["attempts"]
    return max((float(a["macro_f1"]) for a in attempts if a["accepted"]), default=-1.0)


if __name__ == "__main__":
    print(max(sys.argv[1:], key=shipped_macro_f1))
