"""The metrics that a card shows."""

from __future__ import annotations

SHOWN = {
    "multi_label": {
        "macro_f1": "macro-F1",
        "micro_f1": "micro-F1",
        "sample_f1": "sample-F1",
        "subset_accuracy": "subset accuracy",
    },
    "single_label": {
        "accuracy": "accuracy",
        "macro_f1": "macro-F1",
        "weighted_f1": "weighted F1",
    },
}
"""Task -> key of ``metrics.json`` -> name."""
