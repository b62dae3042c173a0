"""What a run would be, without running it: data, model size, steps, memory.

Nothing is learned and no weights are fetched. A size is counted on a model without memory (torch's
``meta`` device) from its configuration alone, a few hundred bytes.
"""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from emoscope.data.examples import Examples
from emoscope.errors import MissingExtra
from emoscope.models.linear_settings import LinearSettings
from emoscope.training.distillation.lesson import unlabelled_pool
from emoscope.training.distillation.teacher_scores import open_teachers
from emoscope.training.recipe import Recipe
from emoscope.training.settings import (
    DistillationSettings,
    EncoderModel,
    EnsembleModel,
    MiniBertModel,
    TrainingSettings,
)

CHARACTERS_PER_TOKEN = 3.8
"""GoEmotions with BERT's vocabulary: 68 characters and 18 tokens a text."""
PROBE_TEXTS = 300
"""Texts that teachers score to tell how long they take for all."""


@dataclass(frozen=True)
class Plan:
    """A run before it is run."""

    recipe: str
    texts: Mapping[str, int]
    """Number of texts of each split that is there."""
    n_labels: int
    rarest: tuple[str, int]
    """The label with the fewest train texts, and how many."""
    parameters: int | None = None
    """Of the whole model, head included; none when unknown or when there are none."""
    parameters_from: str = ""
    """Where the number comes from, or why there is none."""
    steps_per_epoch: int | None = None
    steps: int | None = None
    warmup_steps: int | None = None
    device: str = "cpu"
    precision: str = "fp32"
    memory: int | None = None
    """Estimated peak in bytes: weights, gradients, optimiser, averages, activations."""
    teacher_texts: int | None = None
    """How many texts the teachers score, before the first step; none without teachers."""
    teacher_seconds: float = 0.0
    """How long they take, estimated from a few of the texts."""

    def lines(self) -> list[tuple[str, str]]:
        """Name and value of each fact, for a table."""
        rows = [
            ("recipe", self.recipe),
            *((f"{split} texts", f"{n:,}") for split, n in self.texts.items()),
            (
                "labels",
                f"{self.n_labels}, rarest {self.rarest[0]} with {self.rarest[1]:,} in train",
            ),
            ("parameters", _known(self.parameters) + f" ({self.parameters_from})"),
        ]
        if self.teacher_texts is not None:
            taken = _duration(self.teacher_seconds)
            rows.append(("teachers score", f"{self.teacher_texts:,} texts, about {taken}"))
        if self.steps is not None:
            most = "" if self.teacher_texts is None else "at most "  # some texts are not chosen
            rows += [
                ("steps", f"{most}{self.steps:,}, {_known(self.steps_per_epoch)} an epoch, "
                          f"{_known(self.warmup_steps)} of warm-up"),
                ("computes on", f"{self.device}, {self.precision}"),
                ("memory", "unknown" if self.memory is None else f"about {_size(self.memory)}"),
            ]  # fmt: skip
        return rows


def plan(recipe: Recipe, examples: Examples) -> Plan:
    """Plan a recipe on these examples; raises what training would raise before its first step."""
    examples.check_trainable()
    train = examples.split("train")
    examples.split("validation")
    counts = train.labels.sum(axis=0)
    rarest = int(counts.argmin())
    facts: dict[str, Any] = {
        "recipe": recipe.name,
        "texts": {
            split: len(examples.split(split))
            for split in ("train", "validation", "test")
            if examples.has_split(split)
        },
        "n_labels": len(examples.taxonomy),
        "rarest": (examples.taxonomy.labels[rarest], int(counts[rarest])),
    }
    if isinstance(recipe.model, EnsembleModel):
        return Plan(**facts, parameters_from="an ensemble: those of its members")
    if isinstance(recipe.model, LinearSettings):
        return Plan(
            **facts, parameters_from="a linear model: as many as words and characters found"
        )
    n_more = 0
    if recipe.distillation is not None:
        n_pool, taught = _teaching(recipe.distillation, examples)
        n_more, facts = min(n_pool, recipe.distillation.texts), facts | taught
    return Plan(**facts, **_encoder_facts(recipe.training, recipe.model, train, n_more))


def _teaching(settings: DistillationSettings, examples: Examples) -> tuple[int, dict[str, Any]]:
    """How many unlabelled texts there are, and how long teachers take for these and train."""
    train = examples.split("train")
    teachers = open_teachers(settings.teachers, train.taxonomy.labels, train.task)
    pool = unlabelled_pool(settings, examples) if settings.unlabelled else []
    texts = [*train.texts, *pool]
    probe = [texts[i] for i in np.linspace(0, len(texts) - 1, PROBE_TEXTS).astype(int)]
    teachers.scorer.logits(probe[:8])  # what is done but once
    start = time.perf_counter()
    teachers.scorer.logits(probe)
    seconds = (time.perf_counter() - start) * len(texts) / len(probe)
    return len(pool), {"teacher_texts": len(texts), "teacher_seconds": seconds}


def steps_of(settings: TrainingSettings, n_texts: int) -> tuple[int, int]:
    """Steps of one epoch over ``n_texts``, and of the whole run."""
    per_epoch = math.ceil(n_texts / settings.batch_size)
    steps = math.ceil(settings.epochs * per_epoch)
    return per_epoch, min(steps, settings.max_steps or steps)


def memory_of(
    config: Any, parameters: int, tokens: int, settings: TrainingSettings, precision: str
) -> int:
    """Estimated peak in bytes for ``tokens`` at once, padding included.

    Weights, gradients and AdamW's two moments take four bytes each. A layer keeps about 34 bytes
    for each token and channel in 16 bits, twice that in 32 (Korthikanti et al., 2022, "Reducing
    Activation Recomputation", equation 1, without the attention matrix, which fused attention
    never stores).
    """
    state = parameters * (16 + (8 if settings.ema else 0))
    per_token = config.hidden_size * config.num_hidden_layers * (68 if precision == "fp32" else 34)
    if settings.gradient_checkpointing:  # each layer's input, and one whole layer at a time
        per_token = per_token // config.num_hidden_layers + config.hidden_size * (
            4 * config.num_hidden_layers
        )
    passes = 2 if settings.r_drop else 1
    return int(state + passes * tokens * per_token)


def _encoder_facts(
    settings: TrainingSettings,
    model: EncoderModel | MiniBertModel,
    train: Examples,
    n_more: int,
) -> dict[str, Any]:
    """Facts about training on ``train`` and on ``n_more`` texts without labels."""
    try:
        import transformers  # noqa: F401  (torch alone would do for the rest)  # deferred: extra train

        from emoscope.training.device import (  # deferred: extra train
            choose_device,
            choose_precision,
        )
        from emoscope.training.objective import make_objective  # deferred: extra train
        from emoscope.training.optimiser import warmup_steps  # deferred: extra train
        from emoscope.training.trainer_construction import repeats_of  # deferred: extra train
    except ImportError as error:
        raise MissingExtra("train", "Planning the training of an encoder") from error

    make_objective(settings, train)
    repeats = repeats_of(settings, train)
    n_texts = len(train) if repeats is None else round(float(repeats.sum()))
    per_epoch, steps = steps_of(settings, n_texts + n_more)
    device = choose_device(settings.device)
    precision = choose_precision(settings.precision, device)
    config, source = _config(model)
    parameters = memory = None
    if config is not None:
        parameters = count_parameters(config, model, len(train.taxonomy), settings.max_length)
        at_once = settings.batch_size // settings.gradient_accumulation
        longest = np.sort([len(text) for text in train.texts])[-at_once:].max()
        width = min(settings.max_length, math.ceil(longest / CHARACTERS_PER_TOKEN) + 2)
        memory = memory_of(config, parameters, at_once * width, settings, precision)
    return {
        "parameters": parameters,
        "parameters_from": source,
        "steps_per_epoch": per_epoch,
        "steps": steps,
        "warmup_steps": warmup_steps(settings.warmup, math.ceil(settings.epochs * per_epoch)),
        "device": device,
        "precision": precision,
        "memory": memory,
    }


def count_parameters(
    config: Any, model: EncoderModel | MiniBertModel, n_labels: int, max_length: int
) -> int:
    """Number of parameters of a classifier with this configuration, counted without memory.

    Raises :class:`RecipeError` when it cannot read ``max_length`` tokens.
    """
    import torch  # deferred: extra train
    from transformers import AutoModelForSequenceClassification  # deferred: extra train

    from emoscope.models.encoder import check_length  # deferred: extra train
    from emoscope.models.mean_pooling import MeanPoolingConfig  # deferred: extra train

    config.num_labels = n_labels
    if isinstance(model, EncoderModel) and model.pooling == "mean":
        config = MeanPoolingConfig(encoder=config, num_labels=n_labels)
    with torch.device("meta"):
        built = AutoModelForSequenceClassification.from_config(config)
    check_length(built, max_length)
    return sum(p.numel() for p in built.parameters())


def _config(model: EncoderModel | MiniBertModel) -> tuple[Any, str]:
    """The configuration and where it comes from; none and why when it cannot be had."""
    from transformers import AutoConfig  # deferred: extra train

    from emoscope.models.encoder import read_config  # deferred: extra train
    from emoscope.models.encoder_source import PACKAGED, find_encoder  # deferred: extra train

    if isinstance(model, MiniBertModel):
        from emoscope.training.initial_model import (  # deferred: extra train
            minibert_config,
            pretrained_sizes,
        )

        if model.pretrained is not None:
            return pretrained_sizes(find_encoder(model.pretrained)), "counted"
        if model.word_table is not None:
            other = read_config(find_encoder(model.word_table))
            sizes = minibert_config(model, other.vocab_size)
            sizes.embedding_size = getattr(other, "embedding_size", other.hidden_size)
            return sizes, "counted"
        sizes = minibert_config(model, model.vocabulary_size)
        return sizes, "at most: the vocabulary may be smaller"
    name = model.encoder
    packaged = PACKAGED.get(name)
    if Path(name).expanduser().is_dir() or (packaged and importlib.util.find_spec(packaged[0])):
        return read_config(find_encoder(name)), "counted"
    known = WELL_KNOWN.get(name.split("/")[-1])
    if known is not None:
        sizes = AutoConfig.for_model(known[0], **known[1])
        return sizes, "counted from its published sizes; its weights are not read"
    try:
        config = AutoConfig.from_pretrained(name, revision=model.revision, trust_remote_code=False)
        return config, "counted"
    except (OSError, ValueError):
        return None, f"{name} is not here and cannot be fetched"


WELL_KNOWN: Mapping[str, tuple[str, Mapping[str, int]]] = MappingProxyType(
    {
        "distilbert-base-uncased": ("distilbert", {}),
        "bert-base-uncased": ("bert", {}),
        "roberta-base": (
            "roberta",
            {"vocab_size": 50_265, "max_position_embeddings": 514, "type_vocab_size": 1},
        ),
    }
)
"""Architecture of an encoder and the sizes that are not its defaults, known without the network."""


def _known(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:,.0f} min"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
