"""Which ONNX graph of an encoder is kept: the first whose policy keeps macro-F1 on validation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emoscope.data.examples import Examples
from emoscope.decisions import Policy
from emoscope.errors import ExportError
from emoscope.metrics.counts import count, macro
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scores

if TYPE_CHECKING:
    from emoscope.export import Attempt, ExportedGraph, ExportReport, Scheme
    from emoscope.models.torch_scorer import TorchScorer

F1_TOLERANCE = 0.005
"""Most validation macro-F1 that int8 may cost."""
MEAN_TOLERANCE = 0.01
"""Most that probabilities may differ on average where there are no labels to measure F1 with."""

Say = Callable[[str], None]
FitPolicy = Callable[[Scores], Policy]


@dataclass(frozen=True, eq=False)
class ChosenGraph:
    """The graph that will be used, already in the model folder."""

    scores: Scores
    """Its scores of the examples, shape (n_texts, n_labels)."""
    policy: Policy | None
    """Fitted on these scores; None where no policy was to be fitted."""
    report: ExportReport


def choose_graph(
    scorer: TorchScorer,
    examples: Examples,
    expected: Scores,
    folder: Path,
    schemes: Sequence[Scheme],
    fit: FitPolicy | None,
    say: Say,
    options: RuntimeOptions | None = None,
) -> ChosenGraph:
    """Export ``scorer`` into ``folder`` and keep the first int8 graph that is good enough.

    ``expected`` are the scorer's own scores of ``examples``, shape (n_texts, n_labels). With
    ``fit``, which fits a policy on scores of the examples, a graph is accepted when its
    cross-validated macro-F1 stays within :data:`F1_TOLERANCE` of fp32; without it, when
    probabilities move by :data:`MEAN_TOLERANCE` at most on average. Without ``schemes`` only the
    fp32 graph is made.

    Raises :class:`ExportError`, with the folder unchanged, when the fp32 graph differs from the
    model or no int8 graph is accepted.
    """
    from emoscope.export import Attempt, ExportReport, exporting  # deferred: extra train

    start = time.perf_counter()
    with exporting(scorer, examples, expected, folder, say, options) as graphs:
        fp32 = graphs.fp32
        chosen, policy, attempts = fp32, fit(fp32.scores) if fit else None, []
        fp32_f1 = None if policy is None else held_out_macro_f1(policy, examples, fp32.scores)
        for graph in graphs.quantised(schemes):
            own = fit(graph.scores) if fit else None
            f1 = None if own is None else held_out_macro_f1(own, examples, graph.scores)
            accepted = _is_good(graph, f1, fp32_f1)
            attempts.append(Attempt(graph.name, graph.difference, f1, graph.bytes, accepted))
            if accepted:
                chosen, policy = graph, own
                break
        if schemes and chosen is fp32:
            raise ExportError(_refusal(fp32_f1, attempts))
        report = ExportReport(
            n_texts=len(examples),
            fp32=fp32.difference,
            fp32_bytes=fp32.bytes,
            fp32_macro_f1=fp32_f1,
            attempts=tuple(attempts),
            operators=chosen.operators,
        )
        graphs.publish(folder, int8=chosen is not fp32)
    report = replace(report, seconds=round(time.perf_counter() - start, 1))
    return ChosenGraph(chosen.scores, policy, report)


def held_out_macro_f1(policy: Policy, examples: Examples, scores: Scores) -> float:
    """Macro-F1 on validation by cross-validation, where that chose the policy.

    On the texts that a policy was fitted on, its F1 moves by half a percent with the smallest
    change of scores. Without cross-validation there is no other.
    """
    if policy.held_out:
        return float(policy.held_out["macro_f1"])
    counts = count(examples.labels, policy.decide_scores(scores))
    return float(macro(counts.f1, counts.support))


def _is_good(graph: ExportedGraph, f1: float | None, fp32_f1: float | None) -> bool:
    if f1 is None or fp32_f1 is None:
        return graph.difference.mean <= MEAN_TOLERANCE
    return f1 >= fp32_f1 - F1_TOLERANCE


def _refusal(fp32_f1: float | None, attempts: Sequence[Attempt]) -> str:
    if fp32_f1 is None:
        found = ", ".join(f"{a.scheme} {a.difference.mean:.4f}" for a in attempts)
        what = f"moves probabilities by more than {MEAN_TOLERANCE} on average ({found})"
    else:
        found = ", ".join(f"{a.scheme} {a.macro_f1:.4f}" for a in attempts)
        what = f"costs more than {F1_TOLERANCE} of validation macro-F1 {fp32_f1:.4f} ({found})"
    return (
        f"Every way to quantise {what}. Nothing was written. Export without int8 instead: "
        "emoscope export --no-int8."
    )
