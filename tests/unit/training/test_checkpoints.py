from __future__ import annotations

import errno
import json
import os
import shutil

import pytest

torch = pytest.importorskip("torch")

from emoscope.errors import TrainingError  # noqa: E402
from emoscope.training.checkpoints import (  # noqa: E402
    BEST,
    CHECKSUMS,
    STATE,
    checkpoints_in,
    damage_of,
    explained,
    finish_checkpoint,
    load_best,
    newest_whole,
    prune,
    replace_folder,
    set_aside,
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


def test_a_failed_write_says_what_is_still_there(tmp_path):
    folder = folder_with(tmp_path, 30)
    with pytest.raises(TrainingError) as caught, explained("the checkpoint of step 60", folder):
        full_disk()
    message = str(caught.value)
    for part in ("checkpoint of step 60", "No space left", "checkpoint-30", "--resume"):
        assert part in message


def saved(folder, step: int, best=None):
    """A checkpoint of small files, as the Trainer writes them, completed."""
    staged = folder / ".saving" / f"checkpoint-{step}"
    staged.mkdir(parents=True)
    (staged / STATE).write_text(json.dumps({"global_step": step}))
    (staged / "model.safetensors").write_bytes(bytes(range(200)))
    (staged / "training_args.bin").write_bytes(b"a pickle")
    finish_checkpoint(staged, folder, best)
    return folder / f"checkpoint-{step}"


def whole_checkpoints(folder, *steps: int):
    """Checkpoints, each with best weights of its own."""
    for step in steps:
        saved(folder, step, torch.nn.Linear(3, 2))
    return folder


def test_a_checkpoint_is_completed_and_holds_no_pickled_arguments(tmp_path):
    made = saved(tmp_path, 3, torch.nn.Linear(3, 2))
    assert sorted(p.name for p in made.iterdir()) == [
        BEST, CHECKSUMS, "model.safetensors", STATE,
    ]  # fmt: skip
    assert damage_of(made, needed=STATE) is None


def test_best_weights_come_back_from_a_later_checkpoint_too(tmp_path):
    model = torch.nn.Linear(3, 2)
    expected = model.weight.detach().clone()
    first = saved(tmp_path, 7, model)
    torch.nn.init.zeros_(model.weight)
    saved(tmp_path, 14)
    shutil.rmtree(first)
    load_best(model, tmp_path)
    assert torch.equal(model.weight, expected)


def test_best_weights_of_another_model_are_one_error(tmp_path):
    saved(tmp_path, 7, torch.nn.Linear(5, 5))
    with pytest.raises(TrainingError, match=r"best\.safetensors.*size mismatch.*--overwrite"):
        load_best(torch.nn.Linear(3, 2), tmp_path)


def test_before_the_first_evaluation_no_weights_are_the_best(tmp_path):
    assert not (saved(tmp_path, 2) / BEST).exists()


def test_a_full_disk_keeps_the_former_checkpoint(tmp_path, monkeypatch):
    former = saved(tmp_path, 7, torch.nn.Linear(3, 2))
    monkeypatch.setattr("emoscope.training.checkpoints.save_model", full_disk)
    with pytest.raises(OSError, match="No space left"):
        saved(tmp_path, 14, torch.nn.Linear(3, 2))
    assert newest_whole(tmp_path) == (former, {})


def test_pruning_keeps_the_newest(tmp_path):
    folder = folder_with(tmp_path, 1, 2, 3)
    (folder / "run.json").write_text("{}")
    prune(folder, keep=2)
    assert sorted(p.name for p in folder.iterdir()) == ["checkpoint-2", "checkpoint-3", "run.json"]
    prune(folder, keep=0)
    assert checkpoints_in(folder) == []


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
        f"checkpoint-12/{STATE}",
        f"checkpoint-12/{CHECKSUMS}",
        f"checkpoint-12/{BEST}",
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


def test_a_damaged_checkpoint_set_aside_counts_no_longer_and_goes_with_the_next_one(tmp_path):
    folder = whole_checkpoints(tmp_path, 6, 12)
    set_aside(folder / "checkpoint-12")
    assert checkpoints_in(folder) == [folder / "checkpoint-6"]
    assert (folder / "checkpoint-12.damaged").is_dir()
    prune(folder, keep=2)
    assert sorted(p.name for p in folder.iterdir()) == ["checkpoint-6"]


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
