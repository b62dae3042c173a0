from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from emoscope.cli.app import app  # noqa: E402
from emoscope.decisions.calibration import no_calibration  # noqa: E402
from emoscope.errors import (  # noqa: E402
    NoExamples,
    RecipeError,
    TrainingError,
    UnusableSplit,
)
from emoscope.scorers.ensemble import EnsembleScorer, Member  # noqa: E402
from emoscope.training import plan as plan_module  # noqa: E402
from emoscope.training.distillation.teacher_scores import Teachers  # noqa: E402
from emoscope.training.initial_model import starting_model  # noqa: E402
from emoscope.training.plan import memory_of, plan, steps_of  # noqa: E402
from emoscope.training.recipe import parse_recipe  # noqa: E402
from emoscope.training.settings import MiniBertModel, TrainingSettings  # noqa: E402
from emoscope.training.trainer_construction import Place, training_arguments  # noqa: E402


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


def test_weights_of_data_sets_lengthen_the_epoch(tiny_encoder, tiny_examples):
    model = {"kind": "encoder", "encoder": str(tiny_encoder)}
    weighed = replace(tiny_examples, weights=np.full(144, 2.5, dtype=np.float32))
    assert plan(recipe(model, batch_size=16), weighed).steps_per_epoch == 15  # 96 * 2.5 / 16


def test_a_word_table_counts_as_it_is(tiny_encoder, tiny_examples, tmp_path):
    sizes = {"hidden_size": 16, "layers": 1, "heads": 2, "intermediate_size": 24}
    asked = {"kind": "minibert", **sizes, "word_table": str(tiny_encoder)}
    found = plan(recipe(asked), tiny_examples)
    arguments = training_arguments(
        TrainingSettings(device="cpu"), tmp_path, 0, Place("cpu", "fp32")
    )
    model, _ = starting_model(
        MiniBertModel.model_validate(asked), TrainingSettings(), tiny_examples.split("train"),
        tmp_path, arguments,
    )  # fmt: skip
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert found.parameters_from == "counted"


@pytest.fixture
def teacher(tiny_examples, monkeypatch):
    """A teacher that takes 10 ms a text by a clock of its own; gives the texts it was asked."""
    asked: list[list[str]] = []
    clock = [0.0]

    class Slow:
        labels, task = tiny_examples.taxonomy.labels, tiny_examples.task

        def logits(self, texts):
            asked.append(list(texts))
            clock[0] += 0.01 * len(texts)
            return np.zeros((len(texts), 4), dtype=np.float32)

    made = Teachers(EnsembleScorer([Member(Slow(), no_calibration(4))]), "slow")
    monkeypatch.setattr(plan_module, "open_teachers", lambda names, labels, task: made)
    monkeypatch.setattr(plan_module.time, "perf_counter", lambda: clock[0])
    return asked


def test_teachers_are_counted_and_timed_on_a_few_texts(
    tiny_encoder, tiny_examples, teacher, tmp_path
):
    path = tmp_path / "texts.txt"
    known = tiny_examples.texts[0]
    path.write_text("\n".join([known, *(f"a new text {i}" for i in range(20_000))]))
    tables = {
        "name": "student",
        "model": {"kind": "encoder", "encoder": str(tiny_encoder)},
        "training": {"max_length": 32, "device": "cpu", "batch_size": 100, "epochs": 1},
        "distillation": {"teachers": ["any"], "unlabelled": [str(path)], "texts": 5_000},
    }
    found = plan(parse_recipe(tables), tiny_examples)
    assert found.teacher_texts == 96 + 20_000
    assert found.teacher_seconds == pytest.approx(200.96)
    assert found.steps == 51  # 96 and at most 5,000 texts
    told = dict(found.lines())
    assert told["teachers score"] == "20,096 texts, about 3 min"
    assert told["steps"].startswith("at most 51, ")
    assert sum(map(len, teacher)) < 500


def test_teachers_without_unlabelled_texts_score_train(tiny_encoder, tiny_examples, teacher):
    tables = {
        "name": "student",
        "model": {"kind": "encoder", "encoder": str(tiny_encoder)},
        "training": {"max_length": 32, "device": "cpu"},
        "distillation": {"teachers": ["any"]},
    }
    found = plan(parse_recipe(tables), tiny_examples)
    assert found.teacher_texts == 96
    assert dict(found.lines())["teachers score"] == "96 texts, about 1 s"


def test_teachers_of_other_labels_are_refused_before_training(tiny_encoder, tiny_examples):
    tables = {
        "name": "student",
        "model": {"kind": "encoder", "encoder": str(tiny_encoder)},
        "training": {"device": "cpu"},
        "distillation": {"teachers": ["default"]},
    }
    with pytest.raises(TrainingError, match="'default' has other labels"):
        plan(parse_recipe(tables), tiny_examples)


def test_the_command_tells_what_teachers_take(tiny_encoder, tmp_path):
    (tmp_path / "texts.txt").write_text("a quiet street\nwhat a day\n")
    path = tmp_path / "student.toml"
    path.write_text(
        f"""
name = "student"
[data]
name = "everyday"
sample = 300
[model]
kind = "minibert"
word_table = {str(tiny_encoder)!r}
[training]
device = "cpu"
[distillation]
teachers = ["default"]
unlabelled = [{str(tmp_path / "texts.txt")!r}]
"""
    )
    result = CliRunner().invoke(app, ["train", str(path), "--dry-run"])
    assert result.exit_code == 0, result.exception
    (line,) = [line for line in result.stdout.splitlines() if "teachers score" in line]
    assert re.search(r"3\d\d texts, about \d+ s", line)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["student.toml", "texts.txt"]
