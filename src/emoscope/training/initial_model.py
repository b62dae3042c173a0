"""The untrained classifier that a run starts from: an encoder from elsewhere, or a new MiniBERT."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer, TrainingArguments

from emoscope.data.examples import Examples
from emoscope.errors import TrainingError
from emoscope.models.encoder import (
    check_length,
    describe_labels,
    load_encoder,
    read_config,
    read_word_table,
)
from emoscope.models.encoder_source import EncoderSource, find_encoder
from emoscope.models.minibert import MiniBertForSequenceClassification
from emoscope.models.minibert_config import MiniBertConfig
from emoscope.models.narrow import narrow
from emoscope.models.vocabulary import VocabularyOptions, train_vocabulary
from emoscope.text import normalise_newest as normalise
from emoscope.training.batches import pad, tokenise
from emoscope.training.checkpoints import damage_of, replace_folder, write_checksums
from emoscope.training.settings import EncoderModel, MiniBertModel, TrainingSettings

TOKENIZER = "tokenizer"
"""Folder beside the checkpoints: the vocabulary of a MiniBERT, learned once a run."""
NARROWING_TEXTS = 6000
"""Train texts that tell which neurons an encoder can do without."""


def starting_model(
    model_settings: EncoderModel | MiniBertModel,
    settings: TrainingSettings,
    train: Examples,
    checkpoints: Path,
    arguments: TrainingArguments,
) -> tuple[Any, Any]:
    """A classifier for the labels of ``train`` and its tokenizer; seed torch's generator first.

    Of several processes the first one fetches or learns what the others then read.
    """
    train.refuse_test("an encoder")
    labels = train.taxonomy.labels
    with arguments.main_process_first(local=False):
        if isinstance(model_settings, EncoderModel):
            loaded = load_encoder(
                model_settings.encoder,
                labels,
                train.task,
                pooling=model_settings.pooling,
                dropout=model_settings.dropout,
                revision=model_settings.revision,
            )
            check_length(loaded.model, settings.max_length)
            if model_settings.neurons < 1.0:
                some = _some_texts(train, loaded.tokenizer, settings.max_length)
                narrow(loaded.model, some, model_settings.neurons, model_settings.encoder)
            return loaded.model, loaded.tokenizer
        if model_settings.pretrained is not None:
            return _pretrained(model_settings, model_settings.pretrained, train)
        if model_settings.word_table is not None:
            return _with_word_table(model_settings, model_settings.word_table, train)
        folder = checkpoints / TOKENIZER
        if damage_of(folder):
            learned = train_vocabulary(
                train.texts,
                VocabularyOptions(
                    algorithm=model_settings.vocabulary,
                    size=model_settings.vocabulary_size,
                    min_frequency=model_settings.min_frequency,
                    lowercase=model_settings.lowercase,
                    whole_words=model_settings.whole_words,
                    max_length=settings.max_length,
                ),
            )

            def write(at: Path) -> None:
                learned.save_pretrained(at)
                write_checksums(at)

            replace_folder(folder, write)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = minibert_config(model_settings, len(tokenizer))
    describe_labels(config, labels, train.task)
    return MiniBertForSequenceClassification(config), tokenizer


def _some_texts(
    train: Examples, tokenizer: Any, max_length: int
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Token ids and masks of texts spread evenly over ``train``, in batches."""
    rows = np.unique(np.linspace(0, len(train) - 1, NARROWING_TEXTS).round().astype(np.intp))
    tokens = tokenise(tokenizer, [normalise(train.texts[row]) for row in rows], max_length)
    tokens.sort(key=len)
    parts = [tokens[i : i + 64] for i in range(0, len(tokens), 64)]
    padded = [pad(part, int(tokenizer.pad_token_id)) for part in parts]
    return [(torch.from_numpy(ids), torch.from_numpy(mask)) for ids, mask in padded]


def _with_word_table(settings: MiniBertModel, name: str, train: Examples) -> tuple[Any, Any]:
    """A fresh MiniBERT with the vocabulary and the word vectors of another encoder."""
    source = find_encoder(name)
    other, tokenizer = read_word_table(source)
    config = minibert_config(settings, len(other))
    config.embedding_size = other.shape[1]
    config.pad_token_id = tokenizer.pad_token_id
    describe_labels(config, train.taxonomy.labels, train.task)
    model = MiniBertForSequenceClassification(config)
    with torch.no_grad():
        table = model.get_input_embeddings().weight
        table.copy_(other)
        table[config.pad_token_id] = 0
    return model, tokenizer


def minibert_config(settings: MiniBertModel, vocabulary_size: int) -> MiniBertConfig:
    """The architecture that the ``[model]`` table asks for."""
    return MiniBertConfig(
        vocab_size=vocabulary_size,
        embedding_size=settings.embedding_size,
        hidden_size=settings.hidden_size,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        intermediate_size=settings.intermediate_size,
        local_mixing=settings.local_mixing,
        pooling=settings.pooling,
        embedding_dropout=settings.embedding_dropout,
        hidden_dropout_prob=settings.hidden_dropout,
        attention_probs_dropout_prob=settings.attention_dropout,
        classifier_dropout=settings.classifier_dropout,
    )


def _pretrained(settings: MiniBertModel, name: str, train: Examples) -> tuple[Any, Any]:
    """A MiniBERT that was trained or pretrained before; a head of other labels is replaced."""
    source = find_encoder(name)
    sizes = pretrained_sizes(source)
    sizes.pooling = settings.pooling
    sizes.embedding_dropout = settings.embedding_dropout
    sizes.hidden_dropout_prob = settings.hidden_dropout
    sizes.attention_probs_dropout_prob = settings.attention_dropout
    sizes.classifier_dropout = settings.classifier_dropout
    describe_labels(sizes, train.taxonomy.labels, train.task)
    model = MiniBertForSequenceClassification.from_pretrained(
        source.folder, config=sizes, ignore_mismatched_sizes=True
    )
    return model, AutoTokenizer.from_pretrained(source.folder, trust_remote_code=False)


def pretrained_sizes(source: EncoderSource) -> MiniBertConfig:
    """The sizes of a pretrained MiniBERT; raises :class:`TrainingError` for any other model."""
    found = read_config(source)
    if not isinstance(found, MiniBertConfig):
        raise TrainingError(
            f"model.pretrained: {source.name!r} holds a {found.model_type} model and no MiniBERT. "
            "Give a folder that `emoscope pretrain` left, or set model.kind = 'encoder' with "
            "model.encoder to fine-tune this one."
        )
    return found
