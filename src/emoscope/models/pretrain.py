"""Pretrain a MiniBERT on unlabelled text: guess masked words (Devlin et al., 2019, section 3.1).

The folder it leaves is what ``model.pretrained`` in a recipe takes. Texts of the test split may be
among the unlabelled ones only if you would have them unlabelled in use as well; say so if they are.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emoscope.errors import MissingExtra, NoExamples, TrainingError

try:
    import accelerate  # noqa: F401  (the Trainer asks for it only when it is built)
    import torch
    import transformers
    from safetensors import SafetensorError
except ImportError as error:
    raise MissingExtra("train", "Pretraining") from error

from emoscope.data.examples import SourceFile
from emoscope.models.memory import is_out_of_memory
from emoscope.models.minibert import MiniBertForMaskedLM
from emoscope.models.minibert_config import MiniBertConfig
from emoscope.models.quiet import quiet_transformers
from emoscope.models.vocabulary import VocabularyOptions, train_vocabulary
from emoscope.text import normalise_newest as normalise

RECORD = "pretraining.json"


@dataclass(frozen=True)
class PretrainOptions:
    """How to pretrain."""

    epochs: float = 5.0
    """Passes over the texts."""
    max_steps: int | None = None
    """Stop after so many steps, whatever ``epochs`` says; for trying out."""
    batch_size: int = 128
    """Texts that one step learns from."""
    learning_rate: float = 1e-3
    """Peak learning rate."""
    weight_decay: float = 0.05
    """Decoupled weight decay of matrices."""
    warmup: float = 0.06
    """Share of the steps in which the learning rate rises."""
    mask_share: float = 0.15
    """Share of the tokens that are asked for; eight in ten of them are masked, one in ten replaced
    by a random token, one in ten left."""
    held_out: float = 0.02
    """Share of the texts kept apart, on which the result is judged."""
    seed: int = 0
    """Seed of weights, masks, order and the texts held out."""


@dataclass(frozen=True)
class Pretrained:
    """What pretraining gives."""

    folder: Path
    """``config.json``, ``model.safetensors``, the tokenizer's files, and ``pretraining.json``."""
    loss: float
    """Mean cross-entropy of masked words in texts held out, in nats."""
    untrained_loss: float
    """The same before the first step; near the logarithm of the vocabulary's size."""
    texts: int
    """Texts learned from."""


def pretrain(
    texts: Sequence[str],
    folder: Path,
    *,
    config: MiniBertConfig | None = None,
    vocabulary: VocabularyOptions | None = None,
    options: PretrainOptions | None = None,
    files: Sequence[SourceFile] = (),
    progress: bool = False,
) -> Pretrained:
    """Learn a vocabulary and an encoder from ``texts``, and save both into ``folder``.

    ``config`` gives the sizes; its ``vocab_size`` follows the vocabulary. ``files``, the
    texts' origin, is written into ``pretraining.json`` beside options and losses.

    Raises :class:`~emoscope.errors.NoExamples` for fewer than two texts, and
    :class:`~emoscope.errors.TrainingError` when ``folder`` holds files already or cannot be
    written, memory is short, or the loss stops being a number.
    """
    options = options or PretrainOptions()
    vocabulary = vocabulary or VocabularyOptions()
    _make_empty_folder(folder)
    transformers.set_seed(options.seed)
    learned, held_out = _split(texts, options)
    tokenizer = train_vocabulary(learned, vocabulary)
    config = copy.deepcopy(config) if config else MiniBertConfig()
    config.vocab_size = len(tokenizer)
    config.max_position_embeddings = vocabulary.max_length
    model = MiniBertForMaskedLM(config)
    # a copy: truncation and padding that are used here would be saved with the tokenizer
    used = copy.deepcopy(tokenizer)
    trainer = _trainer(model, used, learned, held_out, folder, options, progress=progress)
    with _memory_explained(options, vocabulary):
        before = _held_out_loss(trainer, options.seed)
        trainer.train()
        after = _held_out_loss(trainer, options.seed)
    if not np.isfinite(after):
        raise TrainingError(
            "Pretraining diverged: the loss is no number. Lower the learning rate "
            f"(now {options.learning_rate:g}) and start again."
        )
    found = Pretrained(folder, loss=after, untrained_loss=before, texts=len(learned))
    record = {
        "texts": found.texts,
        "loss": after,
        "untrained_loss": before,
        "files": [asdict(file) for file in files],
        "vocabulary": asdict(vocabulary),
        "options": asdict(options),
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    }
    _save(folder, model, tokenizer, record)
    return found


def _make_empty_folder(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise TrainingError(
            f"{str(folder)!r} holds files already, and pretraining overwrites nothing. "
            "Name a new folder, or remove this one."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"Cannot make the folder {str(folder)!r}: {error.strerror}. Name another."
        ) from error


def _split(texts: Sequence[str], options: PretrainOptions) -> tuple[list[str], list[str]]:
    """Texts to learn from, and at least one to judge by."""
    clean = [text for text in map(normalise, texts) if text]
    if len(clean) < 2:
        raise NoExamples(
            f"Pretraining needs at least two texts, one to learn from and one to judge by; "
            f"there are {len(clean)}. Give files with one text a line."
        )
    order = np.random.default_rng(options.seed).permutation(len(clean))
    kept = max(1, round(len(clean) * options.held_out))
    return [clean[i] for i in order[kept:]], [clean[i] for i in order[:kept]]


def _trainer(
    model: MiniBertForMaskedLM,
    tokenizer: transformers.PreTrainedTokenizerFast,
    learned: list[str],
    held_out: list[str],
    folder: Path,
    options: PretrainOptions,
    *,
    progress: bool,
) -> transformers.Trainer:
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=options.epochs,
        max_steps=-1 if options.max_steps is None else options.max_steps,
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        weight_decay=options.weight_decay,
        warmup_steps=options.warmup,  # below one: a share of all steps
        adam_beta2=0.98,
        max_grad_norm=1.0,
        train_sampling_strategy="group_by_length",
        bf16=torch.cuda.is_available() and torch.cuda.is_bf16_supported(),
        save_strategy="no",
        report_to="none",
        disable_tqdm=not progress,
        log_level="error",
        logging_strategy="no",
        seed=options.seed,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    trainer = transformers.Trainer(
        model=model,
        args=arguments,
        train_dataset=_encoded(tokenizer, learned),
        eval_dataset=_encoded(tokenizer, held_out),
        data_collator=transformers.DataCollatorForLanguageModeling(
            tokenizer, mlm_probability=options.mask_share
        ),
    )
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


def _encoded(
    tokenizer: transformers.PreTrainedTokenizerFast, texts: list[str]
) -> list[dict[str, list[int]]]:
    """Token ids; a text longer than the tokenizer's limit goes on as further rows, not cut off."""
    rows = tokenizer(
        texts, truncation=True, return_overflowing_tokens=True, return_special_tokens_mask=True
    )
    names = ("input_ids", "attention_mask", "special_tokens_mask")
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(rows[name] for name in names), strict=True)
    ]


def _held_out_loss(trainer: transformers.Trainer, seed: int) -> float:
    """Loss on the texts held out; the same masks each time."""
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        return float(trainer.evaluate()["eval_loss"])
    finally:
        torch.set_rng_state(state)


@contextmanager
def _memory_explained(options: PretrainOptions, vocabulary: VocabularyOptions) -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingError(
            f"Out of memory. Lower the batch size (now {options.batch_size}) or the length (now "
            f"{vocabulary.max_length} tokens) and start again."
        ) from error


def _save(
    folder: Path,
    model: MiniBertForMaskedLM,
    tokenizer: transformers.PreTrainedTokenizerFast,
    record: dict[str, Any],
) -> None:
    try:
        with quiet_transformers():
            model.cpu().save_pretrained(folder)
            tokenizer.save_pretrained(folder)
        (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    except (OSError, SafetensorError) as error:  # either tells of a full disk
        raise TrainingError(
            f"Cannot save the pretrained model into {str(folder)!r}: {error}. "
            "Free some space there and start again."
        ) from error
