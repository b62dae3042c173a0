"""The ONNX graphs of a live encoder: made, compared with it, scored, and put into its folder.

What their scores are worth, and which graph is kept, is decided by those who ask
(:mod:`emoscope.training.finalize`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import onnx

from emoscope.data.examples import Examples
from emoscope.errors import ExportError
from emoscope.export.activation_ranges import (
    RANGE_TEXTS,
    Batch,
    activation_ranges,
    batches_of,
)
from emoscope.export.parity import Difference, check_fp32, compare
from emoscope.export.prune import PRUNING_TEXTS, prune
from emoscope.export.quantise import Scheme, quantise
from emoscope.export.trace import fused_graph, operators
from emoscope.model_folder.file_names import FP32_GRAPH, INT8_GRAPH
from emoscope.models.torch_scorer import TorchScorer
from emoscope.scorers.onnx import OnnxScorer
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scores

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class ExportedGraph:
    """A graph, not yet in the model folder."""

    name: str
    """``fp32``, or the name of the quantisation scheme."""
    file: Path
    scores: Scores
    """Of the texts that it was checked on, shape (n_texts, n_labels)."""
    difference: Difference
    """``fp32``: from torch; a quantised graph: from fp32."""
    bytes: int
    operators: Mapping[str, int]
    """How often each operator occurs."""


class GraphExport:
    """The graphs of one model; each is scored once, on all of ``examples``.

    :func:`exporting` makes one.
    """

    def __init__(
        self,
        scorer: TorchScorer,
        examples: Examples,
        expected: Scores,
        folder: Path,
        say: Say,
        options: RuntimeOptions | None = None,
    ) -> None:
        """Trace the model, and compare the graph with ``expected``, its scores of ``examples``.

        Files are written into ``folder``. Raises :class:`ExportError` when no graph can be made or
        it differs from the model.
        """
        examples.refuse_test("the ranges of an int8 graph")
        self._scorer = scorer
        self._texts = examples.texts
        self._folder = folder
        self._say = say
        self._options = options
        say("Writing the ONNX graph")
        self._graph = fused_graph(scorer.model)
        say(f"Comparing it with torch on {len(self._texts):,} texts")
        file, scores = self._save(self._graph, FP32_GRAPH)
        difference = check_fp32(expected, scores, self._texts, scorer.labels, scorer.task)
        self.fp32 = ExportedGraph(
            "fp32", file, scores, difference, file.stat().st_size, operators(self._graph)
        )

    def quantised(self, schemes: Sequence[Scheme]) -> Iterator[ExportedGraph]:
        """The int8 graph by each of ``schemes`` in turn, each replacing the one before it.

        A scheme that finds nothing to leave out gives none.
        """

        def batches(n: int) -> Iterator[Batch]:
            return batches_of(self._scorer.tokenizer, self._texts, n)

        for scheme in schemes:
            self._say(f"Quantising: {scheme.name}")
            source: onnx.ModelProto | None = self._graph
            if scheme.neurons < 1.0:
                source = prune(self._graph, list(batches(PRUNING_TEXTS)), scheme.neurons)
            if source is None:
                self._say("There is nothing to leave out, or too few texts to measure it on.")
                continue
            static = scheme.activations == "static"
            ranges = activation_ranges(source, batches(RANGE_TEXTS)) if static else {}
            made = quantise(source, scheme, ranges)
            file, scores = self._save(made, INT8_GRAPH)
            difference = compare(self.fp32.scores, scores, self._scorer.task)
            yield ExportedGraph(
                scheme.name, file, scores, difference, file.stat().st_size, operators(made)
            )

    def publish(self, model_folder: Path, *, int8: bool) -> None:
        """Replace the graphs of the model folder by those made; ``int8``: the last one too."""
        if not int8:
            (self._folder / Path(INT8_GRAPH).name).unlink(missing_ok=True)
        final = model_folder / Path(FP32_GRAPH).parent
        shutil.rmtree(final, ignore_errors=True)
        self._folder.rename(final)

    def _save(self, graph: onnx.ModelProto, name: str) -> tuple[Path, Scores]:
        """Write a graph, open it as inference will, and score the texts."""
        try:
            data = graph.SerializeToString()
        except (ValueError, MemoryError) as error:
            raise ExportError(
                f"The graph does not fit into one ONNX file of 2 GB ({error}). "
                "Use a smaller encoder, or run this one with torch."
            ) from error
        file = self._folder / Path(name).name
        file.write_bytes(data)
        scorer = self._scorer
        opened = OnnxScorer(
            file, scorer.tokenizer, scorer.labels, scorer.task, options=self._options
        )
        return file, opened.logits(self._texts)


@contextmanager
def exporting(
    scorer: TorchScorer,
    examples: Examples,
    expected: Scores,
    model_folder: Path,
    say: Say = lambda line: None,
    options: RuntimeOptions | None = None,
) -> Iterator[GraphExport]:
    """Make graphs beside those of ``model_folder``; what is not published is deleted at the end.

    Graphs are scored on the processor, by the threads that ``options`` give.

    Raises :class:`FitOnTest` for examples of the test split: ranges and pruning are fitted on them.
    """
    folder = model_folder / "onnx.part"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield GraphExport(scorer, examples, expected, folder, say, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
