"""How numbers and names are written in sentences and cells, the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence


def number(value: float | None, digits: int = 3) -> str:
    """``0.4811`` as ``0.481``; what is not defined is a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{digits}f}"


def signed(value: float, digits: int = 3) -> str:
    """A difference with its sign, a real minus included; a rounded zero has none."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0.0:
        return text
    return ("+" if value > 0 else "−") + text


def interval(low: float, high: float, digits: int = 3) -> str:
    """``0.459 to 0.500``."""
    return f"{number(low, digits)} to {number(high, digits)}"


def percent(share: float) -> str:
    """``0.0734`` as ``7.3 %``."""
    return f"{100.0 * share:.1f} %" if math.isfinite(share) else "–"


def count(n: int, one: str, many: str | None = None) -> str:
    """``1 text``, ``5,427 texts``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def joined(names: Sequence[str], limit: int = 6) -> str:
    """``a, b and c``; beyond ``limit`` the number of the others."""
    shown = list(names[:limit])
    if len(names) > limit:
        return f"{', '.join(shown)} and {len(names) - limit} more"
    if len(shown) < 2:
        return "".join(shown) or "none"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


METRIC_NAMES = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "weighted_f1": "weighted F1",
    "sample_f1": "sample-averaged F1",
    "macro_precision": "macro precision",
    "micro_precision": "micro precision",
    "weighted_precision": "weighted precision",
    "sample_precision": "sample-averaged precision",
    "macro_recall": "macro recall",
    "micro_recall": "micro recall",
    "weighted_recall": "weighted recall",
    "sample_recall": "sample-averaged recall",
    "subset_accuracy": "subset accuracy",
    "hamming_loss": "Hamming loss",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "mcc": "Matthews correlation",
    "macro_roc_auc": "macro ROC-AUC",
    "micro_roc_auc": "micro ROC-AUC",
    "weighted_roc_auc": "weighted ROC-AUC",
    "macro_average_precision": "macro average precision",
    "micro_average_precision": "micro average precision",
    "label_ranking_average_precision": "label ranking average precision",
    "top_2_accuracy": "top-2 accuracy",
    "brier": "Brier score",
    "pooled_equal_width": "calibration error, all labels pooled, equal width",
    "pooled_equal_mass": "calibration error, all labels pooled, equal mass",
    "top_label_equal_width": "calibration error, top label, equal width",
    "top_label_equal_mass": "calibration error, top label, equal mass",
    "macro_equal_width": "calibration error, mean over labels, equal width",
    "macro_equal_mass": "calibration error, mean over labels, equal mass",
}
"""Keys of ``metrics.json`` and what a person calls them."""
