"""How fast a model runs with emoscope, against the transformers pipeline.

    python benchmarks/inference_speed.py MODEL_FOLDER --data DIR [--against FOLDER] [--out PAGE]

MODEL_FOLDER holds a model of the package as training left it, with ``model.safetensors``: the
weights that both sides run, unless FOLDER holds others for the pipeline. DIR (or EMOSCOPE_DATA)
holds ``goemotions/test.tsv``. Every measurement runs in a fresh process, one after the other, and
is the median of ``--repeats``. Run it on an otherwise idle machine: under load, torch's threads
wait for each other and every ratio flatters emoscope. The load is recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from machine import machine

PIPELINE_BATCHES = (1, 8, 32, 64)
LIBRARIES = ("emoscope", "onnxruntime", "tokenizers", "torch", "transformers")
LATENCY_TEXTS = 300
ONE_TEXT = "I can't believe you did that for me, thank you!"
PRODUCT_SHAPE = (304, 384, 1536)
"""Rows, inputs and outputs of the product whose rate counts as the machine's: 16 texts at once."""


def main() -> None:
    """Measure everything and write the page; or, as a child process, measure one thing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--against", type=Path, help="Model folder that the pipeline runs.")
    parser.add_argument("--data", type=Path, default=os.environ.get("EMOSCOPE_DATA"))
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--texts", type=int, help="Use fewer of the test texts, for a trial.")
    parser.add_argument("--many", type=int, default=1_000_000, help="Texts of the memory test.")
    parser.add_argument("--no-size", action="store_true", help="Skip installing into fresh venvs.")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data, or set EMOSCOPE_DATA")
    options.against = options.against or options.model
    if options.measure:
        name, _, argument = options.measure.partition(":")
        print(json.dumps(MEASURES[name](options, argument)))
        return
    results = measure_all(options)
    options.out.write_text(page(results), encoding="utf-8")
    print(page(results))


def measure_all(options: argparse.Namespace) -> dict[str, Any]:
    """Run every measurement in a process of its own."""
    found: dict[str, Any] = {"load": {}, "machine": machine(*LIBRARIES)}
    names = [f"pipeline:{size}" for size in PIPELINE_BATCHES]
    names += ["naive", "whole", "bulk", "latency_pipeline", "latency", "products"]
    names += [f"memory:{10_000}", f"memory:{options.many}"]
    for name in names:
        found["load"][name] = round(os.getloadavg()[0], 1)
        found[name] = child(options, name)
        print(f"{name:20} {found[name]}", file=sys.stderr)
    found["many"] = options.many
    found["cold"] = cold(options, [*EMOSCOPE, str(options.model)])
    found["cold_pipeline"] = cold(options, pipeline_command(options.against))
    found["size"] = None if options.no_size else installed_sizes()
    return found


def child(options: argparse.Namespace, name: str) -> Any:
    """Measure ``name`` in a fresh process."""
    command = [sys.executable, __file__, str(options.model), "--data", str(options.data)]
    command += ["--against", str(options.against), "--repeats", str(options.repeats)]
    command += ["--measure", name]
    if options.texts:
        command += ["--texts", str(options.texts)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{name} failed")
    return json.loads(done.stdout.splitlines()[-1])


def test_texts(options: argparse.Namespace) -> list[str]:
    """The GoEmotions test texts."""
    from emoscope.data.load import load_examples
    from emoscope.data.settings import data_settings

    folder = options.data / "goemotions"
    examples = load_examples(data_settings({"name": "goemotions"}), folder)
    return list(examples.split("test").texts)[: options.texts]


def rate(options: argparse.Namespace, label: Callable[[list[str]], object]) -> float:
    """Texts a second, median of repeats after a warm-up."""
    texts = test_texts(options)
    label(texts[:64])
    seconds = []
    for _ in range(options.repeats):
        start = time.perf_counter()
        label(texts)
        seconds.append(time.perf_counter() - start)
    return len(texts) / statistics.median(seconds)


def pipeline_of(model: Path) -> Any:
    """The transformers pipeline, giving every label's probability as emoscope does."""
    import transformers

    import emoscope.models.mean_pooling  # noqa: F401  (registers its architecture)

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers.pipeline(
        "text-classification", str(model), top_k=None, function_to_apply="sigmoid"
    )


def bulk_pipeline(options: argparse.Namespace, batch: str) -> float:
    """The pipeline at one batch size."""
    pipeline = pipeline_of(options.against)
    return rate(options, lambda texts: pipeline(texts, batch_size=int(batch)))


def bulk_naive(options: argparse.Namespace, _: str) -> float:
    """The fp32 graph in batches of 32 in the order given, padded to the longest of each."""
    import numpy as np
    import onnxruntime

    from emoscope.model_folder.file_names import FP32_GRAPH
    from emoscope.model_folder.manifest import read_manifest
    from emoscope.tokenizers.window_tokenizer import WindowTokenizer

    manifest = read_manifest(options.model)
    tokenizer = WindowTokenizer.load(options.model, manifest.max_length or 128)
    session = onnxruntime.InferenceSession(
        str(options.model / FP32_GRAPH), providers=["CPUExecutionProvider"]
    )

    def label(texts: list[str]) -> object:
        found = []
        for start in range(0, len(texts), 32):
            ids, mask = tokenizer.pad(tokenizer.windows(texts[start : start + 32]).ids)
            found.append(session.run(None, {"input_ids": ids, "attention_mask": mask})[0])
        return np.concatenate(found)

    return rate(options, label)


def bulk_emoscope(options: argparse.Namespace, _: str) -> float:
    """Through the public API, predictions and all."""
    import emoscope

    classifier = emoscope.load(options.model)
    return rate(options, classifier.predict)


def bulk_whole(options: argparse.Namespace, _: str) -> float:
    """The same with an int8 graph that has all neurons, if the model's leaves some out."""
    import emoscope
    from emoscope.export import schemes_with
    from emoscope.training.finalize import export_again

    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "model"
        shutil.copytree(options.model, whole)
        export_again(whole, schemes=schemes_with(1.0))
        return rate(options, emoscope.load(whole).predict)


def latency_of(options: argparse.Namespace, label: Callable[[str], object]) -> float:
    """Median milliseconds of one text, warm."""
    texts = test_texts(options)[:LATENCY_TEXTS]
    for text in texts[:20]:
        label(text)
    medians = []
    for _ in range(options.repeats):
        seconds = []
        for text in texts:
            start = time.perf_counter()
            label(text)
            seconds.append(time.perf_counter() - start)
        medians.append(1000 * statistics.median(seconds))
    return statistics.median(medians)


def latency_pipeline(options: argparse.Namespace, _: str) -> float:
    """One text through the pipeline."""
    return latency_of(options, pipeline_of(options.against))


def latency_emoscope(options: argparse.Namespace, _: str) -> float:
    """One text through the public API."""
    import emoscope

    return latency_of(options, emoscope.load(options.model))


def products(options: argparse.Namespace, _: str) -> dict[str, float]:
    """Rate of the machine's int8 product on all cores, and the share that labelling reaches."""
    from emoscope.model_folder.manifest import read_manifest
    from emoscope.scorers.onnx import OnnxScorer

    scorer = OnnxScorer.load(options.model, read_manifest(options.model))
    texts = test_texts(options)
    windows = scorer.tokenizer.windows(texts)
    operations = 2.0 * weights_read_by_each_token(scorer.graph) * sum(map(len, windows.ids))
    scorer.logits(texts[:64])
    seconds = []
    for _ in range(options.repeats):
        start = time.perf_counter()
        scorer.logits(texts)
        seconds.append(time.perf_counter() - start)
    reached = operations / statistics.median(seconds) / 1e9
    peak = product_rate(options.repeats)
    tokenise = time.perf_counter()
    scorer.tokenizer.windows(texts)
    tokenise = time.perf_counter() - tokenise
    return {
        "reached": reached,
        "peak": peak,
        "share": reached / peak,
        "texts_per_second": len(texts) / statistics.median(seconds),
        "tokeniser_share": tokenise / statistics.median(seconds),
    }


def weights_read_by_each_token(graph: Path) -> float:
    """Weights that every token meets; those of the narrowed last layer meet one token a text."""
    import onnx

    from emoscope.export.graph import Graph

    opened = Graph(onnx.load(str(graph)))
    # other slices, as of the position table, narrow nothing
    narrow = {n for node in opened.nodes for n in node.output if n.endswith(":first_token")}
    total = 0
    for node in opened.nodes:  # in order: what reads narrow tensors is narrow, attention included
        if any(name in narrow for name in node.input) or node.op_type == "Gemm":
            narrow.update(node.output)
        elif node.op_type in ("MatMul", "MatMulIntegerToFloat", "QAttention"):
            shape = opened.shape_of(node.input[1])
            total += shape[0] * shape[1] if shape else 0
    return float(total)


def product_rate(repeats: int) -> float:
    """Billion operations a second of onnxruntime's int8 product, one on each core at once."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    from emoscope.scorers.runtime_options import usable_cores

    rows, inputs, outputs = PRODUCT_SHAPE
    random = np.random.default_rng(0)
    weights = random.integers(-64, 65, (inputs, outputs)).astype(np.int8)
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "product",
        [tensor("x", TensorProto.UINT8, [rows, inputs])],
        [tensor("y", TensorProto.INT32, [rows, outputs])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings)
    states = random.integers(0, 256, (rows, inputs)).astype(np.uint8)
    cores, times = usable_cores(), 200

    def work(_: int) -> None:
        for _ in range(times):
            session.run(None, {"x": states})

    rates = []
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(work, range(cores)))
        for _ in range(repeats):
            start = time.perf_counter()
            list(pool.map(work, range(cores)))
            seconds = time.perf_counter() - start
            rates.append(2.0 * rows * inputs * outputs * times * cores / seconds / 1e9)
    return statistics.median(rates)


def memory(options: argparse.Namespace, n: str) -> float:
    """Peak memory of labelling ``n`` texts that come and go, in MiB."""
    import emoscope

    classifier = emoscope.load(options.model)
    supply: Iterator[str] = islice(cycle(test_texts(options)), int(n))
    labelled = sum(1 for _ in classifier.stream(supply))
    if labelled != int(n):
        raise SystemExit(f"{labelled} predictions for {n} texts")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MEASURES: dict[str, Callable[[argparse.Namespace, str], Any]] = {
    "pipeline": bulk_pipeline,
    "naive": bulk_naive,
    "whole": bulk_whole,
    "bulk": bulk_emoscope,
    "latency_pipeline": latency_pipeline,
    "latency": latency_emoscope,
    "products": products,
    "memory": memory,
}


EMOSCOPE = [str(Path(sys.executable).with_name("emoscope")), "predict", ONE_TEXT, "--model"]
"""Label one text from the shell, with the model that follows."""


def pipeline_command(model: Path) -> list[str]:
    """The shortest script that does the same with a pipeline."""
    script = (
        "import emoscope.models.mean_pooling\n"
        "from transformers import pipeline\n"
        f"p = pipeline('text-classification', {str(model)!r}, top_k=None, "
        "function_to_apply='sigmoid')\n"
        f"print(p({ONE_TEXT!r}))"
    )
    return [sys.executable, "-c", script]


def cold(options: argparse.Namespace, command: Sequence[str]) -> float:
    """Median seconds of a command from start to end, files in the page cache."""
    seconds = []
    for _ in range(options.repeats + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def installed_sizes() -> dict[str, float]:
    """MB that emoscope's core adds to an empty environment, and torch with transformers."""
    root = Path(__file__).resolve().parents[1]
    wanted = {"core": [str(root)], "torch and transformers": ["torch", "transformers"]}
    sizes = {}
    for name, packages in wanted.items():
        with tempfile.TemporaryDirectory() as folder:
            venv.create(folder, with_pip=True)
            before = folder_bytes(Path(folder))
            pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "install", "-q"]
            if "torch" in packages:
                import torch

                # the processor build that runs here, not the newest with its CUDA libraries
                packages = [f"torch=={torch.__version__.split('+')[0]}", "transformers"]
            subprocess.run([*pip, "--no-compile", *packages], check=True)
            sizes[name] = (folder_bytes(Path(folder)) - before) / 1e6
    return sizes


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file() or p.is_symlink())


def page(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    rates = {size: found[f"pipeline:{size}"] for size in PIPELINE_BATCHES}
    best = max(rates, key=rates.__getitem__)
    few, many = found["memory:10000"], found[f"memory:{found['many']}"]
    rows = [
        ("bulk, texts a second", f"{rates[best]:.0f} (pipeline, batch {best})",
         f"{found['bulk']:.0f}", found["bulk"] / rates[best], ">= 8"),
        ("one text, warm, p50 ms", f"{found['latency_pipeline']:.2f}", f"{found['latency']:.2f}",
         found["latency"] / found["latency_pipeline"], "<= 0.2"),
        ("one text from the shell, s", f"{found['cold_pipeline']:.2f}", f"{found['cold']:.2f}",
         found["cold"] / found["cold_pipeline"], "<= 0.1, < 0.6 s"),
        (f"peak memory, {found['many']:,} texts, MiB", f"{few:.0f} (10,000 texts)", f"{many:.0f}",
         many / few, "<= 1.2"),
    ]  # fmt: skip
    if found["size"]:
        core, other = found["size"]["core"], found["size"]["torch and transformers"]
        rows.append(("installed, MB", f"{other:.0f}", f"{core:.0f}", core / other, "<= 0.2"))
    products, facts = found["products"], found["machine"]
    lines = [
        "# Inference speed",
        "",
        ", ".join(f"{name} {value}" for name, value in facts.items()),
        "",
        "| what | against | emoscope | ratio | must be |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {a} | {b} | {c} | {ratio:.2f} | {bar} |" for a, b, c, ratio, bar in rows),
        "",
        "## Where the factor comes from",
        "",
        "| way | texts a second | of the best pipeline |",
        "| --- | --- | --- |",
        *(f"| pipeline, batch {s} | {r:.0f} | {r / rates[best]:.2f} |" for s, r in rates.items()),
        f"| ONNX fp32, naive padding | {found['naive']:.0f} | {found['naive'] / rates[best]:.2f} |",
        f"| emoscope, all neurons | {found['whole']:.0f} | {found['whole'] / rates[best]:.2f} |",
        f"| emoscope, public API | {found['bulk']:.0f} | {found['bulk'] / rates[best]:.2f} |",
        "",
        "## What bounds it",
        "",
        f"int8 products alone reach {products['peak']:.0f} GOP/s on all cores. Labelling reaches "
        f"{products['reached']:.0f}, {products['share']:.0%} of that; tokenising takes "
        f"{products['tokeniser_share']:.1%} of the time when nothing overlaps it.",
        "",
        f"Load of the machine before each measurement: {found['load']}.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
