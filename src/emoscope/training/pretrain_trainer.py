"""transformers' ``Trainer`` for guessing masked words, such that a resumed run is an unbroken one.

For that, the order of an epoch depends on its number alone, and words are masked in the step that
learns from them, not when a batch is fetched, which happens one step ahead.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from torch.utils.data import DataLoader

from emoscope.training.checkpoints import (
    AT_LEAST,
    checkpoint_name,
    explained,
    finish_checkpoint,
    prune,
)
from emoscope.training.held_signals import HeldSignals
from emoscope.training.sampling import EpochOrder

Rows = list[dict[str, list[int]]]
"""Token ids, attention masks and special-token masks."""


class PretrainTrainer(transformers.Trainer):
    """A Trainer that masks words of ``learned`` in a reproducible order."""

    def __init__(
        self,
        model: torch.nn.Module,
        tokenizer: transformers.PreTrainedTokenizerFast,
        arguments: transformers.TrainingArguments,
        learned: Rows,
        held_out: Rows,
        *,
        mask_share: float,
    ) -> None:
        """Hold the parts; nothing is read or written before :meth:`train`."""
        self.signals = HeldSignals()
        lengths = np.array([len(row["input_ids"]) for row in learned], dtype=np.int64)
        self.order = EpochOrder(lengths, arguments.per_device_train_batch_size, arguments.seed)
        self._masking = transformers.DataCollatorForLanguageModeling(
            tokenizer, mlm_probability=mask_share
        )
        super().__init__(
            model=model,
            args=arguments,
            train_dataset=learned,
            eval_dataset=held_out,
            data_collator=transformers.DataCollatorWithPadding(tokenizer),
        )

    def get_train_dataloader(self) -> Any:
        """Batches in the order of the epoch."""
        return self.accelerator.prepare(
            DataLoader(
                self.train_dataset,
                batch_size=self.args.train_batch_size,
                sampler=self.order,
                collate_fn=self.data_collator,
                pin_memory=self.args.dataloader_pin_memory,
            )
        )

    def training_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Learn from one batch, masked now."""
        return super().training_step(model, self._masked(inputs), *args, **kwargs)

    def prediction_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Judge by one batch, masked now."""
        return super().prediction_step(model, self._masked(inputs), *args, **kwargs)

    def _masked(self, inputs: Any) -> dict[str, torch.Tensor]:
        """The batch with words masked, and ``labels`` that ask for them."""
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        # on the processor, whose random numbers are the same on every machine
        masked, labels = self._masking.torch_mask_tokens(
            ids.cpu().clone(), special_tokens_mask=inputs["special_tokens_mask"].cpu().bool()
        )
        return {
            "input_ids": masked.to(ids.device),
            "attention_mask": mask,
            "labels": labels.to(ids.device),
        }


class Checkpoints(transformers.TrainerCallback):
    """Saves a checkpoint after each epoch, and where the run is asked to stop."""

    def __init__(self, trainer: PretrainTrainer, folder: Path) -> None:
        """Put the checkpoints of ``trainer`` into ``folder``."""
        self._trainer = trainer
        self._folder = folder
        self._steps_per_epoch = 1

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Learn how long an epoch is."""
        self._steps_per_epoch = math.ceil(len(kwargs["train_dataloader"]))

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Choose the epoch's order; a resumed epoch gets the order it had."""
        self._trainer.order.set_epoch(state.global_step // self._steps_per_epoch)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Save when it is time."""
        if state.global_step % self._steps_per_epoch == 0 or self._trainer.signals.asked:
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Complete the checkpoint, and leave if that was asked for."""
        name = checkpoint_name(state.global_step)
        with explained(f"the checkpoint of step {state.global_step}", self._folder):
            finish_checkpoint(Path(args.output_dir) / name, self._folder, None)
        prune(self._folder, AT_LEAST)
        self._trainer.signals.deliver()
