"""Judging classifiers: metrics, intervals, paired comparison, agreement, error analysis."""
