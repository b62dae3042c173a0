from __future__ import annotations

import errno

import pytest

torch = pytest.importorskip("torch")

from emoscope.errors import TrainingError  # noqa: E402
from emoscope.training.checkpoints import (  # noqa: E402
    best_file,
    checkpoints_in,
    explained,
    load_best,
    prune,
    replace_file,
    replace_folder,
    save_best,
)


def full_disk(*_args: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def folder_with(tmp_path, *steps: int):
    for step in steps:
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "state").write_text(str(step))
    return tmp_path


def test_checkpoints_are_listed_by_step_not_by_name(tmp_path):
    folder = folder_with(tmp_path, 100, 9, 20)
    (folder / ".checkpoint-120.saving").mkdir()
    assert [p.name for p in checkpoints_in(folder)] == [
        "checkpoint-9", "checkpoint-20", "checkpoint-100",
    ]  # fmt: skip
    assert checkpoints_in(folder / "nowhere") == []


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "model"
    replace_folder(target, lambda f: (f / "a").write_text("old"))

    def breaks_half_way(folder):
        (folder / "a").write_text("new")
        full_disk()

    with pytest.raises(OSError, match="No space"):
        replace_folder(target, breaks_half_way)
    assert (target / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["model"], "nothing half-written is left"
    replace_folder(target, lambda f: (f / "b").write_text("new"))
    assert [p.name for p in target.iterdir()] == ["b"]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "run.json"
    replace_file(target, lambda p: p.write_text("old"))
    with pytest.raises(OSError, match="No space"):
        replace_file(target, full_disk)
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]


def test_a_failed_write_says_what_is_still_there(tmp_path):
    folder = folder_with(tmp_path, 30)
    with pytest.raises(TrainingError) as caught, explained("the checkpoint of step 60", folder):
        full_disk()
    message = str(caught.value)
    for part in ("checkpoint of step 60", "No space left", "checkpoint-30", "--resume"):
        assert part in message


def test_best_weights_come_back(tmp_path):
    model = torch.nn.Linear(3, 2)
    expected = model.weight.detach().clone()
    save_best(model, tmp_path, 7)
    torch.nn.init.zeros_(model.weight)
    load_best(model, tmp_path, 7)
    assert torch.equal(model.weight, expected)
    with pytest.raises(TrainingError, match="best-8"):
        load_best(model, tmp_path, 8)


def test_a_full_disk_keeps_the_former_best(tmp_path, monkeypatch):
    model = torch.nn.Linear(3, 2)
    save_best(model, tmp_path, 7)
    before = best_file(tmp_path, 7).read_bytes()
    monkeypatch.setattr("emoscope.training.checkpoints.save_model", full_disk)
    with pytest.raises(TrainingError, match="No space left"):
        save_best(model, tmp_path, 14)
    assert best_file(tmp_path, 7).read_bytes() == before
    assert not best_file(tmp_path, 14).exists()


def test_pruning_keeps_the_newest_and_the_best(tmp_path):
    folder = folder_with(tmp_path, 1, 2, 3)
    for step in (1, 2):
        best_file(folder, step).write_bytes(b"")
    (folder / "run.json").write_text("{}")
    prune(folder, keep=2, best_step=1)
    assert sorted(p.name for p in folder.iterdir()) == [
        "best-1.safetensors", "checkpoint-2", "checkpoint-3", "run.json",
    ]  # fmt: skip
    prune(folder, keep=0, best_step=1)
    assert checkpoints_in(folder) == []
