"""Any Hugging Face encoder as a text classifier, ready to be fine-tuned.

With ``pooling="model"`` the architecture's own classification class is used, so that the trained
folder opens with plain ``AutoModelForSequenceClassification.from_pretrained`` and
``pipeline("text-classification", folder)``, without emoscope and without remote code. With
``pooling="mean"`` a head of ours stands on it (:mod:`emoscope.models.mean_pooling`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

import emoscope.models.minibert  # noqa: F401  (registers MiniBERT with the Auto classes)
from emoscope.errors import RecipeError, TrainingError, first_line
from emoscope.models.encoder_source import EncoderSource, find_encoder
from emoscope.models.mean_pooling import MeanPoolingConfig, MeanPoolingForSequenceClassification
from emoscope.models.quiet import quiet_transformers
from emoscope.taxonomy import Task

_PROBLEM: dict[Task, str] = {
    "multi_label": "multi_label_classification",
    "single_label": "single_label_classification",
}
_UNREADABLE = (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError)
"""What transformers raises for a folder that it cannot open."""
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
            tokenizer = _tokenizer(source.folder)
            if pooling == "mean":
                model = _with_mean_pooling(source, labels, task, dropout)
            else:
                model = _with_its_own_head(source, labels, task, dropout)
    except _UNREADABLE as error:
        raise _unreadable(source, error) from error
    return LoadedEncoder(model.train(), tokenizer, source)


def read_config(source: EncoderSource) -> PreTrainedConfig:
    """The configuration alone; raises :class:`~emoscope.errors.TrainingError`, as above."""
    try:
        config = AutoConfig.from_pretrained(source.folder, trust_remote_code=False)
    except _UNREADABLE as error:
        raise _unreadable(source, error) from error
    # the path of a local folder may be private, and would be saved with the model
    config._name_or_path = "" if source.origin == "local folder" else source.name
    return config


def read_word_table(source: EncoderSource) -> tuple[torch.Tensor, PreTrainedTokenizerFast]:
    """Word vectors (n_tokens, width) of an encoder, and its tokenizer.

    Raises :class:`~emoscope.errors.TrainingError` where it cannot be read.
    """
    try:
        with quiet_transformers():
            model = AutoModel.from_pretrained(
                source.folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
            )
            table = model.get_input_embeddings().weight.detach()
            return table, _tokenizer(source.folder)
    except _UNREADABLE as error:
        raise _unreadable(source, error) from error


def _tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of ``folder``; raises ValueError for one that batches or windows cannot use."""
    found = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    if not found.is_fast:
        raise ValueError(f"Its tokenizer ({type(found).__name__}) has no tokenizer.json form.")
    if found.pad_token_id is None:
        raise ValueError("Its tokenizer has no padding token, so its texts cannot share a batch.")
    return found


def _unreadable(source: EncoderSource, error: Exception) -> TrainingError:
    folder = source.folder
    if not (folder / "tokenizer.json").is_file() and any(folder.glob("*.model")):
        advice = "If its SentencePiece vocabulary is the reason: pip install sentencepiece."
    else:
        advice = (
            "emoscope runs no code from a model folder, and needs a text encoder that transformers "
            "itself knows, with a tokenizer.json or a vocabulary. Try another encoder."
        )
    return TrainingError(
        f"The encoder {source.name!r} ({source.origin}: {folder}) cannot be read: "
        f"{first_line(error)}. {advice}"
    )


def _with_its_own_head(
    source: EncoderSource, labels: Sequence[str], task: Task, dropout: float | None
) -> PreTrainedModel:
    config = read_config(source)
    set_head_dropout(config, dropout)
    describe_labels(config, labels, task)
    return AutoModelForSequenceClassification.from_pretrained(
        source.folder,
        config=config,
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        # a checkpoint that was fine-tuned on other labels gets a fresh head
        ignore_mismatched_sizes=True,
    )


def _with_mean_pooling(
    source: EncoderSource, labels: Sequence[str], task: Task, dropout: float | None
) -> PreTrainedModel:
    found = read_config(source)
    trained = isinstance(found, MeanPoolingConfig)
    config = found if trained else MeanPoolingConfig(encoder=found)
    if dropout is not None:
        config.head_dropout = dropout
    describe_labels(config, labels, task)
    if trained:
        return MeanPoolingForSequenceClassification.from_pretrained(
            source.folder,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            ignore_mismatched_sizes=True,  # a head of other labels is replaced
        )
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


def longest_input(model: Any) -> int | None:
    """Most tokens that ``model`` can read at once; none where positions are relative or rotary.

    RoBERTa and its kin count positions from behind that of the padding.
    """
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            return module.num_embeddings - first
    return None


def check_length(model: Any, max_length: int) -> None:
    """Raise :class:`~emoscope.errors.RecipeError` for texts longer than ``model`` can read."""
    most = longest_input(model)
    if most is not None and max_length > most:
        raise RecipeError(
            f"training.max_length = {max_length} is more than the {most} tokens that this encoder "
            f"reads at once. Set it to {most} or less."
        )
