"""transformers' ``Trainer`` with what it lacks: our losses, epoch order and averaged weights.

The rest (mixed precision, several processes, accumulation, clipping, the loop, writing and reading
checkpoints) is the Trainer's. Only public methods are overridden; a test holds that.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerCallback, TrainingArguments, get_scheduler

from emoscope.training.averaging import WeightAverage
from emoscope.training.batches import Collate
from emoscope.training.failure_messages import diverged
from emoscope.training.held_signals import HeldSignals
from emoscope.training.history import HistoryRow, best_row, history_of
from emoscope.training.optimiser import make_optimiser, warmup_steps
from emoscope.training.regularised_loss import Forward
from emoscope.training.sampling import EpochOrder
from emoscope.training.settings import TrainingSettings

AGREE_EVERY = 10
"""Steps after which the first of several processes tells the others whether it was asked to stop;
each time they wait for one another."""


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
        folder: Path,
        settings: TrainingSettings,
        forward: Forward,
        order: EpochOrder,
        train: Collate,
        validation: Collate,
        compute_metrics: Any,
        best_metric: str,
        callbacks: Sequence[TrainerCallback],
    ) -> None:
        """Hold the parts; nothing is read or written before :meth:`train`."""
        super().__init__(
            model=model,
            args=arguments,
            data_collator=train,
            train_dataset=train.data,
            eval_dataset=validation.data,
            compute_metrics=compute_metrics,
            callbacks=list(callbacks),
            optimizers=(make_optimiser(model, settings), None),
        )
        self.folder = folder
        self.settings = settings
        self.forward = forward
        self.order = order
        self.best_metric = best_metric
        self.averaged = WeightAverage(self.model, settings.ema) if settings.ema else None
        self._train = train
        self._validation = validation
        self._started = time.monotonic()
        self._seconds_before = 0.0
        self.step_begun = False
        """Whether the first step has begun, and so all of a checkpoint has been read."""
        self.signals = HeldSignals()
        # both say that compute_loss gives a mean over the micro-batch, to be divided by the
        # number of accumulation parts; the first is read by transformers 4, the second by 5
        self.model_accepts_loss_kwargs = False
        self.loss_is_scaled_for_ga = False

    @property
    def history(self) -> tuple[HistoryRow, ...]:
        """Evaluations so far, those before a resume included."""
        return history_of(self.state.log_history)

    @property
    def best(self) -> HistoryRow | None:
        """The best evaluation so far."""
        return best_row(self.history, self.best_metric)

    def averaged_weights(self) -> AbstractContextManager[None]:
        """Within this, the model has its averaged weights, where the settings ask for them."""
        return self.averaged.applied() if self.averaged else nullcontext()

    def start_clock(self) -> None:
        """Count seconds from now, on top of those that a resumed run has already spent."""
        self._started = time.monotonic()
        self._seconds_before = max(
            (float(entry.get("seconds", 0.0)) for entry in self.state.log_history), default=0.0
        )

    def asked_to_stop(self, step: int) -> bool:
        """Whether the first process was asked to stop, seen by all of them after the same ``step``.

        The first one alone counts: it is the one that leaves, and they save a checkpoint together.
        """
        if not self.signals.active or self.args.world_size == 1:
            return self.signals.asked
        if step % AGREE_EVERY:
            return False
        asked = self.signals.asked and self.is_world_process_zero()
        of_all = torch.tensor([asked], dtype=torch.int32, device=self.args.device)
        return bool(self.accelerator.reduce(of_all, reduction="sum").item())

    def set_epoch(self, epoch: int) -> None:
        """Tell order and augmentation which epoch begins."""
        self.order.set_epoch(epoch)
        self._train.epoch = epoch

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
        with torch.inference_mode():
            scores = model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
            ).logits.float()
        return None, scores, inputs["labels"]

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Score validation with the averaged weights, if there are."""
        with self.averaged_weights():
            found: dict[str, float] = super().evaluate(*args, **kwargs)
        return found

    def get_train_dataloader(self) -> Any:
        """Train batches in the order of the epoch."""
        return self._loader(self._train, self.args.train_batch_size, self.order)

    def get_eval_dataloader(self, eval_dataset: Any = None) -> Any:
        """Validation batches: padded alike, never augmented."""
        return self._loader(self._validation, self.args.eval_batch_size, None)

    def _loader(self, collate: Collate, batch_size: int, order: EpochOrder | None) -> Any:
        """Batches that are shared by the processes and moved to the device."""
        loader = DataLoader(
            collate.data,
            batch_size=batch_size,
            sampler=order,
            collate_fn=collate,
            pin_memory=self.args.dataloader_pin_memory,
        )
        return self.accelerator.prepare(loader)

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
        return self.lr_scheduler

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log with the seconds spent, and without the throughput figures that only slow reading."""
        noise = ("_runtime", "_per_second")
        kept = {key: value for key, value in logs.items() if not key.endswith(noise)}
        kept["seconds"] = self._seconds_before + time.monotonic() - self._started
        super().log(kept, start_time)

    def floating_point_ops(self, inputs: Any) -> int:
        """None counted: they are not used, and counting walks over all parameters at every step."""
        return 0

    def check_weights(self) -> None:
        """Stop at weights that are no numbers: the last loss can be finite and its gradient not."""
        broken = [n for n, p in self.model.named_parameters() if not bool(torch.isfinite(p).all())]
        if broken:
            what = f"{len(broken)} weight tensors (first: {broken[0]}) are no longer finite"
            raise diverged(what, self.state.global_step, self.settings, self.folder)
