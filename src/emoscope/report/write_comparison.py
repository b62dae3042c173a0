"""Writing a comparison: two tables as CSV and one figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emoscope.evaluation.intervals import Estimates
from emoscope.evaluation.paired_comparison import RunComparison
from emoscope.io.output_folder import own_outputs
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.comparison_tables import all_metrics, by_label
from emoscope.report.figures import comparison as comparison_figure
from emoscope.report.style import save_figure

FILES = ("comparison.csv", "comparison_labels.csv", "comparison.png", "comparison.svg")


def write_comparison(comparison: RunComparison, out: Path) -> Path:
    """Write ``comparison`` as CSV, PNG and SVG and ``comparison_labels.csv``; return the PNG.

    Raises :class:`DataError` where files of these names are there that emoscope did not write.
    """
    own_outputs(out, FILES)
    all_metrics(comparison).save(out)
    by_label(comparison).save(out)
    metrics = {}
    for each in comparison.runs:
        report = each.model.report
        ends = [report.intervals.get(key, (np.nan, np.nan)) for key in comparison.metrics]
        metrics[each.name] = Estimates(
            np.array([report.headline[key] for key in comparison.metrics]),
            np.array([low for low, _ in ends]),
            np.array([high for _, high in ends]),
        )
    differences = {
        each.name: each.by_label.f1 for each in comparison.runs if each.by_label is not None
    }
    figure = comparison_figure.draw(
        [METRIC_NAMES[key] for key in comparison.metrics],
        metrics,
        comparison.labels,
        differences,
    )
    png, _ = save_figure(figure, out, "comparison")
    return png
