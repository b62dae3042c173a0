"""Any encoder with mean pooling: the average of its token states instead of its own pooler.

Models trained for sentence similarity were trained on the mean of their states, and the state of
their first token was not. The classes of transformers do not offer it (ModernBERT's excepted), so
this head does, registered with the Auto classes, whose ``from_pretrained`` opens it once
``emoscope.models.mean_pooling`` is imported. The ONNX graph needs nothing.

Shapes: b texts, t tokens, h hidden size, n labels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
    initialization,
)
from transformers.modeling_outputs import SequenceClassifierOutput

from emoscope.models.minibert import pool


class MeanPoolingConfig(PreTrainedConfig):
    """The encoder's configuration, and the head's."""

    model_type = "emoscope_mean_pooling"

    encoder: Any = None
    """Configuration of the encoder: an object, or a dictionary with its ``model_type``."""
    head_dropout: float = 0.1
    """Dropout on the text vector."""
    initializer_range: float = 0.02
    """Standard deviation of the head's first weights."""

    def __post_init__(self, **kwargs: object) -> None:
        """Build the encoder's configuration from a dictionary; keywords are the base class's."""
        if isinstance(self.encoder, dict):
            sizes = dict(self.encoder)
            self.encoder = AutoConfig.for_model(sizes.pop("model_type"), **sizes)
        super().__post_init__(**kwargs)


class MeanPoolingForSequenceClassification(PreTrainedModel):
    """Encoder, mean over tokens, dropout, one linear layer."""

    config_class = MeanPoolingConfig
    base_model_prefix = "text_encoder"  # not "encoder", a name inside BERT
    supports_gradient_checkpointing = True
    _supports_sdpa = True

    def __init__(self, config: MeanPoolingConfig) -> None:
        super().__init__(config)
        self.text_encoder = AutoModel.from_config(config.encoder)
        if getattr(self.text_encoder, "pooler", None) is not None:
            # BERT and RoBERTa build one; unused weights would never get a gradient, which
            # distributed training refuses
            self.text_encoder.pooler = None
        self.dropout = nn.Dropout(config.head_dropout)
        self.classifier = nn.Linear(config.encoder.hidden_size, config.num_labels)
        self.post_init()

    @classmethod
    def around(
        cls, folder: Path, config: MeanPoolingConfig
    ) -> MeanPoolingForSequenceClassification:
        """Put a new head on the encoder whose weights are in ``folder``."""
        model = cls(config)
        trained = AutoModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )
        if getattr(trained, "pooler", None) is not None:
            trained.pooler = None
        model.text_encoder.load_state_dict(trained.state_dict())
        return model

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if module is self.classifier:
            initialization.normal_(module.weight, std=self.config.initializer_range)
            initialization.zeros_(module.bias)

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> SequenceClassifierOutput:
        """Score texts: logits (b, n). ``labels`` adds a loss by ``config.problem_type``.

        ``token_type_ids``, which BERT's tokenizer gives and pipelines pass on, are not used: a
        text is one segment.
        """
        inputs = {"inputs_embeds": inputs_embeds} if input_ids is None else {"input_ids": input_ids}
        states = self.text_encoder(attention_mask=attention_mask, **inputs).last_hidden_state
        logits = self.classifier(self.dropout(pool(states, attention_mask, "mean")))
        loss = None
        if labels is not None:
            loss = self.loss_function(labels=labels, pooled_logits=logits, config=self.config)
        return SequenceClassifierOutput(loss=loss, logits=logits)


AutoConfig.register("emoscope_mean_pooling", MeanPoolingConfig, exist_ok=True)
AutoModelForSequenceClassification.register(
    MeanPoolingConfig, MeanPoolingForSequenceClassification, exist_ok=True
)
