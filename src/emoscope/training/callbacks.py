"""What happens between steps: epochs, evaluations, the best weights, early stopping, the logs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback
from transformers.integrations import TensorBoardCallback

from emoscope.training.checkpoints import (
    AT_LEAST,
    checkpoint_name,
    explained,
    finish_checkpoint,
    prune,
)
from emoscope.training.failure_messages import diverged
from emoscope.training.history import Watch, history_of, out_of_patience

if TYPE_CHECKING:
    from emoscope.training.trainer import EncoderTrainer


class Flow(TrainerCallback):
    """Decides when to evaluate, save and stop, and completes what the Trainer saves.

    It keeps no state: all is in the trainer's log.
    """

    def __init__(self) -> None:
        """Bind a trainer before it trains."""
        self._trainer: EncoderTrainer | None = None
        self._steps_per_epoch = 1
        self._leaving = False

    def bind(self, trainer: EncoderTrainer) -> None:
        """Name the trainer, which needs its callbacks before it exists."""
        self._trainer = trainer

    @property
    def trainer(self) -> EncoderTrainer:
        """The trainer."""
        if self._trainer is None:
            raise RuntimeError("bind the trainer before training")
        return self._trainer

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Learn how long an epoch is; read what the Trainer does not know of a checkpoint."""
        batches = len(kwargs["train_dataloader"])
        self._steps_per_epoch = math.ceil(batches / args.gradient_accumulation_steps)
        limit = self.trainer.settings.max_steps
        if limit is not None:  # the schedule is planned for all epochs, and cut
            state.max_steps = min(state.max_steps, limit)
        self.trainer.start_clock()
        if state.global_step and self.trainer.averaged:
            self.trainer.averaged.load(self.trainer.folder / checkpoint_name(state.global_step))

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Choose the epoch's order; a resumed epoch gets the order it had."""
        self.trainer.set_epoch(state.global_step // self._steps_per_epoch)

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Mark that training is under way."""
        self.trainer.step_begun = True

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Update the average; evaluate, log and save when it is time."""
        trainer = self.trainer
        if trainer.averaged:
            trainer.averaged.update()
        settings = trainer.settings
        per_epoch = self._steps_per_epoch
        step_in_epoch = (state.global_step - 1) % per_epoch + 1
        n = settings.evaluations_per_epoch
        due = step_in_epoch in {math.ceil(per_epoch * i / n) for i in range(1, n + 1)}
        last = state.global_step >= state.max_steps
        if last:
            control.should_training_stop = True
        if due or last:
            control.should_log = control.should_evaluate = control.should_save = True
        if settings.checkpoint_steps and state.global_step % settings.checkpoint_steps == 0:
            control.should_log = control.should_save = True
        if trainer.asked_to_stop(state.global_step):
            self._leaving = control.should_log = control.should_save = True

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Stop when patience is over."""
        trainer = self.trainer
        patience = trainer.settings.early_stopping
        if patience and out_of_patience(trainer.history, trainer.best_metric, patience):
            control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Stop when loss or weights are not numbers, before any of it is judged or saved."""
        loss = kwargs.get("logs", {}).get("loss")
        if loss is None:
            return
        trainer = self.trainer
        if not math.isfinite(loss):
            what = f"the loss is {loss}"
            raise diverged(what, state.global_step, trainer.settings, trainer.folder)
        if control.should_evaluate or control.should_save:
            trainer.check_weights()

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Complete the checkpoint that the Trainer has written, and give it its place."""
        trainer, step = self.trainer, state.global_step
        trainer.accelerator.wait_for_everyone()  # each process writes its random numbers
        if state.is_world_process_zero:
            staged = Path(args.output_dir) / checkpoint_name(step)
            best = trainer.best is not None and trainer.best.step == step
            with explained(f"the checkpoint of step {step}", trainer.folder):
                if trainer.averaged:
                    trainer.averaged.save(staged)
                with trainer.averaged_weights():
                    finish_checkpoint(staged, trainer.folder, trainer.model if best else None)
            prune(trainer.folder, max(trainer.settings.keep_checkpoints, AT_LEAST))
        trainer.accelerator.wait_for_everyone()
        if self._leaving:
            self._leaving = False
            trainer.signals.deliver()


class Watcher(TrainerCallback):
    """Shows the history to somebody outside, who may raise an error to end training."""

    def __init__(self, watch: Watch) -> None:
        """Call ``watch`` after each evaluation."""
        self._watch = watch

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Pass the history on."""
        self._watch(history_of(state.log_history))


class BoardLog(TensorBoardCallback):
    """Writes losses, metrics and learning rate for TensorBoard; from the first process only."""

    def __init__(self, folder: Path) -> None:
        """Log into ``folder``."""
        super().__init__()
        self._folder = folder

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Open the log; steps that a killed session made after its checkpoint are dropped."""
        if state.is_world_process_zero:
            from torch.utils.tensorboard import SummaryWriter  # deferred: extra train

            self.tb_writer = SummaryWriter(self._folder, purge_step=state.global_step + 1)
