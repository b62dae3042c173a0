"""How far each way to make a model light moves it, and what that costs on validation.

    python benchmarks/quantisation.py runs/minilm-goemotions-seed0 > benchmarks/quantisation.md

RUN holds the model as training left it, with ``onnx/model.onnx``. Differences are of probabilities,
over all validation texts and labels. Macro-F1 and micro-F1 are cross-validated: policies are fitted
on the scores of each graph and judged by texts that they were not fitted on, as the export does it.
Log loss needs no policy, and is less noisy. Test is not touched.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from emoscope.decisions import PolicyOptions, fit_policy
from emoscope.evaluation.judge import examples_for
from emoscope.export import Scheme, quantise
from emoscope.export.activation_ranges import RANGE_TEXTS, activation_ranges, batches_of
from emoscope.export.parity import compare
from emoscope.export.prune import PRUNING_TEXTS, prune
from emoscope.loading.load_model import load
from emoscope.model_folder.file_names import FP32_GRAPH
from emoscope.model_folder.manifest import read_manifest
from emoscope.scorers.onnx import OnnxScorer
from emoscope.tokenizers.window_tokenizer import WindowTokenizer

SHARES = (0.83, 0.75, 0.67, 0.5)
Scores = npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("EMOSCOPE_DATA"))
    asked = parser.parse_args()
    folder = asked.run / "model"
    manifest = read_manifest(folder)
    held_out = examples_for(load(folder), data=asked.data).split("validation")
    tokenizer = WindowTokenizer.load(folder, manifest.max_length or 128)
    graph = onnx.load(str(folder / FP32_GRAPH))

    def ranges_of(model: onnx.ModelProto):
        return activation_ranges(model, batches_of(tokenizer, held_out.texts, RANGE_TEXTS))

    pruning = list(batches_of(tokenizer, held_out.texts, PRUNING_TEXTS))
    options = PolicyOptions(**manifest.policy["fitted_on"]["options"])
    options = replace(options, calibration="none")  # it lies in the last layer

    def measured(model: onnx.ModelProto) -> tuple[Scores, dict[str, float], int]:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "model.onnx"
            path.write_bytes(model.SerializeToString())
            scorer = OnnxScorer(path, tokenizer, manifest.labels, manifest.task)
            scores = scorer.logits(held_out.texts)
            size = path.stat().st_size
        policy = fit_policy(held_out.with_scores(scores), options)
        (row,) = [
            row
            for row in policy.fitted_on["candidates"]
            if (row["thresholds"], row["fallback"]) == (policy.method, policy.fallback)
        ]
        return scores, row, size

    def show(name: str, model: onnx.ModelProto) -> None:
        scores, row, size = measured(model)
        apart = compare(reference, scores, manifest.task)
        loss = row["log_loss"] / len(manifest.labels)
        print(
            f"| {name} | {size / 1e6:.1f} | {apart.mean:.5f} | {apart.greatest:.3f} | "
            f"{loss:.5f} | {row['macro_f1']:.4f} | {row['micro_f1']:.4f} |",
            flush=True,
        )

    reference = measured(graph)[0]
    print("# Ways to make a model light\n")
    print(
        f"{date.today().isoformat()}, {asked.run.name}, {len(held_out):,} validation texts. Made "
        f"with `python benchmarks/quantisation.py runs/{asked.run.name}`.\n"
    )
    print("| way | MB | mean difference | greatest | log loss | macro-F1 | micro-F1 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    show("fp32", graph)
    plain = Scheme("static", "static")
    show("dynamic ranges", quantise.quantise(graph, Scheme("dynamic", "dynamic")))
    show("static ranges", quantise.quantise(graph, plain, ranges_of(graph)))
    for share in SHARES:
        pruned = prune(graph, pruning, share)
        if pruned is not None:
            show(f"fp32, {share:.0%} of the neurons", pruned)
            made = quantise.quantise(pruned, plain, ranges_of(pruned))
            show(f"static ranges, {share:.0%} of the neurons", made)


if __name__ == "__main__":
    main()
