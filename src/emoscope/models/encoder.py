"""Any Hugging Face encoder as a text classifier, ready to be fine-tuned.

With ``pooling="model"`` the architecture's own classification class is used, so that the trained
folder opens with plain ``AutoModelForSequenceClassification.from_pretrained`` and
``pipeline("text-classification", folder)``, without emoscope and without remote code. With
``pooling="mean"`` a head of ours stands on it (:mod:`emoscope.models.mean_pooling`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

import emoscope.models.minibert  # noqa: F401  (registers MiniBERT with the Auto classes)
from emoscope.errors import TrainingError
from emoscope.models.encoder_source import EncoderSource, find_encoder
from emoscope.models.mean_pooling import MeanPoolingConfig, MeanPoolingForSequenceClassification
from emoscope.models.quiet import quiet_transformers
from emoscope.taxonomy import Task

_PROBLEM: dict[Task, str] = {
    "multi_label": "multi_label_classification",
    "single_label": "single_label_classification",
}
# Architectures name the dropout before their head differently.
_HEAD_DROPOUT = ("classifier_dropout", "seq_classif_dropout")
_UNLISTED_HEAD_DROPOUT = {"deberta-v2": "cls_dropout", "deberta": "cls_dropout"}
"""Read by the model, but no field of its configuration."""


@dataclass(frozen=True)
class LoadedEncoder:
    """A classifier with a fresh head, its tokenizer, and where it came from."""

    model: PreTrainedModel
    """In fp32 on the processor, in training mode; ``config.id2label`` has the labels."""
    tokenizer: PreTrainedTokenizerFast
    source: EncoderSource


def load_encoder(
    name: str,
    labels: Sequence[str],
    task: Task,
    *,
    pooling: Literal["model", "mean"] = "model",
    dropout: float | None = None,
    revision: str | None = None,
) -> LoadedEncoder:
    """Load the encoder ``name`` (hub id or folder) with a fresh head for ``labels``.

    ``dropout`` replaces the architecture's own before the head. Every weight of the encoder comes
    from its file; the head's are drawn from torch's generator, so seed it first.

    Raises :class:`~emoscope.errors.EncoderNotFound` when there is none of that name, and
    :class:`~emoscope.errors.TrainingError` when it cannot be read without running its own code.
    """
    source = find_encoder(name, revision)
    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(source.folder, use_fast=True)
            if pooling == "mean":
                model = _with_mean_pooling(source, labels, task, dropout)
            else:
                model = _with_its_own_head(source, labels, task, dropout)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TrainingError(
            f"The encoder {name!r} ({source.origin}: {source.folder}) cannot be read: {reason} "
            "emoscope runs no code from a model folder, and needs a text encoder that transformers "
            "itself knows, with a tokenizer.json or a vocabulary. Try another encoder."
        ) from error
    return LoadedEncoder(model.train(), tokenizer, source)


def _with_its_own_head(
    source: EncoderSource, labels: Sequence[str], task: Task, dropout: float | None
) -> PreTrainedModel:
    config = AutoConfig.from_pretrained(source.folder)
    set_head_dropout(config, dropout)
    describe_labels(config, labels, task)
    return AutoModelForSequenceClassification.from_pretrained(
        source.folder,
        config=config,
        dtype=torch.float32,
        use_safetensors=True,
        # a checkpoint that was fine-tuned on other labels gets a fresh head
        ignore_mismatched_sizes=True,
    )


def _with_mean_pooling(
    source: EncoderSource, labels: Sequence[str], task: Task, dropout: float | None
) -> PreTrainedModel:
    config = MeanPoolingConfig(encoder=AutoConfig.from_pretrained(source.folder))
    if dropout is not None:
        config.head_dropout = dropout
    describe_labels(config, labels, task)
    return MeanPoolingForSequenceClassification.around(source.folder, config)


def describe_labels(config: PreTrainedConfig, labels: Sequence[str], task: Task) -> None:
    """Write labels and task into ``config``, where pipelines look for them."""
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    config.problem_type = _PROBLEM[task]


def set_head_dropout(config: PreTrainedConfig, dropout: float | None) -> None:
    """Set the dropout before the classification head, whatever the architecture calls it."""
    if dropout is None:
        return
    names = [name for name in _HEAD_DROPOUT if hasattr(config, name)]
    if config.model_type in _UNLISTED_HEAD_DROPOUT:
        names.append(_UNLISTED_HEAD_DROPOUT[config.model_type])
    if not names:
        raise ValueError(f"{config.model_type} has no dropout before its head. Leave it out.")
    for name in names:
        setattr(config, name, dropout)


def parameter_counts(model: Any) -> tuple[int, int]:
    """All parameters, and those outside the word table, which cost matrix products."""
    total = sum(p.numel() for p in model.parameters())
    return total, total - model.get_input_embeddings().weight.numel()
