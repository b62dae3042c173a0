from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

from emoscope.errors import TrainingError  # noqa: E402
from emoscope.training.callbacks import BoardLog, Flow  # noqa: E402
from emoscope.training.settings import TrainingSettings  # noqa: E402

SEVEN_BATCHES = list(range(7))


def walk(
    accumulation: int, total: int, *, asked_at: int | None = None, **settings: Any
) -> tuple[list[str], list[int]]:
    """What is due after each step, as letters; and the epochs that began."""
    epochs: list[int] = []
    flow = Flow()
    flow.bind(
        SimpleNamespace(
            settings=TrainingSettings.model_validate(settings),
            averaged=None,
            start_clock=lambda: None,
            set_epoch=epochs.append,
            asked_to_stop=lambda step: step == asked_at,
        )
    )
    state = SimpleNamespace(global_step=0, max_steps=total)
    arguments = SimpleNamespace(gradient_accumulation_steps=accumulation)
    flow.on_train_begin(arguments, state, None, train_dataloader=SEVEN_BATCHES)
    per_epoch = -(-len(SEVEN_BATCHES) // accumulation)
    due = []
    for step in range(1, total + 1):
        if (step - 1) % per_epoch == 0:
            flow.on_epoch_begin(arguments, state, None)
        state.global_step = step
        control = transformers.TrainerControl()
        flow.on_step_end(arguments, state, control)
        due.append(
            "e" * control.should_evaluate
            + "s" * control.should_save
            + "!" * control.should_training_stop
        )
        if control.should_training_stop:
            break
    return due, epochs


def test_each_epoch_ends_with_an_evaluation_and_a_checkpoint():
    assert walk(2, 8) == (["", "", "", "es", "", "", "", "es!"], [0, 1])


def test_several_evaluations_an_epoch_are_spread_evenly():
    due, _ = walk(1, 14, evaluations_per_epoch=3)
    assert [step for step, what in enumerate(due, 1) if "e" in what] == [3, 5, 7, 10, 12, 14]


def test_checkpoints_between_evaluations():
    due, _ = walk(1, 7, checkpoint_steps=3)
    assert due == ["", "", "s", "", "", "s", "es!"]


def test_a_checkpoint_where_the_run_was_asked_to_stop():
    assert walk(1, 7, asked_at=3)[0] == ["", "", "s", "", "", "", "es!"]


def test_a_run_that_is_cut_short_is_judged_where_it_stops():
    due, _ = walk(1, 14, max_steps=4)
    assert due == ["", "", "", "es!"]


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops(tmp_path: Path, loss: float):
    flow = Flow()
    flow.bind(SimpleNamespace(settings=TrainingSettings(), folder=tmp_path))
    state = SimpleNamespace(global_step=9)
    flow.on_log(None, state, transformers.TrainerControl(), logs={"loss": 0.5})
    with pytest.raises(TrainingError, match=f"step 9: the loss is {loss}"):
        flow.on_log(None, state, transformers.TrainerControl(), logs={"loss": loss})


def log(folder: Path, first_step: int, logs: dict[int, dict[str, Any]], *, first: bool = True):
    board = BoardLog(folder)
    state = SimpleNamespace(global_step=first_step, is_world_process_zero=first)
    board.on_train_begin(None, state, None)
    for step, values in logs.items():
        state.global_step = step
        board.on_log(None, state, None, logs=values)
    board.on_train_end(None, state, None)


def read(folder: Path, tag: str) -> dict[int, float]:
    found = events.EventAccumulator(str(folder))
    found.Reload()
    return {e.step: pytest.approx(e.value) for e in found.Scalars(tag)}


def test_tensorboard_gets_losses_metrics_and_learning_rate(tmp_path: Path):
    log(
        tmp_path, 0,
        {
            5: {"loss": 0.7, "learning_rate": 1e-3, "note": "no number"},
            10: {"eval_loss": 0.6, "eval_macro_f1": 0.4},
        },
    )  # fmt: skip
    assert read(tmp_path, "train/loss") == {5: 0.7}
    assert read(tmp_path, "train/learning_rate") == {5: 1e-3}
    assert read(tmp_path, "eval/macro_f1") == {10: 0.4}


def test_steps_that_are_run_again_after_a_kill_are_logged_once(tmp_path: Path):
    log(tmp_path, 0, {5: {"loss": 0.7}, 10: {"loss": 0.9}})
    log(tmp_path, 5, {10: {"loss": 0.6}, 15: {"loss": 0.5}})
    assert read(tmp_path, "train/loss") == {5: 0.7, 10: 0.6, 15: 0.5}


def test_other_processes_log_nothing(tmp_path: Path):
    log(tmp_path, 0, {5: {"loss": 0.7}}, first=False)
    assert list(tmp_path.iterdir()) == []
