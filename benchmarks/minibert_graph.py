"""How quick the graphs of a MiniBERT are, by its sizes and its pooling.

    python benchmarks/minibert_graph.py > benchmarks/minibert_graph.md

Random weights and texts of 20 random tokens, 16 at once and alone, one thread. Graphs take turns,
and the processor time of the thread counts, so that other work on the machine disturbs little.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from machine import machine

from emoscope.export.activation_ranges import activation_ranges
from emoscope.export.quantise import SCHEMES, quantise
from emoscope.export.trace import fused_graph
from emoscope.models.minibert import MiniBertForSequenceClassification
from emoscope.models.minibert_config import MiniBertConfig
from emoscope.scorers.onnx_session import CPU, OnnxSession

WORDS, LABELS, TOKENS, TEXTS = 30_522, 28, 20, 16
ROUNDS, RUNS = 15, 20
COMMON: Mapping[str, Any] = {
    "vocab_size": WORDS, "embedding_size": 384, "num_labels": LABELS, "num_hidden_layers": 2,
}  # fmt: skip
MODELS: Mapping[str, Mapping[str, Any]] = {
    "mean_max": {},
    "first_max": {"pooling": "first_max"},
    "first": {"pooling": "first"},
    "mean_max, 384 neurons": {"intermediate_size": 384},
    "mean_max, 192 channels, 384 neurons": {"hidden_size": 192, "intermediate_size": 384},
    "mean_max, 2 heads": {"num_attention_heads": 2},
    "mean_max, no local mixing": {"local_mixing": False},
    "first_max, 3 blocks": {"pooling": "first_max", "num_hidden_layers": 3},
    "mean_max, 1 block": {"num_hidden_layers": 1},
}
"""What differs from two blocks of 256 channels, 512 neurons and 4 heads with local mixing."""


def main() -> None:
    """Print the page."""
    shapes = ((TEXTS, TOKENS), (1, TOKENS))
    with tempfile.TemporaryDirectory() as folder:
        graphs = {
            (name, kind): opened(graph, Path(folder) / "graph.onnx")
            for name, sizes in MODELS.items()
            for kind, graph in graphs_of(MiniBertConfig(**{**COMMON, **sizes})).items()
        }
    seconds = {shape: timed(graphs, shape) for shape in shapes}
    facts = machine("emoscope", "onnxruntime")
    print("# The graphs of a MiniBERT\n")
    print(", ".join(f"{name} {value}" for name, value in facts.items()) + "\n")
    print("Made with `python benchmarks/minibert_graph.py`: one thread, texts of 20 tokens.\n")
    print("| model | int8, texts a second | ratio | int8, one text, us | fp32, one text, us |")
    print("| --- | --- | --- | --- | --- |")
    many, one = (seconds[shape] for shape in shapes)
    first = many[next(iter(MODELS)), "int8"]
    for name in MODELS:
        bulk = many[name, "int8"]
        alone = [f"{1e6 * one[name, kind]:.0f}" for kind in ("int8", "fp32")]
        print(f"| {name} | {TEXTS / bulk:.0f} | {first / bulk:.2f} | {' | '.join(alone)} |")


def graphs_of(config: MiniBertConfig) -> dict[str, onnx.ModelProto]:
    """Both graphs of a model with random weights."""
    torch.manual_seed(0)
    fp32 = fused_graph(MiniBertForSequenceClassification(config).eval())
    batches = [batch((TEXTS, TOKENS))]
    return {"fp32": fp32, "int8": quantise(fp32, SCHEMES[0], activation_ranges(fp32, batches))}


def batch(shape: tuple[int, int]) -> tuple[Any, Any]:
    """Ids and mask."""
    ids = np.random.default_rng(0).integers(0, WORDS, shape)
    return ids, np.ones_like(ids)


def opened(graph: onnx.ModelProto, file: Path) -> OnnxSession:
    """A session as inference has it."""
    file.write_bytes(graph.SerializeToString())
    return OnnxSession(file, LABELS, CPU, threads=1)


def timed(
    graphs: Mapping[tuple[str, str], OnnxSession], shape: tuple[int, int]
) -> dict[tuple[str, str], float]:
    """Seconds of processor time a batch: of each graph the lower quartile of all rounds."""
    ids, mask = batch(shape)
    found: dict[tuple[str, str], list[float]] = {key: [] for key in graphs}
    for _ in range(ROUNDS):
        for key, session in graphs.items():
            session.run(ids, mask)
            start = time.thread_time()
            for _ in range(RUNS):
                session.run(ids, mask)
            found[key].append((time.thread_time() - start) / RUNS)
    return {key: statistics.quantiles(values, n=4)[0] for key, values in found.items()}


if __name__ == "__main__":
    main()
