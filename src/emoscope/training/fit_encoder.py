"""Train an encoder: examples in; a folder with the best weights and their history out."""

from __future__ import annotations

import json
import shutil
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emoscope.data.examples import Examples
from emoscope.decisions import PolicyOptions
from emoscope.errors import MissingExtra, TrainingError
from emoscope.training.settings import (
    DistillationSettings,
    EncoderModel,
    MiniBertModel,
    TrainingSettings,
)

try:
    import accelerate  # noqa: F401  (the Trainer asks for it only when it is built)
    import torch
    import transformers
    from torch.utils import tensorboard  # noqa: F401  (and the log only when it is opened)
except ImportError as error:
    raise MissingExtra("train", "Training an encoder") from error

from emoscope.models.head import set_bias
from emoscope.models.quiet import quiet_transformers
from emoscope.models.torch_scorer import TorchScorer
from emoscope.progress import take_progress_file
from emoscope.text import normalise_newest as normalise
from emoscope.training.callbacks import Watcher
from emoscope.training.checkpoints import (
    AT_LEAST,
    STATE,
    explained,
    load_best,
    prune,
    replace_folder,
    write_json,
)
from emoscope.training.choose_graph import Say
from emoscope.training.device import choose_device, choose_precision
from emoscope.training.distillation.lesson import make_lesson
from emoscope.training.distributed import is_main_process
from emoscope.training.failure_messages import checkpoints_explained, memory_explained
from emoscope.training.history import (
    HistoryRow,
    Watch,
    history_of,
    out_of_patience,
    write_history,
)
from emoscope.training.initial_model import starting_model
from emoscope.training.objective import make_objective, prior_bias, with_teachers
from emoscope.training.progress import Progress
from emoscope.training.resume import checkpoint_to_resume
from emoscope.training.run_record import start_record
from emoscope.training.trainer import EncoderTrainer
from emoscope.training.trainer_construction import Place, make_trainer, training_arguments


@dataclass(frozen=True, eq=False)
class TrainedEncoder:
    """What training an encoder gives."""

    scorer: TorchScorer
    """The model with the best weights, in evaluation mode, on the processor."""
    history: tuple[HistoryRow, ...]
    best: HistoryRow
    """The evaluation whose weights these are."""


def train_encoder(
    settings: TrainingSettings,
    model_settings: EncoderModel | MiniBertModel,
    examples: Examples,
    run_folder: Path,
    *,
    seed: int,
    policy: PolicyOptions | None = None,
    distillation: DistillationSettings | None = None,
    resume: bool = False,
    progress: bool = False,
    say: Say = lambda line: None,
    watch: Watch | None = None,
) -> TrainedEncoder:
    """Learn from train, choose the best evaluation on validation, save ``run_folder/model``.

    ``policy`` says how the finished model will decide: each evaluation judges policies of that
    kind, fitted and judged on different halves of validation. ``progress`` shows a bar on a
    terminal. Beside ``model/`` it leaves ``history.csv``, ``logs/`` and ``checkpoints/``,
    which ``resume`` continues from; ``say`` gets a line about damaged ones that are passed over.
    ``watch`` gets the history after each evaluation.
    Under ``torchrun`` every process gets the result; the first alone writes.

    Raises :class:`TrainingError` (diverged, out of memory, cannot resume or save),
    :class:`DeviceError`, :class:`RecipeError` and what reading an encoder raises.
    """
    examples.check_trainable()
    labelled, validation = examples.split("train"), examples.split("validation")
    lesson = None
    if distillation is not None:
        lesson = make_lesson(distillation, examples, run_folder.parent, seed, say)
    train = labelled if lesson is None else lesson.examples
    # like lengths share a batch, which saves most of the padding
    by_length = np.argsort([len(text) for text in validation.texts], kind="stable")
    device = choose_device(settings.device)
    place = Place(device, choose_precision(settings.precision, device))
    if settings.num_threads:
        torch.set_num_threads(settings.num_threads)
    checkpoints = run_folder / "checkpoints"
    record = start_record(
        settings.model_dump(mode="json"),
        model_settings.model_dump(mode="json"),
        asdict(policy or PolicyOptions()),
        examples,
        seed,
        None if lesson is None or distillation is None else lesson.record(distillation),
    )
    arguments = training_arguments(settings, checkpoints, seed, place)
    with arguments.main_process_first(local=False):  # it may delete those of a run it replaces
        last = checkpoint_to_resume(checkpoints, record, resume=resume, say=say)

    file = take_progress_file()
    bar = Progress(file=file) if progress or file else None
    drawing = closing(bar) if bar else nullcontext()
    with quiet_transformers(), memory_explained(settings, checkpoints), drawing:
        transformers.set_seed(seed)
        model, tokenizer = starting_model(model_settings, settings, train, checkpoints, arguments)
        tokenizer.model_max_length = settings.max_length  # pipelines cut texts at the same length
        objective = make_objective(settings, labelled)
        if settings.bias_from_prior:
            set_bias(model, prior_bias(objective.targets, train.task))
        if lesson is not None and distillation is not None:
            objective = with_teachers(objective, distillation, lesson.scores, train.task)
        trainer = make_trainer(
            settings,
            model,
            tokenizer,
            objective,
            train,
            validation.select(by_length),
            run_folder,
            arguments=arguments,
            seed=seed,
            policy=policy,
            translations=translations(settings, train, checkpoints, arguments, place),
            callbacks=[*([bar] if bar else ()), *([Watcher(watch)] if watch else ())],
        )
        if not already_done(last, trainer):
            run_trainer(trainer, last)
        best = trainer.best
        if best is None:
            raise TrainingError("Training ended before an evaluation. Raise training.max_steps.")
        load_best(trainer.model, checkpoints)
        # without the half precision of training, so that it scores as the saved model does
        model = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    if is_main_process():
        with explained("the model", run_folder):
            replace_folder(run_folder / "model", lambda at: _save(model, tokenizer, at))
            write_history(trainer.history, run_folder / "history.csv")
        keep = settings.keep_checkpoints
        prune(checkpoints, max(keep, AT_LEAST) if keep else 0)
    trainer.accelerator.wait_for_everyone()
    return TrainedEncoder(
        TorchScorer(
            model.cpu().eval(),
            tokenizer,
            train.taxonomy.labels,
            train.task,
            max_length=settings.max_length,
        ),
        history=trainer.history,
        best=best,
    )


def run_trainer(trainer: EncoderTrainer, checkpoint: Path | None) -> None:
    """Train from ``checkpoint``, or from the start."""
    staging = Path(trainer.args.output_dir)
    if is_main_process():
        shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
    try:
        with trainer.signals, checkpoints_explained(trainer, checkpoint):
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    finally:
        if is_main_process():
            shutil.rmtree(staging, ignore_errors=True)


def already_done(checkpoint: Path | None, trainer: EncoderTrainer) -> bool:
    """Tell whether a run that is resumed had nothing left to do; the trainer then knows its log."""
    if checkpoint is None:
        return False
    state = transformers.TrainerState.load_from_json(str(checkpoint / STATE))
    history = history_of(state.log_history)
    patience = trainer.settings.early_stopping
    spent = patience is not None and out_of_patience(history, trainer.best_metric, patience)
    if state.global_step < state.max_steps and not spent:
        return False
    trainer.state = state
    return True


def translations(
    settings: TrainingSettings,
    train: Examples,
    checkpoints: Path,
    arguments: transformers.TrainingArguments,
    place: Place,
) -> list[str] | None:
    """The train texts translated there and back, made once and kept for a resume."""
    models = settings.augmentation.back_translation
    if models is None:
        return None
    from emoscope.training.augmentation.back_translation import (  # deferred: extra train
        back_translate,
    )

    path = checkpoints / "back_translation.json"
    with arguments.main_process_first(local=False):
        if not _holds_texts(path, len(train)):
            texts = [normalise(text) for text in train.texts]
            made = back_translate(
                texts, models, device=place.device, max_length=settings.max_length
            )
            write_json(made, path)
    found: list[str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _holds_texts(path: Path, n: int) -> bool:
    """Tell whether a file holds a JSON list of ``n`` texts."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, list) and len(found) == n and all(isinstance(t, str) for t in found)


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    with quiet_transformers():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
