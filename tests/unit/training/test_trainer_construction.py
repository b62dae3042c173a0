from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from emoscope.errors import RecipeError  # noqa: E402
from emoscope.models.encoder import load_encoder  # noqa: E402
from emoscope.training.losses.bce import BinaryCrossEntropy  # noqa: E402
from emoscope.training.objective import make_objective  # noqa: E402
from emoscope.training.settings import TrainingSettings  # noqa: E402
from emoscope.training.trainer_construction import (  # noqa: E402
    Place,
    best_metric,
    judge_of,
    make_forward,
    make_trainer,
    repeats_of,
    training_arguments,
)

CPU = Place("cpu", "fp32")


def settings(**changes: object) -> TrainingSettings:
    return TrainingSettings.model_validate({"max_length": 16, "device": "cpu", **changes})


def test_a_batch_is_shared_by_the_parts_that_it_is_cut_into(tmp_path):
    found = training_arguments(settings(batch_size=24, gradient_accumulation=3), tmp_path, 0, CPU)
    assert (found.per_device_train_batch_size, found.gradient_accumulation_steps) == (8, 3)
    assert found.n_gpu <= 1, "several processes, or one device"


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_trainer_is_told_what_was_decided(tmp_path, precision):
    asked = settings(max_grad_norm=0.15, epochs=2.5, learning_rate=3e-4)
    found = training_arguments(asked, tmp_path, 7, Place("cpu", precision))
    assert (found.bf16, found.fp16) == (precision == "bf16", False)
    assert (found.max_grad_norm, found.num_train_epochs, found.seed) == (0.15, 2.5, 7)
    assert found.device.type == "cpu"


def trainer_of(encoder, examples, folder, **changes):
    asked = settings(**changes)
    loaded = load_encoder(str(encoder), examples.taxonomy.labels, examples.task)
    train = examples.split("train")
    return make_trainer(
        asked, loaded.model, loaded.tokenizer, make_objective(asked, train), train,
        examples.split("validation"), folder,
        arguments=training_arguments(asked, folder, 0, CPU), seed=0, policy=None,
    )  # fmt: skip


def checkpointing(model) -> bool:
    for name in ("is_activation_checkpointing", "is_gradient_checkpointing"):  # newer, older
        if hasattr(model, name):
            return bool(getattr(model, name))
    raise AttributeError("transformers names it otherwise")


@pytest.mark.parametrize("asked", [True, False])
def test_gradient_checkpointing_is_on_when_asked_for(tiny_encoder, tiny_examples, tmp_path, asked):
    trainer = trainer_of(tiny_encoder, tiny_examples, tmp_path, gradient_checkpointing=asked)
    assert checkpointing(trainer.model) is asked


def test_train_texts_are_changed_when_asked_for_and_validation_never(
    tiny_encoder, tiny_examples, tmp_path
):
    trainer = trainer_of(
        tiny_encoder, tiny_examples, tmp_path, augmentation={"drop": 0.5, "share": 1.0}
    )
    plain = trainer_of(tiny_encoder, tiny_examples, tmp_path)

    def first(loader):
        return next(iter(loader))["attention_mask"].sum()

    assert first(trainer.get_train_dataloader()) < first(plain.get_train_dataloader())
    assert first(trainer.get_eval_dataloader()) == first(plain.get_eval_dataloader())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token_dropout": 0.1}, r"token_dropout.*mask token"),
        ({"mixup": 0.1}, r"mixup mixes embeddings, which Linear"),
    ],
)
def test_what_an_encoder_cannot_do_is_refused(tiny_examples, changes, said):
    train, asked = tiny_examples.split("train"), settings(**changes)
    objective = make_objective(asked, train)
    tokenizer = SimpleNamespace(mask_token_id=None, all_special_ids=[0])
    with pytest.raises(RecipeError, match=said):
        make_forward(asked, objective, train, torch.nn.Linear(1, 1), tokenizer)


def test_rare_labels_are_repeated_when_asked_for(tiny_examples):
    train = tiny_examples.split("train")
    assert repeats_of(settings(), train) is None
    repeats = repeats_of(settings(sampling="rare_labels", rare_below=0.4), train)
    rarest = train.labels[:, train.labels.sum(axis=0).argmin()]
    assert repeats[rarest].min() > 1
    assert repeats.shape == (96,)


def test_the_metric_that_chooses_fits_the_task(tiny_examples, tiny_single_examples):
    assert best_metric(settings(), tiny_examples) == "macro_f1"
    assert best_metric(settings(), tiny_single_examples) == "accuracy"
    assert best_metric(settings(best_metric="micro_f1"), tiny_examples) == "micro_f1"


def test_validation_is_judged_by_loss_and_fitted_thresholds(tiny_examples):
    held_out = tiny_examples.split("validation")
    # right in rank, and every probability under one half
    scores = np.where(held_out.labels, -1.0, -4.0).astype(np.float32)
    judge = judge_of(held_out, None, BinaryCrossEntropy())
    found = judge(transformers.EvalPrediction(predictions=scores, label_ids=held_out.labels))
    share = held_out.labels.mean()
    expected = share * np.log1p(np.exp(1.0)) + (1 - share) * np.log1p(np.exp(-4.0))
    assert found["loss"] == pytest.approx(expected, rel=1e-5)
    assert found["micro_f1"] > 0.95
