"""Write torch's attention function into the graph as one node.

``torch.nn.functional.scaled_dot_product_attention`` is exported as a dozen nodes or more, and
onnxruntime's optimizer finds attention again only in models that look like BERT: rotary positions,
which MiniBERT and ModernBERT have, hide it. So while :func:`recorded_attention` is active the
function is recorded as a placeholder, which :func:`write_attention` turns into onnxruntime's
``MultiHeadAttention``.

Shapes: b texts, t tokens, a heads, d channels a head.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import onnx
import torch
from torch import Tensor
from torch.nn import functional

from emoscope.export.graph import MICROSOFT, Graph, attributes

_PLACEHOLDER = "emoscope::Attention"
_HIDDEN = -1e4
"""Score of a token that is not to be seen. Minus infinity would make NaN of a text of padding."""

_plain = functional.scaled_dot_product_attention


class _Recorded(torch.autograd.Function):
    """Attention over queries, keys, values (b, t, a * d); scores get ``bias`` (b, 1, t, t)."""

    @staticmethod
    def forward(
        context: Any, query: Tensor, key: Tensor, value: Tensor, bias: Tensor, heads: int,
        scale: float,
    ) -> Tensor:  # fmt: skip
        b, t = query.shape[:2]
        q, k, v = (x.view(b, t, heads, -1).transpose(1, 2) for x in (query, key, value))
        mixed = _plain(q, k, v, attn_mask=bias, scale=scale)
        return mixed.transpose(1, 2).flatten(2)

    @staticmethod
    def symbolic(
        graph: Any, query: Any, key: Any, value: Any, bias: Any, heads: int, scale: float
    ) -> Any:
        node = graph.op(_PLACEHOLDER, query, key, value, bias, heads_i=heads, scale_f=scale)
        return node.setType(query.type())


@contextmanager
def recorded_attention() -> Iterator[None]:
    """Record attention as one node while the context lasts. One thread at a time."""
    functional.scaled_dot_product_attention = _record
    try:
        yield
    finally:
        functional.scaled_dot_product_attention = _plain


def _record(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Take the arguments of torch's function, tensors of shape (b, a, t, d)."""
    if is_causal or enable_gqa:
        raise NotImplementedError("Text encoders see both ways and have as many keys as queries.")
    b, t = query.shape[0], query.shape[2]  # free sizes: the tracer follows them
    heads, d = int(query.shape[1]), int(query.shape[3])
    if attn_mask is None:
        bias = query.new_zeros(1, 1, t, t)
    elif attn_mask.dtype == torch.bool:
        bias = torch.where(attn_mask, 0.0, _HIDDEN).to(query.dtype).expand(b, 1, t, t)
    else:
        bias = attn_mask.clamp(min=_HIDDEN).expand(b, 1, t, t)
    flat = [x.transpose(1, 2).reshape(b, t, heads * d) for x in (query, key, value)]
    apply: Any = _Recorded.apply
    mixed = apply(*flat, bias, heads, d**-0.5 if scale is None else scale)
    joined: Tensor = mixed.view(b, t, heads, d).transpose(1, 2)
    return joined


def write_attention(model: onnx.ModelProto) -> onnx.ModelProto:
    """Turn the placeholders in ``model`` into ``MultiHeadAttention``."""
    graph = Graph(model)
    domain, op_type = _PLACEHOLDER.split("::")
    found = [node for node in graph.nodes if (node.domain, node.op_type) == (domain, op_type)]
    if not found:
        return model
    graph.remove(found)
    for node in found:
        query, key, value, bias = node.input
        heads, scale = attributes(node, "heads", "scale").values()
        graph.add(
            "MultiHeadAttention",
            [query, key, value, "", "", bias],
            node.output[0],
            domain=MICROSOFT,
            attributes={"num_heads": heads, "scale": scale},
        )
    return graph.build()
