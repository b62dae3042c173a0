"""Training a tiny encoder from end to end, in this process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from safetensors.torch import load_file  # noqa: E402

from emoscope.data.examples import Examples  # noqa: E402
from emoscope.training.fit_encoder import train_encoder  # noqa: E402
from emoscope.training.settings import EncoderModel, MiniBertModel, TrainingSettings  # noqa: E402

FAST = {"epochs": 2, "batch_size": 16, "learning_rate": 5e-3, "max_length": 16, "device": "cpu"}


def settings(**changes: object) -> TrainingSettings:
    return TrainingSettings.model_validate({**FAST, **changes})


def run(encoder: Path, examples: Examples, folder: Path, seed: int = 0, **changes: object):
    resume = bool(changes.pop("resume", False))
    return train_encoder(
        settings(**changes), EncoderModel(encoder=str(encoder)), examples, folder,
        seed=seed, resume=resume,
    )  # fmt: skip


def scores_of(trained, examples: Examples):
    """Raw scores of the validation texts, shape (n_texts, n_labels)."""
    return trained.scorer.logits(examples.split("validation").texts)


@pytest.mark.slow
def test_learns_and_leaves_a_folder_that_transformers_opens(tiny_encoder, tiny_examples, tmp_path):
    trained = run(tiny_encoder, tiny_examples, tmp_path, epochs=12)
    assert trained.best.micro_f1 > 0.85
    assert scores_of(trained, tiny_examples).shape == (48, 4)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "model")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    assert model.config.id2label == {0: "joy", 1: "anger", 2: "fear", 3: "surprise"}
    assert model.config.problem_type == "multi_label_classification"
    assert tokenizer.model_max_length == 16
    texts = tiny_examples.split("validation").texts
    batch = tokenizer(list(texts), padding=True, return_tensors="pt")
    with torch.inference_mode():
        scores = model.eval()(**batch).logits.numpy()
    np.testing.assert_allclose(scores, scores_of(trained, tiny_examples), atol=1e-5)
    assert (tmp_path / "history.csv").read_text().startswith("epoch,step,train_loss,")
    assert len((tmp_path / "history.csv").read_text().splitlines()) == 1 + 12
    assert list((tmp_path / "logs").glob("events.*"))
    names = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    assert not {n for n in names if n.endswith((".bin", ".pkl"))}, "pickles"


@pytest.mark.slow
def test_single_label(tiny_encoder, tiny_single_examples, tmp_path):
    trained = run(tiny_encoder, tiny_single_examples, tmp_path, epochs=12)
    assert trained.best.accuracy > 0.9
    assert trained.scorer.model.config.problem_type == "single_label_classification"


@pytest.mark.slow
def test_two_runs_of_a_seed_are_identical_and_another_seed_is_not(
    tiny_encoder, tiny_examples, tmp_path
):
    runs = [
        run(tiny_encoder, tiny_examples, tmp_path / str(i), seed=s) for i, s in enumerate((3, 3, 4))
    ]
    first, second, other = (scores_of(r, tiny_examples) for r in runs)
    np.testing.assert_array_equal(first, second)
    assert [replace(r, seconds=0) for r in runs[0].history] == [
        replace(r, seconds=0) for r in runs[1].history
    ]
    assert not np.array_equal(first, other)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"gradient_accumulation": 4},
        {"gradient_checkpointing": True},
        {"ema": 0.9},
        {"r_drop": 0.5},
        {"mixup": 0.4},
        {"token_dropout": 0.2},
        {"sampling": "rare_labels", "rare_below": 0.3},
        {"group_by_length": False},
        {"layerwise_decay": 0.8, "head_learning_rate": 1e-2, "embedding_learning_rate": 1e-3},
        {"schedule": "cosine", "warmup": 3},
        {"label_smoothing": 0.1},
        {"loss": "focal"},
        {"loss": "asymmetric"},
        {"loss": {"kind": "bce", "positive_weight": "counts"}},
        {"augmentation": {"swap": 0.2, "drop": 0.2, "synonym": 0.2, "share": 1.0}},
        {"evaluations_per_epoch": 2, "checkpoint_steps": 1},
        {"max_grad_norm": 0.0},
        {"precision": "bf16"},
    ],
    ids=lambda c: next(iter(c)),
)
def test_every_option_still_learns(changes, tiny_encoder, tiny_examples, tmp_path):
    trained = run(tiny_encoder, tiny_examples, tmp_path, epochs=6, **changes)
    losses = [row.validation_loss for row in trained.history]
    assert np.isfinite(losses).all()
    assert min(losses) < losses[0]


@pytest.mark.slow
def test_accumulation_changes_nothing_but_memory(steady_encoder, tiny_examples, tmp_path):
    whole = run(steady_encoder, tiny_examples, tmp_path / "1")
    parts = run(steady_encoder, tiny_examples, tmp_path / "4", gradient_accumulation=4)
    np.testing.assert_allclose(
        scores_of(whole, tiny_examples), scores_of(parts, tiny_examples), atol=2e-3
    )


@pytest.mark.slow
def test_early_stopping_stops_and_keeps_the_best(tiny_encoder, tiny_examples, tmp_path):
    trained = run(
        tiny_encoder, tiny_examples, tmp_path, epochs=30, early_stopping=2, learning_rate=1e-2
    )
    assert len(trained.history) < 30
    assert trained.history[-1].step > trained.best.step
    assert trained.best.macro_f1 == max(row.macro_f1 for row in trained.history)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schedule", "shares"),
    [
        # of three warm-up steps and nine of falling; the sixth step is the third after the warm-up,
        # the twelfth the ninth, and the rate falls after each
        ("linear", (7 / 9, 1 / 9)),
        ("cosine", tuple((1 + np.cos(np.pi * n / 9)) / 2 for n in (2, 8))),
        ("constant", (1.0, 1.0)),
    ],
)
def test_the_learning_rate_follows_the_schedule(
    schedule, shares, tiny_encoder, tiny_examples, tmp_path
):
    trained = run(tiny_encoder, tiny_examples, tmp_path, schedule=schedule, warmup=3)
    rates = [row.learning_rate for row in trained.history]
    np.testing.assert_allclose(rates, np.multiply(5e-3, shares), rtol=1e-6)


def test_max_steps_cuts_the_run(tiny_encoder, tiny_examples, tmp_path):
    trained = run(tiny_encoder, tiny_examples, tmp_path, epochs=5, max_steps=3)
    assert trained.history[-1].step == 3


@pytest.mark.slow
def test_first_scores_are_the_label_prior_and_are_not_judged_at_one_half(
    tiny_encoder, tiny_examples, tmp_path
):
    trained = run(tiny_encoder, tiny_examples, tmp_path, max_steps=1, learning_rate=1e-9)
    probabilities = 1 / (1 + np.exp(-scores_of(trained, tiny_examples).astype(float)))
    share = tiny_examples.split("train").labels.mean(axis=0)
    np.testing.assert_allclose(probabilities.mean(axis=0), share, atol=0.1)
    timid = probabilities[:, 1:]  # of the three rarer labels
    assert (timid < 0.5).all(), "judged at 0.5 none of them would ever be predicted"
    assert trained.best.macro_f1 > 0.25


@pytest.mark.slow
def test_the_average_is_judged_and_kept_not_the_last_weights(tiny_encoder, tiny_examples, tmp_path):
    run(tiny_encoder, tiny_examples, tmp_path, ema=0.95, epochs=1)  # one evaluation
    checkpoint = tmp_path / "checkpoints" / "checkpoint-6"
    last = load_file(checkpoint / "model.safetensors")
    average = load_file(checkpoint / "ema.safetensors")
    kept = load_file(tmp_path / "model" / "model.safetensors")
    best = "classifier.weight"
    assert not torch.equal(kept[best], last[best])
    assert torch.equal(kept[best], average[best])


@pytest.mark.slow
def test_the_model_that_goes_on_scores_as_the_saved_one(tiny_encoder, tiny_examples, tmp_path):
    """Training in half precision wraps the live model, and a policy fits what it scores."""
    trained = run(tiny_encoder, tiny_examples, tmp_path, precision="bf16")
    saved = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "model")
    texts = list(tiny_examples.split("validation").texts)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        live, again = (m.eval()(**batch).logits.numpy() for m in (trained.scorer.model, saved))
    np.testing.assert_allclose(live, again, atol=1e-5)
    np.testing.assert_allclose(scores_of(trained, tiny_examples), again, atol=1e-5)


@pytest.mark.slow
def test_nothing_of_the_checkpoints_stays_when_none_is_wanted(
    tiny_encoder, tiny_examples, tmp_path
):
    run(tiny_encoder, tiny_examples, tmp_path, keep_checkpoints=0)
    assert not list((tmp_path / "checkpoints").glob("checkpoint-*"))
    run(tiny_encoder, tiny_examples, tmp_path / "two", keep_checkpoints=2, epochs=4)
    assert len(list((tmp_path / "two" / "checkpoints").glob("checkpoint-*"))) == 2


@pytest.mark.slow
def test_minibert_learns_its_own_words(tiny_examples, tmp_path):
    sizes = {"embedding_size": 16, "hidden_size": 16, "layers": 1, "heads": 2}
    trained = train_encoder(
        settings(epochs=16),
        MiniBertModel(intermediate_size=16, vocabulary_size=150, min_frequency=1, **sizes),
        tiny_examples,
        tmp_path,
        seed=0,
    )
    assert trained.best.micro_f1 > 0.9
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    assert tokenizer.tokenize("cheerful") == ["cheerful"]
    again = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "model")
    assert type(again).__name__ == "MiniBertForSequenceClassification"


@pytest.mark.slow
def test_mean_pooling(tiny_encoder, tiny_examples, tmp_path):
    trained = train_encoder(
        settings(epochs=16),
        EncoderModel(encoder=str(tiny_encoder), pooling="mean", dropout=0.2),
        tiny_examples,
        tmp_path,
        seed=0,
    )
    assert trained.best.micro_f1 > 0.9


class Enough(Exception):
    pass


@pytest.mark.slow
def test_who_watches_sees_each_evaluation_and_can_end_training(
    tiny_encoder, tiny_examples, tmp_path
):
    seen = []

    def watch(history):
        seen.append([row.step for row in history])
        if len(history) == 2:
            raise Enough

    model = EncoderModel(encoder=str(tiny_encoder))
    with pytest.raises(Enough):
        train_encoder(settings(epochs=3), model, tiny_examples, tmp_path, seed=0, watch=watch)
    assert seen == [[6], [6, 12]]
    assert not (tmp_path / "model").exists()
