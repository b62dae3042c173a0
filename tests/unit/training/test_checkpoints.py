from __future__ import annotations

import errno
import json
import os
import shutil

import pytest

torch = pytest.importorskip("torch")

from emoscope.errors import TrainingError  # noqa: E402
from emoscope.training.checkpoints import (  # noqa: E402
    CHECKSUMS,
    STATE,
    best_file,
    checkpoints_in,
    damage_of_checkpoint,
    explained,
    load_best,
    newest_whole,
    prune,
    replace_folder,
    save_best,
    set_aside,
    write_checksums,
    write_json,
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
    (folder / ".saving" / "checkpoint-120").mkdir(parents=True)
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
    target = tmp_path / "new" / "run.json"
    write_json({"a": [1, 2]}, target)
    with pytest.raises(TypeError):
        write_json({"a": object()}, target)
    assert json.loads(target.read_text()) == {"a": [1, 2]}
    assert [p.name for p in target.parent.iterdir()] == ["run.json"]


def test_what_a_kill_left_half_written_goes_with_the_next_checkpoint(tmp_path):
    folder = folder_with(tmp_path, 1, 2)
    (folder / ".emoscope-abc.tmp").write_bytes(b"half")
    prune(folder, keep=2, best_step=None)
    assert sorted(p.name for p in folder.iterdir()) == ["checkpoint-1", "checkpoint-2"]


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


def whole_checkpoints(folder, *steps: int):
    """Checkpoints of small files, each with best weights of its own step."""
    model = torch.nn.Linear(3, 2)
    for step in steps:
        save_best(model, folder, step)

        def write(at, step=step):
            (at / STATE).write_text(json.dumps({"global_step": step, "best_global_step": step}))
            (at / "model.safetensors").write_bytes(bytes(range(200)))
            (at / "schedule.json").write_text('{"last_epoch": 3}')
            write_checksums(at)

        replace_folder(folder / f"checkpoint-{step}", write)
    return folder


def truncated(path):
    path.write_bytes(path.read_bytes()[:-7])


def zeroed(path):
    path.write_bytes(bytes(path.stat().st_size))


def one_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def emptied(path):
    path.write_bytes(b"")


def garbage(path):
    path.write_bytes(b"\xff\xfe no such format" * 9)


def other_json(path):
    path.write_text("[1, 2]")


def deep_json(path):
    path.write_text("[" * 200_000)


def removed(path):
    path.unlink()


def a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "damage",
    [truncated, zeroed, one_bit, emptied, garbage, other_json, deep_json, removed, a_folder],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize(
    "name",
    [
        "checkpoint-12/model.safetensors",
        "checkpoint-12/schedule.json",
        f"checkpoint-12/{STATE}",
        f"checkpoint-12/{CHECKSUMS}",
        "best-12.safetensors",
        "best-12.json",
    ],
)
def test_the_newest_whole_checkpoint_is_found_behind_a_damaged_one(tmp_path, name, damage):
    folder = whole_checkpoints(tmp_path, 6, 12)
    assert newest_whole(folder) == (folder / "checkpoint-12", {})
    damage(folder / name)
    whole, damaged = newest_whole(folder)
    assert whole == folder / "checkpoint-6"
    assert list(damaged) == [folder / "checkpoint-12"]
    assert "\n" not in damaged[folder / "checkpoint-12"]


def test_a_checkpoint_without_any_file_or_that_is_a_file_is_damaged(tmp_path):
    folder = whole_checkpoints(tmp_path, 6, 12, 18)
    shutil.rmtree(folder / "checkpoint-12")
    (folder / "checkpoint-12").mkdir()
    shutil.rmtree(folder / "checkpoint-18")
    (folder / "checkpoint-18").write_text("not a folder")
    whole, damaged = newest_whole(folder)
    assert whole == folder / "checkpoint-6"
    assert [p.name for p in damaged] == ["checkpoint-18", "checkpoint-12"]


def test_weights_of_another_shape_are_not_those_that_were_written(tmp_path):
    folder = whole_checkpoints(tmp_path, 6)
    save_best(torch.nn.Linear(5, 5), tmp_path / "other", 6)
    shutil.copy(best_file(tmp_path / "other", 6), folder / "best-6.safetensors")
    assert "best-6.safetensors is not what was written" in damage_of_checkpoint(
        folder / "checkpoint-6"
    )
    with pytest.raises(TrainingError, match=r"best-6.*SHA-256 differs.*--overwrite"):
        load_best(torch.nn.Linear(3, 2), folder, 6)
    save_best(torch.nn.Linear(5, 5), folder, 6)  # whole, and of another model
    with pytest.raises(TrainingError, match=r"best-6.*size mismatch.*--overwrite"):
        load_best(torch.nn.Linear(3, 2), folder, 6)


def test_a_damaged_checkpoint_set_aside_counts_no_longer_and_goes_with_the_next_one(tmp_path):
    folder = whole_checkpoints(tmp_path, 6, 12)
    set_aside(folder / "checkpoint-12")
    assert checkpoints_in(folder) == [folder / "checkpoint-6"]
    assert (folder / "checkpoint-12.damaged").is_dir()
    prune(folder, keep=2, best_step=6)
    assert sorted(p.name for p in folder.iterdir()) == [
        "best-6.json", "best-6.safetensors", "checkpoint-6",
    ]  # fmt: skip


def test_the_best_weights_of_each_kept_checkpoint_are_kept(tmp_path):
    folder = whole_checkpoints(tmp_path, 3, 6, 12)
    prune(folder, keep=2, best_step=12)
    assert sorted(p.name for p in folder.glob("best-*.safetensors")) == [
        "best-12.safetensors", "best-6.safetensors",
    ]  # fmt: skip
    assert damage_of_checkpoint(folder / "checkpoint-6") is None


def test_files_reach_the_disk_before_they_get_their_name(tmp_path, monkeypatch):
    events = []
    monkeypatch.setattr(os, "fsync", lambda handle: events.append(os.fstat(handle).st_ino))
    rename = type(tmp_path).rename
    monkeypatch.setattr(
        type(tmp_path), "rename", lambda self, to: (events.append("rename"), rename(self, to))[1]
    )

    def write(at):
        (at / "part").mkdir()
        (at / "part" / "a").write_text("a")
        (at / "b").write_text("b")

    replace_folder(tmp_path / "made", write)
    made = tmp_path / "made"
    inodes = {p.stat().st_ino for p in (made, made / "b", made / "part", made / "part" / "a")}
    renamed = events.index("rename")
    assert set(events[:renamed]) == inodes
    assert events[renamed - 1] == made.stat().st_ino, "the folder after its files"
    assert events[renamed + 1 :] == [tmp_path.stat().st_ino]
