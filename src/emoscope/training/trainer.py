"""transformers' ``Trainer`` with what it lacks: our losses, averaged weights, whole checkpoints.

The rest (mixed precision, several processes, accumulation, clipping, the loop) is the Trainer's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from accelerate.utils import gather_object
from torch.utils.data import Sampler
from transformers import Trainer, TrainerCallback, TrainingArguments, get_scheduler

from emoscope.training.averaging import WeightAverage
from emoscope.training.batches import Collate, TokenisedTexts
from emoscope.training.checkpoints import (
    AT_LEAST,
    STATE,
    explained,
    loading,
    prune,
    replace_folder,
    write_checksums,
)
from emoscope.training.failure_messages import diverged
from emoscope.training.history import HistoryRow, best_row, history_of
from emoscope.training.optimiser import make_optimiser, warmup_steps
from emoscope.training.regularised_loss import Forward
from emoscope.training.sampling import EpochOrder
from emoscope.training.settings import TrainingSettings
from emoscope.training.state_files import (
    SCALER,
    SCHEDULE,
    load_json,
    load_optimiser,
    load_random,
    random_state,
    restore_random_state,
    save_json,
    save_optimiser,
    save_random,
)


class EncoderTrainer(Trainer):
    """A Trainer that learns by ``forward`` in a given ``order`` and judges averaged weights."""

    data_collator: Any
    optimizer: Any
    lr_scheduler: Any

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
        self._random_states: list[dict[str, torch.Tensor]] = []
        # both say that compute_loss gives a mean over the micro-batch, to be divided by the
        # number of accumulation parts; the first is read by transformers 4, the second by 5
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

    def score(self) -> npt.NDArray[np.float32]:
        """Raw scores of the validation rows with the present weights, shape (n, n_labels).

        In single precision, as the saved model gives them: from here on the model is without the
        half precision that training put into its ``forward``, and whoever goes on with it gets what
        the folder gives.
        """
        for name in ("forward", "_original_forward"):  # accelerate's, on the object, not the class
            self.model.__dict__.pop(name, None)
        self.model.eval()
        found = [
            self.accelerator.gather_for_metrics(self.prediction_step(self.model, batch, False)[1])
            for batch in self.get_eval_dataloader()
        ]
        return torch.cat(found).cpu().numpy()

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
    ) -> torch.Tensor:
        """Loss of one micro-batch in training; evaluation goes through :meth:`prediction_step`."""
        return self.forward.loss(model, inputs, self.model)

    def prediction_step(
        self,
        model: torch.nn.Module,
        inputs: dict[str, torch.Tensor],
        prediction_loss_only: bool,
        ignore_keys: list[str] | None = None,
    ) -> tuple[None, torch.Tensor, torch.Tensor]:
        """Scores and labels of one batch, both (b, n_labels).

        No loss: the Trainer's mean of batch losses counts the rows that fill up the last batch of
        several processes twice. It is computed from all scores at once instead.
        """
        inputs = self._prepare_inputs(inputs)
        with torch.inference_mode():
            scores = model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
            ).logits.float()
        return None, scores, inputs["labels"]

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Score validation with the averaged weights, if there are."""
        self._check_weights()
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

    def create_optimizer(self, model: Any = None) -> Any:
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

    # ---- checkpoints: ours, whole and without pickle --------------------------------------------

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        step = self.state.global_step
        self._check_weights()
        self._random_states = gather_object(
            [random_state()]
        )  # of all processes, to the one that writes
        if self.args.should_save:
            with explained(f"the checkpoint of step {step}", self.folder):
                replace_folder(self.folder / f"checkpoint-{step}", self._write_checkpoint)
            keep = max(self.settings.keep_checkpoints, AT_LEAST)
            prune(self.folder, keep, self.state.best_global_step)
        self.accelerator.wait_for_everyone()

    def _check_weights(self) -> None:
        """Stop at weights that are no numbers: the last loss can be finite and its gradient not."""
        broken = [n for n, p in self.model.named_parameters() if not bool(torch.isfinite(p).all())]
        if broken:
            what = f"{len(broken)} weight tensors (first: {broken[0]}) are no longer finite"
            raise diverged(what, self.state.global_step, self.settings, self.folder)

    def _write_checkpoint(self, folder: Path) -> None:
        self.model.save_pretrained(folder)
        save_optimiser(self.optimizer, folder)
        save_json(self.lr_scheduler.state_dict(), folder / SCHEDULE)
        if self.accelerator.scaler is not None:
            save_json(self.accelerator.scaler.state_dict(), folder / SCALER)
        if self.averaged:
            self.averaged.save(folder)
        save_random(self._random_states, folder)
        best = self.best
        self.state.best_global_step = best.step if best else None
        self.state.save_to_json(str(folder / STATE))
        write_checksums(folder)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        with loading(resume_from_checkpoint):
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        folder = Path(checkpoint)
        with loading(folder):
            load_optimiser(self.optimizer, folder)
            self.lr_scheduler.load_state_dict(load_json(folder / SCHEDULE))
            if self.averaged:
                self.averaged.load(folder)

    def _load_scaler(self, checkpoint: str | None) -> None:
        state = load_json(Path(checkpoint) / SCALER) if checkpoint else {}
        if state and self.accelerator.scaler is not None:
            self.accelerator.scaler.load_state_dict(state)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        state = load_random(Path(checkpoint), self.args.process_index) if checkpoint else {}
        if state:
            restore_random_state(state)
