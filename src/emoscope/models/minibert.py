"""MiniBERT: a compact BERT-style encoder that learns emotions from scratch.

Made for short texts, few examples and no pretraining, where a plain small BERT memorises its
training set. Where it departs from BERT (Devlin et al., 2019), and why:

* **wide embeddings, narrow blocks.** Five parameters in six sit in the word table, where they cost
  no matrix product: an epoch over 43,000 comments takes a minute or two on four CPU cores.
* **pre-norm residual blocks** (Xiong et al., 2020) train at a learning rate of 1e-3 without care.
* **rotary positions** (Su et al., 2021) see distances, need no table, and know no longest text.
* **a local mixing step** before attention adds to each token its left and right neighbour, weighted
  per channel: "not good" differs from "good" in the first block, without learning attention first.
* **gated feed-forward** (GEGLU; Shazeer, 2020) instead of GELU alone.
* **mean and maximum pooling** instead of the first token's state: one strong word decides an
  emotion, and the maximum finds it wherever it stands. ``first_max`` has the first token's state,
  and the maximum of what the last block reads: that block then has one query a text, an exported
  graph is half as fast again, and nearly as good.
* **regularised where it overfits**: channels of the word table are dropped for a whole text at a
  time (``embedding_dropout``), and the published recipes also mask tokens while they train.

Shapes in comments: b texts in a batch, t tokens, e embedding size, h hidden size, a heads,
d = h / a, v vocabulary, n labels.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  the usual name
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    PreTrainedModel,
    initialization,
)
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import (
    BaseModelOutput,
    MaskedLMOutput,
    SequenceClassifierOutput,
)

from emoscope.models.minibert_config import MiniBertConfig, Pooling


def rotate(states: Tensor, base: float) -> Tensor:
    """Turn channel pairs of queries or keys (b, a, t, d) by angles that grow with the position.

    The dot product of two rotated vectors then depends on their distance only. Pairs are channels
    i and i + d/2. Angles are computed, not stored: the graph works for every length.
    """
    length, width = states.shape[-2], states.shape[-1]
    pairs = torch.arange(0, width, 2, device=states.device, dtype=torch.float32)
    positions = torch.arange(length, device=states.device, dtype=torch.float32)
    angles = positions[:, None] * torch.pow(base, -pairs / width)  # (t, d/2)
    cosine, sine = angles.cos().to(states.dtype), angles.sin().to(states.dtype)
    first, second = states.chunk(2, dim=-1)  # each (b, a, t, d/2)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)


class Projection(nn.Linear):
    """A linear layer that knows the standard deviation of its first weights.

    By default their variance is 1/2 per input, so that signals neither grow nor fade at any width.
    """

    def __init__(
        self, inputs: int, outputs: int, bias: bool = False, deviation: float | None = None
    ) -> None:
        super().__init__(inputs, outputs, bias=bias)
        self.deviation = math.sqrt(0.5 / inputs) if deviation is None else deviation


def residual_deviation(inputs: int, layers: int) -> float:
    """First deviation of weights whose output is added to the residual, twice in each layer.

    The sum of all ``2 * layers`` additions then has the variance of one (Radford et al., 2019).
    """
    return math.sqrt(0.5 / inputs / (2 * layers))


class MiniBertEmbeddings(nn.Module):
    """Token ids to block inputs: word table, norm, dropout, projection to the blocks' width."""

    def __init__(self, config: MiniBertConfig) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(
            config.vocab_size, config.embedding_size, padding_idx=config.pad_token_id
        )
        self.norm = nn.LayerNorm(config.embedding_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.embedding_dropout)
        self.project = Projection(config.embedding_size, config.hidden_size)

    def forward(self, input_ids: Tensor | None, inputs_embeds: Tensor | None) -> Tensor:
        """Give (b, t, h) for ids (b, t), or for word vectors (b, t, e) made outside (mixup)."""
        if inputs_embeds is None:
            inputs_embeds = self.word_embeddings(input_ids)
        states = self.norm(inputs_embeds)
        if self.training:
            # One mask a text, shape (b, 1, e): dropping a channel here and keeping it in the next
            # token would hide nothing, since neighbours tell of each other. It is t times cheaper.
            states = states * self.dropout(torch.ones_like(states[:, :1]))
        projected: Tensor = self.project(states)
        return projected


class MiniBertAttention(nn.Module):
    """Multi-head self-attention with rotary positions, no biases."""

    def __init__(self, config: MiniBertConfig) -> None:
        super().__init__()
        self.heads = config.num_attention_heads
        self.dropout = config.attention_probs_dropout_prob
        self.rotary_base = config.rotary_base
        self.query_key_value = Projection(config.hidden_size, 3 * config.hidden_size)
        self.output = Projection(
            config.hidden_size,
            config.hidden_size,
            deviation=residual_deviation(config.hidden_size, config.num_hidden_layers),
        )

    def forward(self, states: Tensor, visible: Tensor | None) -> Tensor:
        """Mix tokens of ``states`` (b, t, h) that are ``visible`` (b, 1, 1, t); None: all are."""
        b, t, h = states.shape
        split = self.query_key_value(states).view(b, t, 3, self.heads, h // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)  # each (b, a, t, d)
        mixed = F.scaled_dot_product_attention(
            rotate(query, self.rotary_base),
            rotate(key, self.rotary_base),
            value,
            attn_mask=visible,
            dropout_p=self.dropout if self.training else 0.0,
        )
        joined: Tensor = self.output(mixed.transpose(1, 2).reshape(b, t, h))
        return joined


class MiniBertLocalMixing(nn.Module):
    """Adds to each token its two neighbours, each channel with a weight of its own.

    The same as a depthwise convolution of width three whose middle weight is one, written as two
    shifted products because convolutions of ever-changing lengths are slow on CPUs.
    """

    def __init__(self, config: MiniBertConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, config.hidden_size))  # left, right

    def forward(self, states: Tensor, keep: Tensor) -> Tensor:
        """Mix ``states`` (b, t, h); padding, where ``keep`` (b, t, 1) is 0, counts as zeros."""
        padded = F.pad(states * keep, (0, 0, 1, 1))  # (b, t + 2, h)
        left, right = padded[:, :-2], padded[:, 2:]
        return states + left * self.weight[0] + right * self.weight[1]


class MiniBertFeedForward(nn.Module):
    """GEGLU: one half of the wide layer is the value, the other half its gate."""

    def __init__(self, config: MiniBertConfig) -> None:
        super().__init__()
        self.up = Projection(config.hidden_size, 2 * config.intermediate_size)
        self.output = Projection(
            config.intermediate_size,
            config.hidden_size,
            deviation=residual_deviation(config.intermediate_size, config.num_hidden_layers),
        )

    def forward(self, states: Tensor) -> Tensor:
        """Work on each token of (b, t, h) alone."""
        gate, value = self.up(states).chunk(2, dim=-1)
        out: Tensor = self.output(F.gelu(gate) * value)
        return out


class MiniBertLayer(GradientCheckpointingLayer):
    """One block: x + attention(norm(x)), then x + feed_forward(norm(x))."""

    def __init__(self, config: MiniBertConfig) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.local = MiniBertLocalMixing(config) if config.local_mixing else None
        self.attention = MiniBertAttention(config)
        self.feed_forward_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.feed_forward = MiniBertFeedForward(config)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, states: Tensor, visible: Tensor | None, keep: Tensor) -> Tensor:
        """Turn (b, t, h) into (b, t, h)."""
        normed = self.attention_norm(states)
        if self.local is not None:
            normed = self.local(normed, keep)
        states = states + self.dropout(self.attention(normed, visible))
        out: Tensor = states + self.dropout(self.feed_forward(self.feed_forward_norm(states)))
        return out


class MiniBertPreTrainedModel(PreTrainedModel):
    """What all MiniBERTs share: configuration class, names, first weights."""

    config_class = MiniBertConfig
    base_model_prefix = "minibert"
    supports_gradient_checkpointing = True
    _no_split_modules = ("MiniBertLayer",)

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """Give a module its first weights; transformers calls this for what no file brought.

        ``initialization``, not ``torch.nn.init``: its functions leave loaded weights alone.
        """
        if isinstance(module, Projection):
            initialization.trunc_normal_(module.weight, std=module.deviation)
            if module.bias is not None:
                initialization.zeros_(module.bias)
        elif isinstance(module, nn.LayerNorm):
            initialization.ones_(module.weight)
            initialization.zeros_(module.bias)
        elif isinstance(module, MiniBertLocalMixing):
            initialization.normal_(module.weight, std=0.3)
        else:
            super()._init_weights(module)  # the word table: normal, zeros in the padding row


class MiniBertModel(MiniBertPreTrainedModel):
    """The encoder: ids (b, t) to token states (b, t, h)."""

    def __init__(self, config: MiniBertConfig) -> None:
        super().__init__(config)
        self.embeddings = MiniBertEmbeddings(config)
        self.layers = nn.ModuleList(MiniBertLayer(config) for _ in range(config.num_hidden_layers))
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.post_init()

    def get_input_embeddings(self) -> nn.Embedding:
        """Return the word table."""
        return self.embeddings.word_embeddings

    def set_input_embeddings(self, value: nn.Embedding) -> None:
        """Replace the word table, as ``resize_token_embeddings`` does."""
        self.embeddings.word_embeddings = value

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> BaseModelOutput:
        """Encode ``input_ids`` (b, t) or ``inputs_embeds`` (b, t, e).

        ``attention_mask`` (b, t) is 1 for tokens and 0 for padding; None means no padding. For
        ``first_max`` pooling, ``hidden_states`` has what the last block's attention reads.
        """
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("Give either input_ids or inputs_embeds.")
        states = self.embeddings(input_ids, inputs_embeds)
        if attention_mask is None:
            visible, keep = None, torch.ones_like(states[:, :, :1])
        else:
            visible = attention_mask[:, None, None, :].bool()  # (b, 1, 1, t)
            keep = attention_mask[:, :, None].to(states.dtype)  # (b, t, 1)
        read = states
        for layer in self.layers:
            read = states
            states = layer(states, visible, keep)
        output = BaseModelOutput(last_hidden_state=self.norm(states))
        if self.config.pooling == "first_max":
            last: Any = self.layers[-1]
            output.hidden_states = (last.attention_norm(read),)
        return output


def pool(
    states: Tensor, attention_mask: Tensor | None, pooling: Pooling, read: Tensor | None = None
) -> Tensor:
    """Make one vector of each text's token states (b, t, h): (b, h), or (b, 2h) for two poolings.

    ``first`` is the state of the first token, ``[CLS]``: the tokenizer pads on the right. The
    maximum is that of ``read`` (b, t, h) where it is given.
    """
    if pooling == "first":
        return states[:, 0]
    if attention_mask is None:
        attention_mask = torch.ones_like(states[:, :, 0])
    keep = attention_mask[:, :, None].to(states.dtype)  # (b, t, 1)
    maximum = _maximum(states if read is None else read, keep)
    if pooling == "max":
        return maximum
    if pooling == "first_max":
        return torch.cat((states[:, 0], maximum), dim=-1)
    mean = (states * keep).sum(dim=1) / keep.sum(dim=1).clamp(min=1.0)
    return mean if pooling == "mean" else torch.cat((mean, maximum), dim=-1)


def _maximum(states: Tensor, keep: Tensor) -> Tensor:
    """Each channel's maximum (b, h) over the tokens of (b, t, h) where ``keep`` (b, t, 1) is 1."""
    # normed states lie far above -1e4; minus infinity would make NaN of texts of padding only
    return states.masked_fill(keep == 0.0, -1e4).amax(dim=1)


class MiniBertForSequenceClassification(MiniBertPreTrainedModel):
    """Texts to scores, one for each label."""

    def __init__(self, config: MiniBertConfig) -> None:
        super().__init__(config)
        self.minibert = MiniBertModel(config)
        width = config.hidden_size * (2 if config.pooling in ("mean_max", "first_max") else 1)
        self.dropout = nn.Dropout(config.classifier_dropout)
        # near zero at first, so that the bias, the label prior, decides alone
        self.classifier = Projection(
            width, config.num_labels, bias=True, deviation=config.initializer_range
        )
        self.post_init()

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
    ) -> SequenceClassifierOutput:
        """Score texts: logits (b, n).

        ``labels`` adds a loss by ``config.problem_type``: a float matrix (b, n) for
        ``multi_label_classification``, label indices (b,) for ``single_label_classification``.
        """
        encoded = self.minibert(input_ids, attention_mask, inputs_embeds)
        (read,) = encoded.hidden_states or (None,)
        pooled = pool(encoded.last_hidden_state, attention_mask, self.config.pooling, read)
        logits = self.classifier(self.dropout(pooled))
        loss = None
        if labels is not None:
            loss = self.loss_function(labels=labels, pooled_logits=logits, config=self.config)
        return SequenceClassifierOutput(loss=loss, logits=logits)


class MiniBertForMaskedLM(MiniBertPreTrainedModel):
    """Guesses masked words, which teaches the encoder from texts without labels."""

    _tied_weights_keys = {"decoder.weight": "minibert.embeddings.word_embeddings.weight"}  # noqa: RUF012

    def __init__(self, config: MiniBertConfig) -> None:
        super().__init__(config)
        self.minibert = MiniBertModel(config)
        # names unlike any in MiniBertModel: transformers reads files with and without "minibert."
        # before a name, and would take a "norm" of ours for the encoder's
        self.head_transform = Projection(config.hidden_size, config.embedding_size, bias=True)
        self.head_norm = nn.LayerNorm(config.embedding_size, eps=config.layer_norm_eps)
        self.decoder = nn.Linear(config.embedding_size, config.vocab_size)
        self.post_init()

    def get_output_embeddings(self) -> nn.Linear:
        """Return the layer that is tied to the word table."""
        return self.decoder

    def set_output_embeddings(self, new_embeddings: nn.Linear) -> None:
        """Replace that layer."""
        self.decoder = new_embeddings

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
    ) -> MaskedLMOutput:
        """Score words.

        Without ``labels``: logits (b, t, v). With ``labels`` (b, t), where -100 is no question:
        the mean loss over the questions, and logits (n_questions, v) of those alone, since the
        product with the word table is most of the work.
        """
        states = self.minibert(input_ids, attention_mask, inputs_embeds).last_hidden_state
        if labels is None:
            return MaskedLMOutput(logits=self.score_words(states))
        asked = labels != -100
        logits = self.score_words(states[asked])
        # the sum over max(1, questions): a batch without any question gives 0, not NaN
        loss = F.cross_entropy(logits, labels[asked], reduction="sum") / asked.sum().clamp(min=1)
        return MaskedLMOutput(loss=loss, logits=logits)

    def score_words(self, states: Tensor) -> Tensor:
        """Turn states (..., h) into word scores (..., v)."""
        scores: Tensor = self.decoder(self.head_norm(F.gelu(self.head_transform(states))))
        return scores


AutoConfig.register("minibert", MiniBertConfig, exist_ok=True)
AutoModel.register(MiniBertConfig, MiniBertModel, exist_ok=True)
AutoModelForMaskedLM.register(MiniBertConfig, MiniBertForMaskedLM, exist_ok=True)
AutoModelForSequenceClassification.register(
    MiniBertConfig, MiniBertForSequenceClassification, exist_ok=True
)
