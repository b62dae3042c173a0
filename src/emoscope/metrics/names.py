"""Keys of ``metrics.json``, their names in tables and figures, and which are shown first."""

from __future__ import annotations

from emoscope.taxonomy import Task

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

MAIN_METRICS: dict[Task, tuple[str, ...]] = {
    "multi_label": ("macro_f1", "micro_f1", "sample_f1", "weighted_f1", "subset_accuracy"),
    "single_label": ("accuracy", "macro_f1", "weighted_f1", "balanced_accuracy", "mcc"),
}
"""The metrics that the terminal, a report and a comparison show, the headline first."""
