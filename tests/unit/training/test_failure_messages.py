from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from emoscope.errors import TrainingError  # noqa: E402
from emoscope.training.failure_messages import diverged, memory_explained  # noqa: E402
from emoscope.training.settings import TrainingSettings  # noqa: E402

SETTINGS = TrainingSettings(
    gradient_accumulation=2, batch_size=64, max_length=99, evaluation_batch_size=77
)


def test_out_of_memory_names_the_keys_to_change(tmp_path):
    with pytest.raises(TrainingError) as caught, memory_explained(SETTINGS, tmp_path):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    message = str(caught.value)
    for part in (
        "gradient_accumulation (now 2)", "evaluation_batch_size (now 77)", "max_length (now 99)",
        "batch_size (now 64)",
    ):  # fmt: skip
        assert part in message
    assert "--resume" not in message, "there is nothing to go on from"
    (tmp_path / "checkpoint-8").mkdir()
    told = pytest.raises(TrainingError, match=r"--resume then continues from .*checkpoint-8")
    with told, memory_explained(SETTINGS, tmp_path):
        raise MemoryError


def test_other_failures_pass_through(tmp_path):
    with pytest.raises(RuntimeError, match="shapes"), memory_explained(SETTINGS, tmp_path):
        raise RuntimeError("shapes do not fit")


def test_divergence_names_the_step_the_checkpoint_and_the_keys(tmp_path):
    (tmp_path / "checkpoint-8").mkdir()
    message = str(diverged("the loss is nan", 12, SETTINGS, tmp_path))
    for part in ("step 12", "loss is nan", "checkpoint-8", "learning_rate (now 0.0001)", "fp32"):
        assert part in message
