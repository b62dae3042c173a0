"""Tests of behaviour on the page: pass rates, and cases that fail."""

from __future__ import annotations

from collections.abc import Iterable

from emoscope.evaluation.behaviour.result import BehaviourResult, Failure
from emoscope.metrics.formatting import count, percent
from emoscope.report.error_analysis import ON_PAGE, ErrorSection
from emoscope.report.tables import Table

_COLUMNS = ("kind", "capability", "expected", "text", "answer", "case")


def pass_rates(result: BehaviourResult) -> Table:
    """Pass rates with Wilson intervals: each kind, then its capabilities."""
    return Table(
        "behaviour",
        "Tests of behaviour",
        ("kind", "capability", "passed", "cases", "rate", "low", "high"),
        tuple(
            (
                each.kind.replace("_", " "),
                each.capability or "all",
                each.passed,
                each.cases,
                each.rate,
                *each.interval,
            )
            for each in result.rates
        ),
    )


def failing_cases(result: BehaviourResult) -> ErrorSection:
    """Pass rate of each kind in words; the page shows some failing cases, the file all of them."""
    rates = [
        f"{each.kind.replace('_', ' ')} {percent(each.rate)} of {count(each.cases, 'case')}"
        for each in result.rates
        if each.capability is None
    ]
    skipped = f" {count(result.skipped, 'case')} skipped: the model lacks their labels."
    return ErrorSection(
        "Tests of behaviour that fail",
        f"Passed: {', '.join(rates)}.{skipped if result.skipped else ''}",
        shown=_table(result.varied_failures(ON_PAGE)),
        saved=_table(result.failures),
    )


def _table(failures: Iterable[Failure]) -> Table:
    return Table(
        "behaviour_failures",
        "Tests of behaviour that fail",
        _COLUMNS,
        tuple(
            (
                failure.kind.replace("_", " "),
                failure.capability,
                failure.expected,
                each.text,
                f"{', '.join(each.labels) or 'no label'}; {each.label} {percent(each.probability)}",
                failure.where,
            )
            for failure in failures
            for each in failure.answers
        ),
    )
