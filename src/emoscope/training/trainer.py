"""transformers' ``Trainer`` with what it lacks: our losses, averaged weights, whole checkpoints.

Everything else (mixed precision, several processes, accumulation, clipping, resuming) is the Trainer's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Sampler
from transformers import Trainer, TrainerCallback, TrainingArguments, get_scheduler
from transformers.trainer import TRAINER_STATE_NAME

from emoscope.errors import TrainingError
from emoscope.training.averaging import WeightAverage
from emoscope.training.batches import Collate, TokenisedTexts
from emoscope.training.checkpoints import STAGING, explained, prune, replace_folder
from emoscope.training.forward import Forward
from emoscope.training.history import HistoryRow, best_row, history_of
from emoscope.training.optimiser import make_optimiser, warmup_steps
from emoscope.training.sampling import EpochOrder
from emoscope.training.settings import TrainingSettings


class EncoderTrainer(Trainer):
    """A Trainer that learns by ``forward`` in the order of ``order`` and judges averaged weights."""

    def __init__(
        self,
        *,
        model: torch.nn.Module,
        arguments: TrainingArguments,
        settings: TrainingSettings,
        forward: Forward,
        order: EpochOrder,
        train: TokenisedTexts,
        train_collate: Collate,
        validation: TokenisedTexts,
        validation_collate: Collate,
        compute_metrics: Any,
        best_metric: str,
        callbacks: Sequence[TrainerCallback],
    ) -> None:
        """Hold the parts; nothing is read or written before :meth:`train`."""
        super().__init__(
            model=model,
            args=arguments,
            data_collator=train_collate,
            train_dataset=train,
            eval_dataset=validation,
            compute_metrics=compute_metrics,
            callbacks=list(callbacks),
        )
        self.settings = settings
        self.forward = forward
        self.order = order
        self.best_metric = best_metric
        self.averaged = WeightAverage(self.model, settings.ema) if settings.ema else None
        self._train_collate = train_collate
        self._validation_collate = validation_collate
        self._started = time.monotonic()
        self._seconds_before = 0.0
        # both say that compute_loss gives a mean over the micro-batch, which the Trainer then divides by
        # the number of accumulation parts; the first is read by transformers 4, the second by 5
        self.model_accepts_loss_kwargs = False
        self.loss_is_scaled_for_ga = False

    @property
    def folder(self) -> Path:
        """Where checkpoints are."""
        return Path(self.args.output_dir)

    @property
    def history(self) -> tuple[HistoryRow, ...]:
        """Evaluations so far, those before a resume included."""
        return history_of(self.state.log_history)

    @property
    def best(self) -> HistoryRow | None:
        """The best evaluation so far."""
        return best_row(self.history, self.best_metric)

    def start_clock(self) -> None:
        """Count seconds from now, on top of those that a resumed run has already spent."""
        self._started = time.monotonic()
        self._seconds_before = max(
            (float(entry.get("seconds", 0.0)) for entry in self.state.log_history), default=0.0
        )

    def set_epoch(self, epoch: int) -> None:
        """Tell order and augmentation which epoch begins."""
        self.order.set_epoch(epoch)
        self._train_collate.epoch = epoch

    # ---- what the Trainer calls -----------------------------------------------------------------

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Loss of one micro-batch; in evaluation also its scores."""
        if not return_outputs:
            return self.forward.loss(model, inputs)
        scores = model(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
        ).logits.float()
        loss = self.forward.criterion(scores, inputs["labels"])
        return loss, {"loss": loss, "logits": scores}

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Score validation with the averaged weights, if there are."""
        with self.averaged.applied() if self.averaged else nullcontext():
            found: dict[str, float] = super().evaluate(*args, **kwargs)
        return found

    def get_eval_dataloader(self, eval_dataset: Any = None) -> Any:
        """Validation batches: padded alike, never augmented."""
        kept, self.data_collator = self.data_collator, self._validation_collate
        try:
            return super().get_eval_dataloader(eval_dataset)
        finally:
            self.data_collator = kept

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Our AdamW; the Trainer wraps it."""
        if self.optimizer is None:
            self.optimizer = make_optimiser(self.model if model is None else model, self.settings)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """Rise to the peak learning rate, then fall by the schedule."""
        if self.lr_scheduler is None:
            names = {"constant": "constant_with_warmup"}
            self.lr_scheduler = get_scheduler(
                names.get(self.settings.schedule, self.settings.schedule),
                optimizer=optimizer or self.optimizer,
                num_warmup_steps=warmup_steps(self.settings.warmup, num_training_steps),
                num_training_steps=num_training_steps,
            )
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log with the seconds spent, and without the throughput figures that only slow reading."""
        noise = ("_runtime", "_per_second")
        kept = {key: value for key, value in logs.items() if not key.endswith(noise)}
        kept["seconds"] = self._seconds_before + time.monotonic() - self._started
        super().log(kept, start_time)

    def floating_point_ops(self, inputs: Any) -> int:
        """None counted: nobody reads them, and counting walks over all parameters at every step."""
        return 0

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        return self.order

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write the whole checkpoint aside, then rename it; only the first process writes model files."""
        step = self.state.global_step
        broken = [n for n, p in self.model.named_parameters() if not bool(torch.isfinite(p).all())]
        if broken:
            raise TrainingError(
                f"Training diverged: at step {step} {len(broken)} weight tensors (first: {broken[0]}) "
                f"are no longer finite. {diverged_advice(self.settings, self.folder)}"
            )
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            with explained(f"the checkpoint of step {step}", self.folder):
                replace_folder(self.folder / f"checkpoint-{step}", self._write_checkpoint)
            best = self.best
            prune(self.folder, max(self.settings.keep_checkpoints, 1), best.step if best else None)
        self.accelerator.wait_for_everyone()

    def _write_checkpoint(self, folder: Path) -> None:
        self.model.save_pretrained(folder)
        self._save_optimizer_and_scheduler(str(folder))
        self._save_scaler(str(folder))
        self._save_rng_state(str(folder))
        if self.averaged:
            self.averaged.save(folder)
        self.state.save_to_json(str(folder / TRAINER_STATE_NAME))


def diverged_advice(settings: TrainingSettings, folder: Path) -> str:
    """What is left and what to change after a loss that is not a number."""
    from emoscope.training.checkpoints import checkpoints_in

    former = checkpoints_in(folder)
    kept = f"The last good checkpoint, {former[-1]}, is kept. " if former else ""
    precision = "" if settings.precision == "fp32" else " or set training.precision = 'fp32'"
    return (
        f"{kept}Lower training.learning_rate (now {settings.learning_rate:g}), raise "
        f"training.warmup (now {settings.warmup:g}){precision}, and train again."
    )


__all__ = ["STAGING", "EncoderTrainer", "diverged_advice"]
