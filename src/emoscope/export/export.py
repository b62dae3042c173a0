"""Write a trained encoder as ONNX graphs into its own model folder, checked before they count.

The fp32 graph must give torch's probabilities. The int8 graph must keep validation macro-F1, judged
with a policy that is fitted anew on its own scores, which then becomes the folder's. Only when both
hold does anything in the folder change.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from emoscope.card import write_card
from emoscope.data.examples import Examples
from emoscope.data.sample import read_sample
from emoscope.decisions import Policy, PolicyOptions, fit_policy, fit_rollup_policies
from emoscope.errors import DataError, ExportError
from emoscope.export.float_graphs import FloatGraphs, spread
from emoscope.export.parity import PARITY_TEXTS, check_fp32, compare
from emoscope.export.quantise import SCHEMES, Scheme, quantise
from emoscope.export.report import Attempt, ExportReport
from emoscope.export.trace import fused_graph, operators
from emoscope.metrics.counts import count, macro
from emoscope.model_folder.manifest import Manifest, read_manifest, write_manifest
from emoscope.models.torch_scorer import TorchScorer
from emoscope.scorers.onnx import DEFAULT_MAX_LENGTH, OnnxScorer
from emoscope.scorers.onnx_session import FP32_GRAPH, INT8_GRAPH
from emoscope.tokenizers.window_tokenizer import WindowTokenizer

F1_TOLERANCE = 0.005
"""Most validation macro-F1 that int8 may cost."""
MEAN_TOLERANCE = 0.01
"""Most that probabilities may differ on average where no labels tell what it costs."""

Say = Callable[[str], None]
Scores = npt.NDArray[np.float32]


def export_model(
    folder: Path,
    *,
    validation: Examples | None = None,
    schemes: Sequence[Scheme] = SCHEMES,
    say: Say = lambda line: None,
) -> ExportReport:
    """Write ``onnx/model.onnx`` and ``onnx/model_quantized.onnx`` into a model folder.

    ``validation`` brings texts and labels: the first of ``schemes`` whose graph keeps macro-F1
    within :data:`F1_TOLERANCE` of fp32 is kept, and the folder's policy is fitted anew on its
    scores. Without it, texts of the package's sample are used, probabilities may move by
    :data:`MEAN_TOLERANCE` on average, and the policy stays. Without ``schemes``, only the fp32
    graph is written.

    Raises :class:`ExportError` when a graph drifts from the model, with the folder unchanged, and
    :class:`~emoscope.errors.ModelFolderError` when the folder holds no encoder that can be read.
    """
    start = time.perf_counter()
    manifest = read_manifest(folder)
    if manifest.kind != "encoder":
        raise ExportError(
            f"The model in {str(folder)!r} is {manifest.kind}, which has no graph to export: it is "
            "small and fast as it is."
        )
    if validation is not None:
        _check_labels(validation, manifest)
    texts = read_sample().texts if validation is None else validation.texts
    compared = spread(texts, PARITY_TEXTS)
    part = folder / "onnx.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        say("Writing the ONNX graph")
        torch_scorer = TorchScorer.load(folder, manifest)
        graph = fused_graph(torch_scorer.model)
        fp32 = _save(graph, part / Path(FP32_GRAPH).name, folder, manifest)
        say(f"Comparing it with torch on {len(compared)} texts")
        report = ExportReport(
            n_texts=len(compared),
            fp32=check_fp32(torch_scorer, fp32, compared),
            fp32_bytes=fp32.graph.stat().st_size,
            fp32_macro_f1=None,
            operators=operators(graph),
        )
        if schemes:
            report, manifest = _quantised(
                graph, fp32, folder, manifest, validation, texts, schemes, report, say
            )
        report = replace(report, seconds=round(time.perf_counter() - start, 1))
        _publish(part, folder / "onnx")
    finally:
        shutil.rmtree(part, ignore_errors=True)
    provenance = {**manifest.provenance, "export": report.to_json()}
    manifest = replace(manifest, provenance=provenance)
    write_card(folder, manifest)  # it shows the thresholds, and how to run the graph
    write_manifest(folder, manifest)
    return report


def _quantised(
    graph: onnx.ModelProto,
    fp32: OnnxScorer,
    folder: Path,
    manifest: Manifest,
    validation: Examples | None,
    texts: Sequence[str],
    schemes: Sequence[Scheme],
    report: ExportReport,
    say: Say,
) -> tuple[ExportReport, Manifest]:
    """Try ``schemes`` in turn; return the report, and the manifest with the policy refitted."""
    judged = spread(texts, PARITY_TEXTS) if validation is None else list(validation.texts)
    reference = fp32.logits(judged)
    expected = _fitted(manifest, validation, reference)[0]
    report = replace(report, fp32_macro_f1=expected)
    floats = FloatGraphs(graph, fp32.tokenizer, texts)
    attempts: list[Attempt] = []
    for scheme in schemes:
        say(f"Quantising: {scheme.name}")
        source = floats.with_neurons(scheme.neurons)
        if source is None:
            say("There is nothing to leave out, or too few texts to tell what.")
            continue
        ranges = floats.ranges(scheme.neurons) if scheme.activations == "static" else {}
        made = quantise(source, scheme, ranges)
        int8 = _save(made, fp32.graph.with_name(Path(INT8_GRAPH).name), folder, manifest)
        scores = int8.logits(judged)
        difference = compare(reference, scores, manifest.task)
        found, policy = _fitted(manifest, validation, scores)
        if expected is None or found is None:
            accepted = difference.mean <= MEAN_TOLERANCE
        else:
            accepted = found >= expected - F1_TOLERANCE
        size = int8.graph.stat().st_size
        attempts.append(Attempt(scheme.name, difference, found, size, accepted))
        if accepted:
            if policy is not None and validation is not None:
                manifest = _with_policy(manifest, policy, validation, scores)
            return replace(report, attempts=tuple(attempts), operators=operators(made)), manifest
    raise ExportError(_refusal(expected, attempts))


def _refusal(expected: float | None, attempts: Sequence[Attempt]) -> str:
    if expected is None:
        found = ", ".join(f"{a.scheme} {a.difference.mean:.4f}" for a in attempts)
        what = f"moves probabilities by more than {MEAN_TOLERANCE} on average ({found})"
    else:
        found = ", ".join(f"{a.scheme} {a.macro_f1:.4f}" for a in attempts)
        what = f"costs more than {F1_TOLERANCE} of validation macro-F1 {expected:.4f} ({found})"
    return (
        f"Every way to quantise {what}. Nothing was written. Export without int8 instead: "
        "emoscope export --no-int8."
    )


def _fitted(
    manifest: Manifest, validation: Examples | None, scores: Scores
) -> tuple[float | None, Policy | None]:
    """Macro-F1 on validation and the policy behind it, fitted as the folder's was.

    On texts that the policy was not fitted on, where cross-validation chose it: on its own texts
    its F1 goes up and down by half a percent with the smallest change of scores.
    """
    if validation is None:
        return None, None
    asked, folded = _policy_options(manifest), _folded(manifest)
    policy = fit_policy(
        scores,
        validation.labels,
        labels=manifest.labels,
        task=manifest.task,
        split="validation",
        # scores whose calibration is in the graph are probabilities as they are
        options=replace(asked, calibration="none") if folded else asked,
    )
    if folded:
        policy = replace(policy, fitted_on={**policy.fitted_on, **folded, "options": asdict(asked)})
    held_out = policy.held_out_macro_f1
    if held_out is not None:
        return held_out, policy
    decided = policy.decide(policy.probabilities(scores))
    counts = count(validation.labels, decided)
    return float(macro(counts.f1, counts.support)), policy


def _with_policy(
    manifest: Manifest, policy: Policy, validation: Examples, scores: Scores
) -> Manifest:
    """The manifest with a new policy, coarse ones included."""
    whole = fit_rollup_policies(
        policy,
        manifest.taxonomy.rollups.values(),
        scores,
        validation.labels,
        split="validation",
        options=_policy_options(manifest),
    )
    return replace(manifest, policy=whole.to_json())


def _policy_options(manifest: Manifest) -> PolicyOptions:
    """What the folder's policy was asked to be; the defaults where it does not say."""
    return PolicyOptions(**manifest.policy.get("fitted_on", {}).get("options", {}))


def _folded(manifest: Manifest) -> dict[str, Any]:
    """The record of a calibration that the model's last layer holds; empty where it holds none."""
    fitted_on = manifest.policy.get("fitted_on", {})
    return {"folded": fitted_on["folded"]} if "folded" in fitted_on else {}


def _save(graph: onnx.ModelProto, path: Path, folder: Path, manifest: Manifest) -> OnnxScorer:
    """Write a graph, and open it as inference will."""
    try:
        data = graph.SerializeToString()
    except (ValueError, MemoryError) as error:
        raise ExportError(
            f"The graph does not fit into one ONNX file of 2 GB ({error}). "
            "Use a smaller encoder, or run this one with torch."
        ) from error
    path.write_bytes(data)
    tokenizer = WindowTokenizer.load(folder, manifest.max_length or DEFAULT_MAX_LENGTH)
    return OnnxScorer(path, tokenizer, manifest.labels, manifest.task)


def _publish(part: Path, final: Path) -> None:
    """Put the new graphs where the old ones lay."""
    shutil.rmtree(final, ignore_errors=True)
    part.rename(final)


def _check_labels(validation: Examples, manifest: Manifest) -> None:
    if validation.taxonomy.labels != manifest.labels or validation.task != manifest.task:
        raise DataError(
            f"{validation.name} has other labels, or another task, than the model. "
            "Give the data that the model was trained for."
        )
    if (validation.splits == "test").any():
        raise DataError(
            f"{validation.name}: the policy is fitted anew on these texts, and some of them are "
            "of the split test. Give the validation split."
        )
