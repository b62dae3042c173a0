"""The metrics that a card shows."""

from __future__ import annotations

from emoscope.metrics.names import METRIC_NAMES

_KEYS = {
    "multi_label": ("macro_f1", "micro_f1", "sample_f1", "subset_accuracy"),
    "single_label": ("accuracy", "macro_f1", "weighted_f1"),
}
SHOWN = {task: {key: METRIC_NAMES[key] for key in keys} for task, keys in _KEYS.items()}
"""Task -> key of ``metrics.json`` -> name."""
