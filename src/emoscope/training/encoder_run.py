"""Train an encoder: examples in, a folder with the best weights, their history and scores out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import Examples
from emoscope.decisions import PolicyOptions
from emoscope.errors import MissingExtra, RecipeError, TrainingError
from emoscope.training.settings import EncoderModel, MiniBertModel, TrainingSettings

try:
    import accelerate  # noqa: F401  (the Trainer asks for it only when it is built)
    import torch
    import transformers
except ImportError as error:
    raise MissingExtra("train", "Training an encoder") from error

from emoscope.training.batches import Collate, TokenisedTexts
from emoscope.training.callbacks import BoardLog, Flow
from emoscope.training.checkpoints import checkpoints_in, load_best, replace_folder
from emoscope.training.forward import Forward
from emoscope.training.hardware import choose_device, choose_precision
from emoscope.training.history import HistoryRow
from emoscope.training.objective import make_objective, prior_bias
from emoscope.training.sampling import EpochOrder, repeat_factors
from emoscope.training.selection import validation_metrics
from emoscope.training.trainer import EncoderTrainer


@dataclass(frozen=True)
class TrainedEncoder:
    """What training an encoder gives."""

    model: Any
    """The transformers model with the best weights, in evaluation mode, on the processor."""
    tokenizer: Any
    folder: Path
    """``config.json``, tokenizer files and ``model.safetensors``; what ``from_pretrained`` loads."""
    history: tuple[HistoryRow, ...]
    best: HistoryRow
    """The evaluation whose weights these are."""
    validation_scores: npt.NDArray[np.float32]
    """Raw scores of the validation rows, shape (n_validation, n_labels), in the order of the examples."""
    device: str
    precision: str
    is_main_process: bool
    """False in all but one of several processes; only the one writes files."""


def train_encoder(
    settings: TrainingSettings,
    model_settings: EncoderModel | MiniBertModel,
    examples: Examples,
    run_folder: Path,
    *,
    seed: int,
    policy: PolicyOptions | None = None,
    resume: bool = False,
) -> TrainedEncoder:
    """Fine-tune on the train split, choose the best epoch on validation, save ``run_folder/model``.

    ``policy`` says how the finished model will decide; each epoch is judged by policies of that kind,
    fitted and judged on different halves of validation.
    """
    examples.check_trainable()
    train, validation = examples.split("train"), examples.split("validation")
    device = choose_device(settings.device)
    precision = choose_precision(settings.precision, device)
    if settings.num_threads:
        torch.set_num_threads(settings.num_threads)
    checkpoints = run_folder / "checkpoints"
    last = checkpoints_in(checkpoints)
    if last and not resume:
        raise TrainingError(
            f"{run_folder} already has checkpoints of a run. Go on with --resume, or choose another "
            "name or folder."
        )
    transformers.set_seed(seed)
    model, tokenizer = load_model(model_settings, train)
    tokenizer.model_max_length = settings.max_length
    objective = make_objective(settings, train)
    if settings.bias_from_prior:
        set_bias(model, prior_bias(objective.targets, train.task))

    texts = TokenisedTexts(train.texts, objective.targets, tokenizer, settings.max_length)
    # validation in order of length: like lengths share a batch, which saves most of the padding
    by_length = np.argsort([len(text) for text in validation.texts], kind="stable")
    judged = validation.select(by_length)
    judged_texts = TokenisedTexts(
        judged.texts, judged.labels.astype(np.float32), tokenizer, settings.max_length
    )
    multiple = 8 if device == "cuda" else 1
    arguments = training_arguments(settings, checkpoints, seed, device, precision)
    repeats = None
    if settings.sampling == "rare_labels":
        repeats = repeat_factors(train.labels, settings.rare_below)
    flow = Flow()
    trainer = EncoderTrainer(
        model=model,
        arguments=arguments,
        settings=settings,
        forward=Forward(
            objective.loss,
            train.task,
            token_dropout=settings.token_dropout,
            mask_id=_mask_id(tokenizer) if settings.token_dropout else 0,
            special_ids=tuple(tokenizer.all_special_ids),
            r_drop=settings.r_drop,
        ),
        order=EpochOrder(
            texts.lengths,
            settings.batch_size,
            seed,
            group_by_length=settings.group_by_length,
            repeats=repeats,
        ),
        train=texts,
        train_collate=Collate(texts, tokenizer, settings.max_length, multiple=multiple),
        validation=judged_texts,
        validation_collate=Collate(judged_texts, tokenizer, settings.max_length, multiple=multiple),
        compute_metrics=lambda found: validation_metrics(
            found.predictions, judged.labels, judged.taxonomy.labels, judged.task, policy
        ),
        best_metric=settings.best_metric
        or ("macro_f1" if train.task == "multi_label" else "accuracy"),
        callbacks=[flow, BoardLog(run_folder / "logs")],
    )
    flow.bind(trainer)
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train(resume_from_checkpoint=str(last[-1]) if last else None)
    best = trainer.best
    if best is None:
        raise TrainingError("Training ended before its first evaluation. Raise training.max_steps.")
    load_best(trainer.model, checkpoints, best.step)
    scores = trainer.predict(judged_texts, metric_key_prefix="final").predictions
    first = trainer.is_world_process_zero()
    if first:
        replace_folder(run_folder / "model", lambda folder: _save(trainer.model, tokenizer, folder))
    trainer.accelerator.wait_for_everyone()
    return TrainedEncoder(
        model=trainer.model.cpu().eval(),
        tokenizer=tokenizer,
        folder=run_folder / "model",
        history=trainer.history,
        best=best,
        validation_scores=np.asarray(scores[np.argsort(by_length)], dtype=np.float32),
        device=device,
        precision=precision,
        is_main_process=first,
    )


def load_model(settings: EncoderModel | MiniBertModel, train: Examples) -> tuple[Any, Any]:
    """The untrained classifier and its tokenizer, with the labels of ``train`` in its config."""
    if isinstance(settings, MiniBertModel):
        raise RecipeError("minibert is not wired yet")
    labels = train.taxonomy.labels
    problem = {"multi_label": "multi_label_classification"}
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        settings.encoder,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        problem_type=problem.get(train.task, "single_label_classification"),
    )
    return model, transformers.AutoTokenizer.from_pretrained(settings.encoder)


def set_bias(model: torch.nn.Module, bias: torch.Tensor) -> None:
    """Start the last layer with one output a label at ``bias`` (n_labels,)."""
    heads = [
        m
        for m in model.modules()
        if isinstance(m, torch.nn.Linear) and m.out_features == len(bias) and m.bias is not None
    ]
    if heads:
        with torch.no_grad():
            heads[-1].bias.copy_(bias)


def training_arguments(
    settings: TrainingSettings, folder: Path, seed: int, device: str, precision: str
) -> transformers.TrainingArguments:
    """Our settings in the Trainer's words; raises :class:`RecipeError` for an uneven batch."""
    processes = int(os.environ.get("WORLD_SIZE", "1"))  # set by torchrun and accelerate launch
    parts = processes * settings.gradient_accumulation
    if settings.batch_size % parts:
        raise RecipeError(
            f"training.batch_size = {settings.batch_size} cannot be shared evenly by "
            f"{processes} processes times gradient_accumulation = "
            f"{settings.gradient_accumulation}. Make it a multiple of {parts}."
        )
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=settings.batch_size // parts,
        per_device_eval_batch_size=settings.evaluation_batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation,
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps or -1,
        learning_rate=settings.learning_rate,
        max_grad_norm=settings.max_grad_norm,
        logging_steps=settings.log_steps,
        logging_nan_inf_filter=False,  # a loss that is not a number shall be seen, not averaged away
        save_strategy="no",  # Flow decides when; a checkpoint goes with each evaluation
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=seed,
        bf16=precision == "bf16",
        fp16=precision == "fp16",
        use_cpu=device == "cpu",
        ddp_backend="gloo" if device == "cpu" and processes > 1 else None,
        dataloader_pin_memory=device == "cuda",
        remove_unused_columns=False,
        label_names=["labels"],
    )
    if arguments.n_gpu > 1:
        # several GPUs in one process would mean DataParallel, which is slow and changes the batch
        arguments._n_gpu = 1
    return arguments


def _mask_id(tokenizer: Any) -> int:
    if tokenizer.mask_token_id is None:
        raise RecipeError(
            "training.token_dropout replaces tokens by the mask token, and this encoder's tokenizer "
            "has none. Set it to 0."
        )
    return int(tokenizer.mask_token_id)


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
