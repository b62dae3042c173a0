"""Evaluation of classifiers: metrics, intervals, paired comparison, agreement, error analysis."""
