"""A progress bar with loss, validation score and time left, on terminals only."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from transformers import TrainerCallback


class Progress(TrainerCallback):
    """Shows training on a terminal's error stream, from the first process only."""

    def __init__(self, console: Console | None = None) -> None:
        """Draw on ``console``; the standard error stream when not given."""
        self._console = console or Console(stderr=True)
        self._bar: Bar | None = None
        self._task: Any = None
        self._loss = ""
        self._score = ""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Open the bar at the step that training starts or resumes from."""
        if not state.is_world_process_zero or not self._console.is_terminal:
            return
        self._bar = Bar(
            TextColumn("[bold]training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[status]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=self._console,
            transient=False,
        )
        self._bar.start()
        self._task = self._bar.add_task(
            "training", total=state.max_steps, completed=state.global_step, status=""
        )

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Move on."""
        if self._bar is not None:
            self._bar.update(self._task, completed=state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Show the newest loss and validation macro-F1."""
        logs = kwargs.get("logs", {})
        if "loss" in logs:
            self._loss = f"loss {logs['loss']:.4f}"
        if "eval_macro_f1" in logs:
            self._score = f"validation macro-F1 {logs['eval_macro_f1']:.3f}"
        if self._bar is not None:
            self._bar.update(self._task, status="  ".join(filter(None, (self._loss, self._score))))

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Leave the finished bar on the screen."""
        self.close()

    def close(self) -> None:
        """Stop drawing; also after a failure."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
