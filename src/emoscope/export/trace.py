"""From a torch classifier to an ONNX graph, fused as far as onnxruntime can.

torch's tracing exporter is used, not the newer one built on ``torch.export``: the patterns by
which onnxruntime's optimizer finds attention, GELU and layer norms are those of the former, and it
is five times as fast. Models of the BERT family are traced with plain attention, which the
optimizer fuses to ``Attention``; for others :mod:`emoscope.export.attention` records it.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import onnx
import torch
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from torch import Tensor

from emoscope.errors import ExportError, first_line
from emoscope.export.attention import recorded_attention, write_attention
from emoscope.export.first_token import select_first_token_early
from emoscope.export.minibert import write_minibert
from emoscope.models.minibert import MiniBertForSequenceClassification

INPUTS = ("input_ids", "attention_mask")
OUTPUT = "logits"
OPSET = 20
"""The first one with Gelu as an operator."""


class _Rows(torch.nn.Module):
    """Stands for a table of positions that are 0, 1, 2, ...: a slice in place of a lookup."""

    def __init__(self, table: torch.nn.Embedding, segment: Tensor | float) -> None:
        super().__init__()
        self.rows = (table.weight + segment).detach()

    def forward(self, positions: Tensor) -> Tensor:
        """The rows (t, h) of the first t positions, for positions (b, t)."""
        return self.rows[: positions.shape[-1]]


class _Segment(torch.nn.Module):
    """Stands for a table of segment types: a text is one segment, so only row 0 is ever read."""

    def __init__(self, row: Tensor | float) -> None:
        super().__init__()
        self.row = row

    def forward(self, segments: Tensor) -> Tensor | float:
        """Whatever the segments (b, t) are, one row (h,) for all."""
        return self.row


@contextmanager
def _short_embeddings(model: torch.nn.Module) -> Iterator[None]:
    """Keep lookups whose indices are known out of the graph.

    These are the row of the one segment and, in encoders that count positions from 0, the rows of
    the positions; where there are both, they are added beforehand.
    """
    replaced: list[tuple[torch.nn.Module, str, torch.nn.Module]] = []
    try:
        for module in list(model.modules()):
            tables = dict(module.named_children())
            segments = tables.get("token_type_embeddings")
            positions = tables.get("position_embeddings")
            row: Tensor | float = 0.0
            if isinstance(segments, torch.nn.Embedding):
                row = segments.weight[0].detach()
                replaced.append((module, "token_type_embeddings", segments))
            # RoBERTa counts from behind the position of padding, where that is
            if isinstance(positions, torch.nn.Embedding) and positions.padding_idx is None:
                module.position_embeddings = _Rows(positions, row)
                replaced.append((module, "position_embeddings", positions))
                row = 0.0
            if isinstance(segments, torch.nn.Embedding):
                module.token_type_embeddings = _Segment(row)
        yield
    finally:
        for module, name, child in replaced:
            setattr(module, name, child)


class _Logits(torch.nn.Module):
    """The classifier with plain tensors in and out."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Ids and mask (b, t) to logits (b, n_labels)."""
        logits: Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return logits


def fused_graph(model: Any) -> onnx.ModelProto:
    """Return ``model``, a transformers sequence classifier, as an ONNX model.

    Inputs ``input_ids`` and ``attention_mask`` are int64 (batch, length), both sizes free; output
    ``logits`` is float32 (batch, n_labels).

    Raises :class:`ExportError` when torch cannot trace the model.
    """
    if isinstance(model, MiniBertForSequenceClassification):
        return write_minibert(model, INPUTS, OUTPUT, OPSET)
    layers = int(getattr(model.config, "num_hidden_layers", 0) or 0)
    before, training = model.config._attn_implementation, model.training
    try:
        graph = _fuse(_trace(model, "eager"), model.config)
        if _attention_nodes(graph) < max(1, layers):
            recorded = _try_recorded(model)
            if recorded is not None and _attention_nodes(recorded) > _attention_nodes(graph):
                graph = recorded
    finally:
        _set_attention(model, before)
        model.train(training)
    return select_first_token_early(graph)


def operators(graph: onnx.ModelProto) -> dict[str, int]:
    """How often each operator occurs, most frequent first."""
    return dict(Counter(node.op_type for node in graph.graph.node).most_common())


def _attention_nodes(graph: onnx.ModelProto) -> int:
    found = operators(graph)
    return found.get("Attention", 0) + found.get("MultiHeadAttention", 0)


def _try_recorded(model: Any) -> onnx.ModelProto | None:
    """The graph with recorded attention; None for models that compute attention on their own."""
    try:
        return _fuse(write_attention(_trace(model, "sdpa", recorded=True)), model.config)
    except (ExportError, NotImplementedError):
        return None


def _trace(model: Any, attention: str, *, recorded: bool = False) -> onnx.ModelProto:
    _set_attention(model, attention)
    # two texts, one padded: whatever depends on the mask shows in the trace
    words = model.get_input_embeddings().num_embeddings
    ids = torch.randint(words, (2, 9), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    free = {0: "batch", 1: "length"}
    buffer = io.BytesIO()
    context = recorded_attention() if recorded else nullcontext()
    try:
        with torch.inference_mode(), context, _short_embeddings(model), _quiet():
            torch.onnx.export(
                _Logits(model).eval(),
                (ids, mask),
                buffer,  # type: ignore[arg-type]  # documented for the tracing exporter
                dynamo=False,
                opset_version=OPSET,
                input_names=list(INPUTS),
                output_names=[OUTPUT],
                dynamic_axes={**dict.fromkeys(INPUTS, free), OUTPUT: {0: "batch"}},
            )
    except (torch.onnx.errors.OnnxExporterError, RuntimeError, TypeError) as error:
        raise ExportError(
            f"torch cannot write this model ({model.config.model_type}) as an ONNX graph: "
            f"{first_line(error)}. The trained model is unharmed; use another encoder, or run "
            "it with torch."
        ) from error
    return onnx.load_from_string(buffer.getvalue())


def _fuse(graph: onnx.ModelProto, config: Any) -> onnx.ModelProto:
    """Fuse attention, GELU and layer norms by onnxruntime's patterns for BERT."""
    encoder = getattr(config, "encoder", config)
    options = FusionOptions("bert")
    # on CPU, Add followed by LayerNormalization takes a quarter of the time of the fused node;
    # see benchmarks/operators.md
    options.enable_skip_layer_norm = False
    options.enable_bias_skip_layer_norm = False
    # keeps the word table a plain Gather, which quantises by row
    options.enable_embed_layer_norm = False
    # the mask as it is, not as a count: browsers and others may pad on the left
    options.use_raw_attention_mask(True)
    with _quiet():
        fused = optimizer.optimize_model(
            graph,
            model_type="bert",
            num_heads=encoder.num_attention_heads,
            hidden_size=encoder.hidden_size,
            opt_level=0,
            optimization_options=options,
        )  # fmt: skip
    made: onnx.ModelProto = fused.model
    return made


def _set_attention(model: Any, implementation: str) -> None:
    with _quiet():
        try:
            model.set_attn_implementation(implementation)
        except ValueError:  # the model has one implementation only
            return


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence advice on tracing and fusing: the graph is compared with the model afterwards."""
    names = ("transformers", "fusion_attention", "onnx_model", "onnx_model_bert", "torch.onnx")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
