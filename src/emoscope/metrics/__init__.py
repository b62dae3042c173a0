"""Metrics of labels and probabilities, with intervals. Needs numpy only."""

from __future__ import annotations

from emoscope.metrics.bootstrap import PairedDifference, bootstrap_intervals, compare_paired
from emoscope.metrics.reliability import ReliabilityBins, reliability_bins, top_label_bins
from emoscope.metrics.report import LabelRow, MetricsReport, evaluate

__all__ = [
    "LabelRow",
    "MetricsReport",
    "PairedDifference",
    "ReliabilityBins",
    "bootstrap_intervals",
    "compare_paired",
    "evaluate",
    "reliability_bins",
    "top_label_bins",
]
