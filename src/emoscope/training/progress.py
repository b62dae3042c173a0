"""How far training is: a bar on a terminal, a file for who watches from elsewhere."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from transformers import TrainerCallback

from emoscope.progress import HowFar, ProgressFile


class Progress(TrainerCallback):
    """Shows steps, loss and validation score, from the first process only."""

    def __init__(
        self,
        console: Console | None = None,
        file: ProgressFile | None = None,
        *,
        stage: str = "training",
    ) -> None:
        """Draw on ``console`` where it is a terminal, the error stream when not given.

        The same goes into ``file``.
        """
        self._console = console or Console(stderr=True)
        self._file = file
        self._stage = stage
        self._bar: Bar | None = None
        self._task: Any = None
        self._loss = ""
        self._score = ""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin at the step that training starts or resumes from."""
        if not state.is_world_process_zero:
            self._file = None
            return
        if self._console.is_terminal:
            self._bar = Bar(
                TextColumn(f"[bold]{self._stage}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[status]}"),
                TimeRemainingColumn(compact=True, elapsed_when_finished=True),
                console=self._console,
                transient=False,
            )
            self._bar.start()
            self._task = self._bar.add_task(
                self._stage, total=state.max_steps, completed=state.global_step, status=""
            )
        self._write(state)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Move on."""
        if self._bar is not None:
            self._bar.update(self._task, completed=state.global_step)
        self._write(state)

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Show the newest loss and validation macro-F1."""
        logs = kwargs.get("logs", {})
        if "loss" in logs:
            self._loss = f"loss {logs['loss']:.4f}"
        if "eval_macro_f1" in logs:
            self._score = f"macro-F1 {logs['eval_macro_f1']:.3f}"
        if self._bar is not None:
            self._bar.update(self._task, status=self._status)
        self._write(state)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Leave the finished bar on the screen."""
        self.close()

    def close(self) -> None:
        """Stop drawing; also after a failure."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    @property
    def _status(self) -> str:
        score = f"validation {self._score}" if self._score else ""
        return "  ".join(filter(None, (self._loss, score)))

    def _write(self, state: Any) -> None:
        if self._file is not None:
            self._file.write(
                HowFar(self._stage, state.global_step, state.max_steps, self._loss, self._score)
            )
