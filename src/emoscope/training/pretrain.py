"""Pretrain a MiniBERT on unlabelled text: guess masked words (Devlin et al., 2019, section 3.1).

The folder it leaves is what ``model.pretrained`` in a recipe takes. Texts of the test split may be
among the unlabelled ones only if you would have them unlabelled in use as well; say so if they are.
"""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
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
from emoscope.data.text_identity import add_texts
from emoscope.models.memory import is_out_of_memory
from emoscope.models.minibert import MiniBertForMaskedLM
from emoscope.models.minibert_config import MiniBertConfig
from emoscope.models.quiet import quiet_transformers
from emoscope.models.vocabulary import VocabularyOptions, train_vocabulary
from emoscope.progress import take_progress_file
from emoscope.text import normalise_newest as normalise
from emoscope.training.checkpoints import STAGING, prune
from emoscope.training.choose_graph import Say
from emoscope.training.pretrain_trainer import Checkpoints, PretrainTrainer
from emoscope.training.progress import Progress
from emoscope.training.resume import checkpoint_to_resume
from emoscope.training.run_folder import (
    UNFINISHED,
    check_new_folder,
    discard_unless_resumable,
    publish,
)

RECORD = "pretraining.json"
_LOG_STEPS = 20
"""Steps between two losses that are shown."""


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
    resume: bool = False,
    progress: bool = False,
    say: Say = lambda line: None,
) -> Pretrained:
    """Learn a vocabulary and an encoder from ``texts``, and save both into ``folder``.

    ``config`` gives the sizes; its ``vocab_size`` follows the vocabulary. ``files``, the
    texts' origin, is written into ``pretraining.json`` beside options and losses. Until all is
    there the folder is called ``<name>.unfinished``, which ``resume`` continues; ``say`` gets a
    line about damaged checkpoints that are passed over.

    Raises :class:`~emoscope.errors.NoExamples` for fewer than two texts, and
    :class:`~emoscope.errors.TrainingError` when ``folder`` holds files already or cannot be
    written, when there is an unfinished one that is not to be resumed or began with other texts or
    options, when memory is short, or the loss stops being a number.
    """
    options = options or PretrainOptions()
    vocabulary = vocabulary or VocabularyOptions()
    config = copy.deepcopy(config) if config else MiniBertConfig()
    check_new_folder(folder, resume=resume)
    learned, held_out = _split(texts, options)
    unfinished = folder.with_name(folder.name + UNFINISHED)
    checkpoints = unfinished / "checkpoints"
    _make(checkpoints)
    try:
        record = _record(texts, config, vocabulary, options)
        last = checkpoint_to_resume(checkpoints, record, resume=resume, say=say)
        transformers.set_seed(options.seed)
        tokenizer = train_vocabulary(learned, vocabulary)
        config.vocab_size = len(tokenizer)
        config.max_position_embeddings = vocabulary.max_length
        model = MiniBertForMaskedLM(config)
        # a copy: truncation and padding that are used here would be saved with the tokenizer
        used = copy.deepcopy(tokenizer)
        trainer = _trainer(model, used, learned, held_out, checkpoints, options, progress=progress)
        with _memory_explained(options, vocabulary):
            before = _held_out_loss(trainer, options.seed)
            with trainer.signals, _saving_explained(unfinished):
                trainer.train(resume_from_checkpoint=str(last) if last else None)
            after = _held_out_loss(trainer, options.seed)
        if not np.isfinite(after):
            prune(checkpoints, 0)
            raise TrainingError(
                "Pretraining diverged: the loss is no number. Lower the learning rate "
                f"(now {options.learning_rate:g}) and start again."
            )
        found = Pretrained(folder, loss=after, untrained_loss=before, texts=len(learned))
        written = {
            "texts": found.texts,
            "loss": after,
            "untrained_loss": before,
            "files": [asdict(file) for file in files],
            "vocabulary": asdict(vocabulary),
            "options": asdict(options),
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        }
        with _saving_explained(unfinished):
            _save(unfinished, model, tokenizer, written)
            shutil.rmtree(checkpoints)
            publish(unfinished, folder)
    except BaseException:  # an interrupt too
        discard_unless_resumable(unfinished)
        raise
    return found


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"Cannot make the folder {str(folder)!r}: {error.strerror}. Name another."
        ) from error


def _record(
    texts: Sequence[str],
    config: MiniBertConfig,
    vocabulary: VocabularyOptions,
    options: PretrainOptions,
) -> dict[str, Any]:
    """Everything that determines the result, as plain data."""
    digest = hashlib.sha256()
    add_texts(digest, texts)
    return {
        "texts": f"{len(texts)} texts, sha256 {digest.hexdigest()[:16]}",
        "config": config.to_diff_dict(),
        "vocabulary": asdict(vocabulary),
        "options": asdict(options),
    }


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
    checkpoints: Path,
    options: PretrainOptions,
    *,
    progress: bool,
) -> PretrainTrainer:
    arguments = transformers.TrainingArguments(
        output_dir=str(checkpoints / STAGING),
        num_train_epochs=options.epochs,
        max_steps=-1 if options.max_steps is None else options.max_steps,
        per_device_train_batch_size=options.batch_size,
        per_device_eval_batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        weight_decay=options.weight_decay,
        warmup_steps=options.warmup,  # below one: a share of all steps
        adam_beta2=0.98,
        max_grad_norm=1.0,
        bf16=torch.cuda.is_available() and torch.cuda.is_bf16_supported(),
        save_strategy="no",  # Checkpoints decides
        report_to="none",
        disable_tqdm=True,
        log_level="error",
        logging_steps=_LOG_STEPS,
        logging_nan_inf_filter=False,
        seed=options.seed,
        dataloader_pin_memory=torch.cuda.is_available(),
        remove_unused_columns=False,  # where special tokens are
        label_names=["labels"],
    )
    trainer = PretrainTrainer(
        model,
        tokenizer,
        arguments,
        _encoded(tokenizer, learned),
        _encoded(tokenizer, held_out),
        mask_share=options.mask_share,
    )
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.add_callback(Checkpoints(trainer, checkpoints))
    file = take_progress_file()
    if progress or file:
        trainer.add_callback(Progress(file=file, stage="pretraining"))
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


def _held_out_loss(trainer: PretrainTrainer, seed: int) -> float:
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


@contextmanager
def _saving_explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:  # either tells of a full disk
        resumable = any((folder / "checkpoints").glob("checkpoint-*"))
        raise TrainingError(
            f"Cannot save the pretrained model into {str(folder)!r}: {error}. Free some space "
            f"there and {'go on with --resume' if resumable else 'start again'}."
        ) from error


def _save(
    folder: Path,
    model: MiniBertForMaskedLM,
    tokenizer: transformers.PreTrainedTokenizerFast,
    record: dict[str, Any],
) -> None:
    with quiet_transformers():
        model.cpu().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
