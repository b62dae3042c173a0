from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

pytest.importorskip("transformers")
from rich.console import Console

from emoscope.training.progress import Progress


def drive(console: Console, first: bool = True) -> None:
    bar = Progress(console)
    state = SimpleNamespace(is_world_process_zero=first, max_steps=10, global_step=4)
    bar.on_train_begin(None, state, None)
    bar.on_log(None, state, None, logs={"loss": 0.1234})
    bar.on_log(None, state, None, logs={"eval_macro_f1": 0.5})
    state.global_step = 10
    bar.on_step_end(None, state, None)
    bar.on_train_end(None, state, None)


def test_a_terminal_shows_loss_score_and_steps():
    out = io.StringIO()
    drive(Console(file=out, force_terminal=True, width=120))
    shown = out.getvalue()
    for part in ("loss 0.1234", "validation macro-F1 0.500", "10/10"):
        assert part in shown


@pytest.mark.parametrize(("terminal", "first"), [(False, True), (True, False)])
def test_nobody_looking_means_silence(terminal, first):
    out = io.StringIO()
    drive(Console(file=out, force_terminal=terminal), first)
    assert out.getvalue() == ""
