"""How far each way to quantise moves a model, and what that costs on validation.

    python benchmarks/quantisation.py runs/minilm-goemotions-seed0 > benchmarks/quantisation.md

RUN holds the model as training left it, with ``onnx/model.onnx``. Differences are of probabilities,
over all validation texts and labels; macro-F1 is that of a policy fitted anew on the scores of each
graph, on the texts it was fitted on, as the export judges it. Test is not touched.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import onnx

from emoscope.decisions import PolicyOptions, fit_policy
from emoscope.evaluation import examples_for
from emoscope.export import Scheme, quantise
from emoscope.export.calibrate import activation_ranges
from emoscope.export.export import _calibration_batches
from emoscope.export.parity import compare
from emoscope.loading import load
from emoscope.metrics.counts import count, macro
from emoscope.runtime.model_folder import read_manifest
from emoscope.runtime.onnx_scorer import OnnxScorer
from emoscope.runtime.onnx_session import FP32_GRAPH
from emoscope.runtime.tokenizer import WindowTokenizer


@contextmanager
def no_outliers() -> Iterator[None]:
    """Let bytes reach as far as the most outlying channel."""
    before = quantise._FAR_BEYOND
    quantise._FAR_BEYOND = float("inf")
    try:
        yield
    finally:
        quantise._FAR_BEYOND = before


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
    ranges = activation_ranges(graph, _calibration_batches(tokenizer, held_out.texts))
    options = PolicyOptions(**manifest.policy["fitted_on"]["options"])
    options = replace(options, calibration="none")  # it lies in the last layer

    def measured(model: onnx.ModelProto) -> tuple[object, float, int]:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "model.onnx"
            path.write_bytes(model.SerializeToString())
            scorer = OnnxScorer(path, tokenizer, manifest.labels, manifest.task)
            scores = scorer.logits(held_out.texts)
            size = path.stat().st_size
        policy = fit_policy(
            scores, held_out.labels, labels=manifest.labels, task=manifest.task,
            split="validation", options=options,
        )  # fmt: skip
        held = policy.decide(policy.probabilities(scores))
        return scores, float(macro(count(held_out.labels, held).f1)), size

    reference, f1, size = measured(graph)
    print("# Ways to quantise\n")
    print(
        f"{date.today().isoformat()}, {asked.run.name}, {len(held_out):,} validation texts. Made "
        f"with `python benchmarks/quantisation.py {asked.run}`.\n"
    )
    print("| way | MB | mean difference | greatest | validation macro-F1 |")
    print("| --- | --- | --- | --- | --- |")
    print(f"| fp32 | {size / 1e6:.1f} | 0 | 0 | {f1:.4f} |")
    ways = [
        ("dynamic ranges", Scheme("dynamic", "dynamic"), False),
        ("static ranges", Scheme("static", "static", equalise=False), False),
        ("static, channels of layer norms evened out", Scheme("static", "static"), True),
        ("static, evened out, outlying channels behind GELU", Scheme("static", "static"), False),
    ]
    for name, scheme, plain in ways:
        if plain:
            with no_outliers():
                made = quantise.quantise(graph, scheme, ranges)
        else:
            made = quantise.quantise(graph, scheme, ranges)
        scores, f1, size = measured(made)
        apart = compare(reference, scores, manifest.task)
        print(
            f"| {name} | {size / 1e6:.1f} | {apart.mean:.5f} | {apart.greatest:.3f} | {f1:.4f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
