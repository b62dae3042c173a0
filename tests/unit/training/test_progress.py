from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

pytest.importorskip("transformers")
from rich.console import Console

from emoscope.progress import HowFar, ProgressFile, read_progress
from emoscope.training.progress import Progress


def drive(console: Console, first: bool = True, file: ProgressFile | None = None) -> None:
    bar = Progress(console, file)
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


def test_the_time_that_is_left_follows_the_pace():
    out, now = io.StringIO(), 1000.0
    console = Console(file=out, force_terminal=True, width=120, get_time=lambda: now)
    bar = Progress(console)
    state = SimpleNamespace(is_world_process_zero=True, max_steps=100, global_step=0)
    bar.on_train_begin(None, state, None)
    for _ in range(10):
        now += 3.0
        state.global_step += 1
        bar.on_step_end(None, state, None)
    bar.close()
    assert "10/100" in out.getvalue()
    # 90 steps of three seconds
    assert "04:30" in out.getvalue()


@pytest.mark.parametrize(("terminal", "first"), [(False, True), (True, False)])
def test_nobody_looking_means_silence(terminal, first):
    out = io.StringIO()
    drive(Console(file=out, force_terminal=terminal), first)
    assert out.getvalue() == ""


@pytest.mark.parametrize("first", [True, False])
def test_a_file_gets_the_same_from_the_first_process(tmp_path, first):
    file = ProgressFile(tmp_path / "p.json")
    drive(Console(file=io.StringIO()), first, file)
    found = read_progress(tmp_path / "p.json")
    shown = HowFar("training", 10, 10, "loss 0.1234", "macro-F1 0.500")
    assert found == (shown if first else None)
