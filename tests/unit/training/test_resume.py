from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from emoscope.errors import TrainingError
from emoscope.training.checkpoints import write_checksums
from emoscope.training.resume import checkpoint_to_resume as resumable
from emoscope.training.run_record import start_record
from emoscope.training.settings import EncoderModel, TrainingSettings


def record(examples, **training: Any) -> dict[str, Any]:
    return start_record(
        TrainingSettings.model_validate(training).model_dump(mode="json"),
        EncoderModel(encoder="some/encoder").model_dump(mode="json"),
        {"thresholds": "auto"},
        examples,
        seed=0,
    )


def test_a_new_run_starts_at_the_beginning_and_writes_what_it_is(tiny_examples, tmp_path):
    assert resumable(tmp_path / "checkpoints", record(tiny_examples), resume=False) is None
    written = json.loads((tmp_path / "checkpoints" / "run.json").read_text())
    assert written["training"]["epochs"] == 4.0
    assert written["data"]["train"].startswith("96 texts")


def test_only_the_first_process_writes(tiny_examples, tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert resumable(tmp_path, record(tiny_examples), resume=False) is None
    assert not list(tmp_path.iterdir())


def test_a_run_killed_before_its_first_checkpoint_starts_over(tiny_examples, tmp_path):
    resumable(tmp_path, record(tiny_examples), resume=False)
    assert resumable(tmp_path, record(tiny_examples), resume=True) is None


def test_the_newest_checkpoint_is_gone_on_from(tiny_examples, tmp_path):
    resumable(tmp_path, record(tiny_examples), resume=False)
    for step in (5, 10):
        make_checkpoint(tmp_path / f"checkpoint-{step}")
    assert resumable(tmp_path, record(tiny_examples), resume=True) == tmp_path / "checkpoint-10"
    with pytest.raises(TrainingError, match=r"already holds checkpoints.*--resume"):
        resumable(tmp_path, record(tiny_examples), resume=False)


def make_checkpoint(folder: Path) -> None:
    folder.mkdir()
    (folder / "trainer_state.json").write_text("{}")
    write_checksums(folder)


def test_a_damaged_checkpoint_is_passed_over_and_said_in_one_line(tiny_examples, tmp_path):
    resumable(tmp_path, record(tiny_examples), resume=False)
    for step in (5, 10):
        make_checkpoint(tmp_path / f"checkpoint-{step}")
    (tmp_path / "checkpoint-10" / "trainer_state.json").write_text("{")
    said: list[str] = []
    found = resumable(tmp_path, record(tiny_examples), resume=True, say=said.append)
    assert found == tmp_path / "checkpoint-5"
    (line,) = said
    assert line.startswith("Resuming from checkpoint-5, the newest whole checkpoint (checkpoint-10")
    assert "\n" not in line
    said.clear()
    assert resumable(tmp_path, record(tiny_examples), resume=True, say=said.append) == found
    assert said == [], "it is set aside, and said once"


def test_no_whole_checkpoint_is_one_error_that_names_each(tiny_examples, tmp_path):
    resumable(tmp_path, record(tiny_examples), resume=False)
    for step in (5, 10):
        (tmp_path / f"checkpoint-{step}").mkdir()
    with pytest.raises(TrainingError, match=r"checkpoint-10: .*; checkpoint-5: .*--overwrite"):
        resumable(tmp_path, record(tiny_examples), resume=True)
    assert (tmp_path / "checkpoint-10").is_dir(), "nothing is changed"


def test_changed_keys_are_named_with_both_values(tiny_examples, tmp_path):
    resumable(tmp_path, record(tiny_examples, epochs=3, loss="focal"), resume=False)
    with pytest.raises(TrainingError) as caught:
        resumable(tmp_path, record(tiny_examples, epochs=5, loss="bce"), resume=True)
    assert "training.epochs was 3.0 and is 5.0" in str(caught.value)
    assert 'training.loss.kind was "focal" and is "bce"' in str(caught.value)


def test_what_changes_no_result_may_change(tiny_examples, tmp_path):
    resumable(tmp_path, record(tiny_examples, num_threads=4), resume=False)
    changed = {"num_threads": 2, "device": "cpu", "evaluation_batch_size": 8}
    smaller = {"gradient_accumulation": 4, "gradient_checkpointing": True}
    assert resumable(tmp_path, record(tiny_examples, **changed, **smaller), resume=True) is None
