"""From settings, model and examples to a trainer that is ready to train."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers

from emoscope.data.examples import Examples
from emoscope.decisions import PolicyOptions
from emoscope.errors import RecipeError
from emoscope.training.augmentation.rewriter import Rewriter
from emoscope.training.batches import Collate, TokenisedTexts
from emoscope.training.callbacks import BoardLog, Flow
from emoscope.training.checkpoints import STAGING
from emoscope.training.device import Device, Precision
from emoscope.training.distributed import process_count
from emoscope.training.losses import Loss
from emoscope.training.objective import Objective
from emoscope.training.regularised_loss import Forward
from emoscope.training.sampling import EpochOrder, repeat_factors
from emoscope.training.settings import TrainingSettings
from emoscope.training.trainer import EncoderTrainer
from emoscope.training.validation_metrics import validation_metrics


@dataclass(frozen=True)
class Place:
    """Where and how to compute, as it was decided for this machine."""

    device: Device
    precision: Precision


def make_trainer(
    settings: TrainingSettings,
    model: Any,
    tokenizer: Any,
    objective: Objective,
    train: Examples,
    validation: Examples,
    run_folder: Path,
    *,
    arguments: transformers.TrainingArguments,
    seed: int,
    policy: PolicyOptions | None,
    translations: Sequence[str] | None = None,
    callbacks: Sequence[transformers.TrainerCallback] = (),
) -> EncoderTrainer:
    """Tokenise, and put all parts together. ``validation`` is judged in the order given."""
    texts = TokenisedTexts(train.texts, objective.targets, tokenizer, settings.max_length)
    judged = TokenisedTexts(
        validation.texts, validation.labels.astype(np.float32), tokenizer, settings.max_length
    )
    # matrix units of GPUs work on multiples of 8
    multiple = 8 if arguments.device.type == "cuda" else 1
    if settings.gradient_checkpointing:
        # called activation checkpointing since transformers 5.2x
        newer = getattr(model, "activation_checkpointing_enable", None)
        (newer or model.gradient_checkpointing_enable)()
    rewrite = None
    if settings.augmentation.active:
        rewrite = Rewriter(settings.augmentation, seed, translations=translations)
    flow = Flow()
    trainer = EncoderTrainer(
        model=model,
        arguments=arguments,
        folder=run_folder / "checkpoints",
        settings=settings,
        forward=make_forward(settings, objective, train, model, tokenizer),
        order=EpochOrder(
            texts.lengths,
            settings.batch_size,
            seed,
            group_by_length=settings.group_by_length,
            repeats=repeats_of(settings, train),
        ),
        train=Collate(texts, multiple=multiple, rewrite=rewrite),
        validation=Collate(judged, multiple=multiple),
        compute_metrics=judge_of(validation, policy, objective.validation_loss),
        best_metric=best_metric(settings, train),
        callbacks=[flow, BoardLog(run_folder / "logs"), *callbacks],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    flow.bind(trainer)
    return trainer


def training_arguments(
    settings: TrainingSettings, folder: Path, seed: int, place: Place
) -> transformers.TrainingArguments:
    """Our settings in the Trainer's words; ``folder`` is that of checkpoints.

    Raises :class:`RecipeError` for a batch that processes cannot share evenly.
    """
    processes = process_count()
    parts = processes * settings.gradient_accumulation
    if settings.batch_size % parts:
        raise RecipeError(
            f"training.batch_size = {settings.batch_size} cannot be shared evenly by {processes} "
            f"processes times gradient_accumulation = {settings.gradient_accumulation}. "
            f"Make it a multiple of {parts}."
        )
    arguments = transformers.TrainingArguments(
        output_dir=str(folder / STAGING),
        per_device_train_batch_size=settings.batch_size // parts,
        per_device_eval_batch_size=settings.evaluation_batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation,
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        max_grad_norm=settings.max_grad_norm,
        logging_steps=settings.log_steps,
        logging_nan_inf_filter=False,  # a loss that is no number shall be seen, not averaged away
        log_level="error",
        save_strategy="no",  # Flow decides: a checkpoint goes with each evaluation
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=seed,
        bf16=place.precision == "bf16",
        fp16=place.precision == "fp16",
        use_cpu=place.device == "cpu",
        ddp_backend="gloo" if place.device == "cpu" and processes > 1 else None,
        dataloader_pin_memory=place.device == "cuda",
        remove_unused_columns=False,
        label_names=["labels"],
    )
    if arguments.n_gpu > 1:
        # several GPUs in one process would mean DataParallel, which is slow and changes the batch
        arguments._n_gpu = 1
    return arguments


def make_forward(
    settings: TrainingSettings, objective: Objective, train: Examples, model: Any, tokenizer: Any
) -> Forward:
    """The training pass; raises :class:`RecipeError` for what this encoder cannot do."""
    if settings.token_dropout and tokenizer.mask_token_id is None:
        raise RecipeError(
            "training.token_dropout replaces tokens by the mask token, and this encoder's "
            "tokenizer has none. Set it to 0."
        )
    if settings.mixup and "inputs_embeds" not in inspect.signature(model.forward).parameters:
        raise RecipeError(
            f"training.mixup mixes embeddings, which {type(model).__name__} does not take. Set it "
            "to 0."
        )
    return Forward(
        objective.loss,
        train.task,
        token_dropout=settings.token_dropout,
        mask_id=tokenizer.mask_token_id or 0,
        special_ids=tuple(tokenizer.all_special_ids),
        mixup=settings.mixup,
        r_drop=settings.r_drop,
    )


def repeats_of(settings: TrainingSettings, train: Examples) -> npt.NDArray[np.float64] | None:
    """How often each train text comes in an epoch; none for once."""
    rare = settings.sampling == "rare_labels"
    factors = repeat_factors(train.labels, settings.rare_below) if rare else None
    if train.weights is None:
        return factors
    weights = train.weights.astype(np.float64)
    return weights if factors is None else factors * weights


def judge_of(
    validation: Examples, policy: PolicyOptions | None, loss: Loss
) -> Callable[[transformers.EvalPrediction], dict[str, float]]:
    """The Trainer's ``compute_metrics`` for these validation examples."""
    truth = torch.from_numpy(validation.labels.astype(np.float32))

    def judge(found: transformers.EvalPrediction) -> dict[str, float]:
        scores = np.asarray(found.predictions, dtype=np.float32)
        return {
            "loss": float(loss(torch.from_numpy(scores), truth)),
            **validation_metrics(validation.with_scores(scores), policy),
        }

    return judge


def best_metric(settings: TrainingSettings, train: Examples) -> str:
    """The validation metric that chooses."""
    usual = "macro_f1" if train.task == "multi_label" else "accuracy"
    return settings.best_metric or usual
