from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from emoscope.errors import NoExamples, RecipeError, UnusableSplit  # noqa: E402
from emoscope.training.plan import memory_of, plan, steps_of  # noqa: E402
from emoscope.training.recipe import parse_recipe  # noqa: E402
from emoscope.training.settings import TrainingSettings  # noqa: E402


def recipe(model: dict, **training: object):
    training = {"max_length": 32, "device": "cpu", **training}
    return parse_recipe({"name": "planned", "model": model, "training": training})


def test_a_local_encoder_is_counted_exactly(tiny_encoder, tiny_examples):
    found = plan(
        recipe({"kind": "encoder", "encoder": str(tiny_encoder)}, epochs=2.5, batch_size=16),
        tiny_examples,
    )
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        tiny_encoder, num_labels=4
    )
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert found.texts == {"train": 96, "validation": 48}
    assert (found.steps_per_epoch, found.steps) == (6, 15)
    assert found.n_labels == 4
    train = tiny_examples.split("train").labels.sum(axis=0)
    assert found.rarest == (tiny_examples.taxonomy.labels[train.argmin()], train.min())


@pytest.mark.parametrize(
    ("encoder", "parameters"),
    [
        # with two labels, as counted on the published weights; two more have 769 weights each
        ("distilbert/distilbert-base-uncased", 66_955_010 + 2 * 769),
        ("google-bert/bert-base-uncased", 109_483_778 + 2 * 769),
        ("FacebookAI/roberta-base", 124_647_170 + 2 * 769),
    ],
)
def test_an_encoder_that_is_not_here_is_counted_from_its_published_sizes(
    encoder, parameters, tiny_examples
):
    found = plan(recipe({"kind": "encoder", "encoder": encoder}), tiny_examples)
    assert found.parameters == parameters
    assert found.memory > 16 * parameters
    assert "published sizes" in found.parameters_from


def test_an_unknown_encoder_is_unknown_and_the_rest_is_planned(monkeypatch, tiny_examples):
    def offline(*args, **kwargs):
        raise OSError("offline")

    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", offline)
    found = plan(recipe({"kind": "encoder", "encoder": "someone/unheard-of"}), tiny_examples)
    assert found.parameters is None
    assert found.memory is None
    assert found.steps == 12
    assert "someone/unheard-of is not here" in dict(found.lines())["parameters"]


def test_minibert_is_planned_with_its_largest_vocabulary(tiny_examples):
    found = plan(recipe({"kind": "minibert"}), tiny_examples)
    assert 15e6 < found.parameters < 20e6
    assert "at most" in found.parameters_from


def test_a_linear_model_has_no_steps(tiny_examples):
    found = plan(recipe({"kind": "linear"}), tiny_examples)
    assert found.steps is None
    assert "steps" not in dict(found.lines())


def test_rare_labels_lengthen_the_epoch(tiny_encoder, tiny_examples):
    model = {"kind": "encoder", "encoder": str(tiny_encoder)}
    plain = plan(recipe(model, batch_size=4), tiny_examples)
    longer = plan(
        recipe(model, batch_size=4, sampling="rare_labels", rare_below=0.9), tiny_examples
    )
    assert longer.steps > plain.steps


def test_unusable_data_is_found_before_training(tiny_encoder, tiny_examples):
    no_fear = tiny_examples.select((tiny_examples.splits != "train") | ~tiny_examples.labels[:, 2])
    with pytest.raises(UnusableSplit, match="never occur in train: fear"):
        plan(recipe({"kind": "encoder", "encoder": str(tiny_encoder)}), no_fear)


def test_a_missing_validation_split_is_found_before_training(tiny_encoder, tiny_examples):
    with pytest.raises(NoExamples, match="no validation rows"):
        plan(
            recipe({"kind": "encoder", "encoder": str(tiny_encoder)}), tiny_examples.split("train")
        )


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ({"loss": "cross_entropy"}, "'cross_entropy' is for single-label"),
        ({"loss": "soft"}, "needs raters' votes"),
        ({"max_length": 33}, r"max_length = 33 is more than the 32 tokens"),
    ],
)
def test_what_training_would_refuse_is_refused(tiny_encoder, tiny_examples, training, said):
    with pytest.raises(RecipeError, match=said):
        plan(recipe({"kind": "encoder", "encoder": str(tiny_encoder)}, **training), tiny_examples)


def test_mean_pooling_is_counted_without_the_pooler(tiny_encoder, tiny_examples):
    model = {"kind": "encoder", "encoder": str(tiny_encoder)}
    own = plan(recipe(model), tiny_examples).parameters
    mean = plan(recipe({**model, "pooling": "mean"}), tiny_examples).parameters
    assert own - mean == 32 * 32 + 32


def test_the_table_shows_data_size_steps_and_memory(tiny_encoder, tiny_examples):
    model = {"kind": "encoder", "encoder": str(tiny_encoder)}
    found = plan(recipe(model, epochs=3, batch_size=16, warmup=0.5), tiny_examples)
    told = dict(found.lines())
    assert (told["train texts"], told["validation texts"]) == ("96", "48")
    assert told["parameters"] == f"{found.parameters:,} (counted)"
    assert told["steps"] == "18, 6 an epoch, 9 of warm-up"
    assert told["memory"] == f"about {found.memory / 1e6:.0f} MB"
    assert told["computes on"].startswith("cpu, ")


def test_steps_by_hand():
    settings = TrainingSettings(epochs=1.5, batch_size=32)
    assert steps_of(settings, 100) == (4, 6)
    assert steps_of(settings.model_copy(update={"max_steps": 5}), 100) == (4, 5)


def test_memory_by_hand():
    config = transformers.BertConfig(hidden_size=10, num_hidden_layers=3, num_attention_heads=2)
    plain = TrainingSettings()
    assert memory_of(config, 1000, 7, plain, "fp32") == 16_000 + 7 * 10 * 3 * 68
    assert memory_of(config, 1000, 7, plain, "bf16") == 16_000 + 7 * 10 * 3 * 34
    averaged = TrainingSettings(ema=0.9, r_drop=1.0)
    assert memory_of(config, 1000, 7, averaged, "fp32") == 24_000 + 2 * 7 * 10 * 3 * 68
    spared = TrainingSettings(gradient_checkpointing=True)
    assert memory_of(config, 1000, 7, spared, "fp32") == 16_000 + 7 * (10 * 68 + 10 * 4 * 3)
