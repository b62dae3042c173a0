from __future__ import annotations

import pytest

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from emoscope.training.trainer import EncoderTrainer  # noqa: E402


def test_only_public_methods_of_the_trainer_are_overridden():
    """Private ones change without notice, and an override of one that is gone is never called."""
    ours = {name for name in vars(EncoderTrainer) if not name.startswith("__")}
    overridden = {name for name in ours if hasattr(transformers.Trainer, name)}
    assert not {name for name in overridden if name.startswith("_")}
    assert overridden >= {
        "compute_loss", "create_scheduler", "evaluate", "floating_point_ops",
        "get_eval_dataloader", "get_train_dataloader", "log", "prediction_step",
    }, "the Trainer no longer calls one of these"  # fmt: skip
