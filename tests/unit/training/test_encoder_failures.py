"""What happens when training cannot go on: an error that says what to do, and nothing lost."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from safetensors.torch import load_file, save_file  # noqa: E402

from emoscope.errors import (  # noqa: E402
    DeviceError,
    EncoderNotFound,
    NoExamples,
    RecipeError,
    TrainingError,
    UnusableSplit,
)
from emoscope.training.checkpoints import write_checksums  # noqa: E402
from emoscope.training.fit_encoder import train_encoder  # noqa: E402
from emoscope.training.settings import EncoderModel, TrainingSettings  # noqa: E402
from emoscope.training.trainer import EncoderTrainer  # noqa: E402

FAST = {"epochs": 3, "batch_size": 16, "learning_rate": 5e-3, "max_length": 16, "device": "cpu"}


def run(encoder: Path, examples, folder: Path, *, resume: bool = False, say=print, **changes):
    return train_encoder(
        TrainingSettings.model_validate({**FAST, **changes}),
        EncoderModel(encoder=str(encoder)),
        examples,
        folder,
        seed=0,
        resume=resume,
        say=say,
    )


def scores_of(trained, examples):
    return trained.scorer.logits(examples.split("validation").texts)


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_checkpoint(
    tiny_encoder, tiny_examples, tmp_path, monkeypatch
):
    sane = EncoderTrainer.compute_loss

    def breaks_in_the_second_epoch(self, model, inputs, *args, **kwargs):
        loss = sane(self, model, inputs, *args, **kwargs)
        return loss * float("nan") if self.state.global_step >= 8 else loss

    monkeypatch.setattr(EncoderTrainer, "compute_loss", breaks_in_the_second_epoch)
    with pytest.raises(TrainingError, match=r"diverged at step 12: the loss is nan.*checkpoint-6"):
        run(tiny_encoder, tiny_examples, tmp_path)
    kept = load_file(tmp_path / "checkpoints" / "checkpoint-6" / "model.safetensors")
    assert all(torch.isfinite(t).all() for t in kept.values())
    assert not (tmp_path / "checkpoints" / "checkpoint-12").exists()


def test_weights_that_are_no_numbers_are_not_saved(
    tiny_encoder, tiny_examples, tmp_path, monkeypatch
):
    sane = EncoderTrainer.compute_loss

    def finite_but_steep(self, model, inputs, *args, **kwargs):
        loss = sane(self, model, inputs, *args, **kwargs)
        if self.state.global_step == 1:
            self.model.classifier.weight.register_hook(lambda gradient: gradient * float("nan"))
        return loss

    monkeypatch.setattr(EncoderTrainer, "compute_loss", finite_but_steep)
    with pytest.raises(TrainingError, match=r"step 2: \d+ weight tensors .*no longer finite"):
        run(tiny_encoder, tiny_examples, tmp_path, checkpoint_steps=2)
    assert not list((tmp_path / "checkpoints").glob("checkpoint-*"))


@pytest.mark.slow
@pytest.mark.parametrize("ema", [None, 0.9])
def test_a_last_update_that_is_no_number_is_found_before_it_is_judged(
    ema, tiny_encoder, tiny_examples, tmp_path, monkeypatch
):
    sane = EncoderTrainer.compute_loss

    def finite_but_steep(self, model, inputs, *args, **kwargs):
        loss = sane(self, model, inputs, *args, **kwargs)
        if self.state.global_step == 11:  # the last step of the second epoch
            loss.register_hook(lambda gradient: gradient * float("nan"))
        return loss

    monkeypatch.setattr(EncoderTrainer, "compute_loss", finite_but_steep)
    with pytest.raises(TrainingError, match=r"step 12: .*no longer finite.*checkpoint-6, is kept"):
        run(tiny_encoder, tiny_examples, tmp_path, ema=ema)
    best = load_file(tmp_path / "checkpoints" / "checkpoint-6" / "best.safetensors")
    assert all(torch.isfinite(t).all() for t in best.values())


def test_out_of_memory_says_which_key_to_change(tiny_encoder, tiny_examples, tmp_path, monkeypatch):
    def too_large(self, *args, **kwargs):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 GiB")

    monkeypatch.setattr(EncoderTrainer, "compute_loss", too_large)
    with pytest.raises(TrainingError, match="gradient_accumulation"):
        run(tiny_encoder, tiny_examples, tmp_path)


@pytest.mark.slow
def test_a_run_that_ran_out_of_memory_goes_on_in_smaller_parts(
    steady_encoder, tiny_examples, tmp_path, monkeypatch
):
    sane = EncoderTrainer.compute_loss

    def too_large_in_the_second_epoch(self, *args, **kwargs):
        if self.state.global_step == 8:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 GiB")
        return sane(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(EncoderTrainer, "compute_loss", too_large_in_the_second_epoch)
        with pytest.raises(TrainingError, match=r"--resume then continues from .*checkpoint-6"):
            run(steady_encoder, tiny_examples, tmp_path / "short")
    smaller = {"gradient_accumulation": 4, "evaluation_batch_size": 8}
    resumed = run(steady_encoder, tiny_examples, tmp_path / "short", resume=True, **smaller)
    unbroken = run(steady_encoder, tiny_examples, tmp_path / "whole")
    assert [row.step for row in resumed.history] == [row.step for row in unbroken.history]
    np.testing.assert_allclose(
        scores_of(resumed, tiny_examples), scores_of(unbroken, tiny_examples), atol=2e-3
    )


@pytest.mark.slow
def test_a_full_disk_leaves_the_former_checkpoint_which_resumes(
    tiny_encoder, tiny_examples, tmp_path, monkeypatch
):
    save = torch.save

    def fills_up(value, path, *args, **kwargs):
        if Path(path).parent.name == "checkpoint-12":
            raise OSError(errno.ENOSPC, "No space left on device")
        save(value, path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", fills_up)
        with pytest.raises(TrainingError, match=r"step 12.*No space left.*checkpoint-6, is whole"):
            run(tiny_encoder, tiny_examples, tmp_path / "full")
    names = {p.name for p in (tmp_path / "full" / "checkpoints").iterdir()}
    assert "checkpoint-6" in names
    assert not [n for n in names if n.startswith(".") or n == "checkpoint-12"], names

    resumed = run(tiny_encoder, tiny_examples, tmp_path / "full", resume=True)
    unbroken = run(tiny_encoder, tiny_examples, tmp_path / "whole")
    np.testing.assert_array_equal(
        scores_of(resumed, tiny_examples), scores_of(unbroken, tiny_examples)
    )


@pytest.mark.slow
def test_a_damaged_newest_checkpoint_resumes_from_the_one_before_to_the_same_result(
    tiny_encoder, tiny_examples, tmp_path
):
    unbroken = run(tiny_encoder, tiny_examples, tmp_path, ema=0.9)
    newest = tmp_path / "checkpoints" / "checkpoint-18" / "optimizer.pt"
    newest.write_bytes(newest.read_bytes()[:-100])
    said: list[str] = []
    resumed = run(tiny_encoder, tiny_examples, tmp_path, ema=0.9, resume=True, say=said.append)
    assert [line.partition(",")[0] for line in said] == ["Resuming from checkpoint-12"]
    assert [row.step for row in resumed.history] == [6, 12, 18]
    assert resumed.best.step == unbroken.best.step
    np.testing.assert_array_equal(
        scores_of(resumed, tiny_examples), scores_of(unbroken, tiny_examples)
    )


@pytest.mark.slow
def test_a_whole_checkpoint_of_an_encoder_of_another_size_is_one_error(
    tiny_encoder, tiny_examples, tmp_path
):
    run(tiny_encoder, tiny_examples, tmp_path, epochs=2)
    checkpoint = tmp_path / "checkpoints" / "checkpoint-12"
    weights = load_file(checkpoint / "model.safetensors")
    state = json.loads((checkpoint / "trainer_state.json").read_text())
    (checkpoint / "trainer_state.json").write_text(json.dumps(state | {"max_steps": 18}))
    cut = {name: tensor[:1].contiguous() for name, tensor in weights.items()}
    save_file(cut, checkpoint / "model.safetensors", metadata={"format": "pt"})
    write_checksums(checkpoint)
    with pytest.raises(TrainingError, match=r"checkpoint-12 does not fit the model"):
        run(tiny_encoder, tiny_examples, tmp_path, epochs=2, resume=True)


class RunsCode:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.write_text, (self.path, "ran")


@pytest.mark.parametrize("name", ["optimizer.pt", "scheduler.pt", "rng_state.pth"])
def test_code_in_a_checkpoint_is_not_run(name, tiny_encoder, tiny_examples, tmp_path):
    run(tiny_encoder, tiny_examples, tmp_path, epochs=2)
    shutil.rmtree(tmp_path / "checkpoints" / "checkpoint-12")
    checkpoint = tmp_path / "checkpoints" / "checkpoint-6"
    assert {p.suffix for p in checkpoint.iterdir()} == {".json", ".safetensors", ".pt", ".pth"}
    torch.save(RunsCode(tmp_path / "code"), checkpoint / name)
    write_checksums(checkpoint)
    with pytest.raises(TrainingError, match=r"Cannot resume: .*checkpoint-6.*--overwrite"):
        run(tiny_encoder, tiny_examples, tmp_path, epochs=2, resume=True)
    assert not (tmp_path / "code").exists()


@pytest.mark.slow
def test_a_full_disk_at_the_end_says_so(tiny_encoder, tiny_examples, tmp_path, monkeypatch):
    def full(path, *args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("emoscope.training.fit_encoder.write_history", full)
    with pytest.raises(TrainingError, match=r"Could not save the model.*No space left"):
        run(tiny_encoder, tiny_examples, tmp_path)


def test_cuda_asked_for_but_absent(tiny_encoder, tiny_examples, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="'cuda' was asked for"):
        run(tiny_encoder, tiny_examples, tmp_path, device="cuda")


def test_an_encoder_that_is_nowhere_says_how_to_give_a_folder(tiny_examples, tmp_path):
    with pytest.raises(EncoderNotFound, match="folder"):
        run(tmp_path / "no" / "such", tiny_examples, tmp_path / "run")


def test_a_label_that_train_lacks(tiny_encoder, tiny_examples, tmp_path):
    no_fear = tiny_examples.select((tiny_examples.splits != "train") | ~tiny_examples.labels[:, 2])
    with pytest.raises(UnusableSplit, match="never occur in train: fear"):
        run(tiny_encoder, no_fear, tmp_path)


def test_no_validation_split(tiny_encoder, tiny_examples, tmp_path):
    with pytest.raises(NoExamples, match="no validation rows"):
        run(tiny_encoder, tiny_examples.split("train"), tmp_path)


def test_a_batch_that_processes_cannot_share(tiny_encoder, tiny_examples, tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(
        RecipeError, match=r"16 cannot be shared evenly by 3 processes.*multiple of 3"
    ):
        run(tiny_encoder, tiny_examples, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("package", ["torch", "transformers", "accelerate", "tensorboard"])
def test_without_the_extra_one_line_says_what_to_install(package):
    script = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from emoscope.errors import MissingExtra\n"
        "import emoscope.training.settings, emoscope.training.distributed\n"
        "try:\n    import emoscope.training.fit_encoder\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert 'pip install "emoscope[train]"' in done.stdout, done.stderr
    assert len(done.stdout.strip().splitlines()) == 1


@pytest.mark.slow
def test_settings_and_recipes_need_no_torch():
    script = (
        "import sys, emoscope.training.recipe, emoscope.training.settings\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
