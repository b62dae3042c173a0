"""Every shipped recipe for an encoder: parsed, planned, and trained for two steps on a stand-in."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from emoscope.data.examples import Examples
from emoscope.training.fit_encoder import train_encoder
from emoscope.training.plan import plan
from emoscope.training.recipe import (
    Recipe,
    load_recipe,
    parse_recipe,
    recipe_names,
    recipe_toml,
)
from emoscope.training.settings import EncoderModel, MiniBertModel, SoftLoss


def examples_for(recipe: Recipe, examples: Examples) -> Examples:
    """``examples`` with votes where the recipe's loss reads them."""
    if not isinstance(recipe.training.loss, SoftLoss):
        return examples
    return replace(examples, soft_labels=examples.labels.astype(np.float32))


NAMES = [n for n in recipe_names() if load_recipe(n).model.kind != "linear"]


EXPECTED = {
    "minibert-goemotions-single": ("minibert", "goemotions"),
    "minibert-goemotions": ("minibert", "goemotions"),
    "minibert-emotion": ("minibert", "emotion"),
    "distilbert-goemotions": ("distilbert/distilbert-base-uncased", "goemotions"),
    "distilbert-goemotions-raw20": ("distilbert/distilbert-base-uncased", "goemotions-raw"),
    "distilbert-emotion": ("distilbert/distilbert-base-uncased", "emotion"),
    "bert-goemotions": ("google-bert/bert-base-uncased", "goemotions"),
    "bert-goemotions-2k": ("google-bert/bert-base-uncased", "goemotions"),
    "roberta-goemotions": ("FacebookAI/roberta-base", "goemotions"),
    "minilm-goemotions": ("sentence-transformers/all-MiniLM-L6-v2", "goemotions"),
    "minilm-emotion": ("sentence-transformers/all-MiniLM-L6-v2", "emotion"),
}
"""Recipe -> what it trains on which data."""
SINGLE = {n for n in EXPECTED if n.endswith(("-emotion", "-single"))}


def test_every_published_set_up_has_its_recipe():
    assert set(NAMES) >= set(EXPECTED)


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_survives_being_written_and_read(name):
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    pytest.importorskip("tomli_w")

    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description.endswith(".")
    assert parse_recipe(tomllib.loads(recipe_toml(recipe))) == recipe


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_trains_what_its_name_says_on_what_it_says(name):
    recipe = load_recipe(name)
    found = getattr(recipe.model, "encoder", recipe.model.kind), recipe.data.name
    assert found == EXPECTED[name]
    assert recipe.data.single_label == name.endswith("-single")


def test_the_published_bert_is_as_published():
    training = load_recipe("bert-goemotions").training
    assert (training.max_length, training.batch_size, training.learning_rate) == (128, 16, 2e-5)
    assert (training.epochs, training.weight_decay, training.warmup) == (3, 0.01, 500)
    assert load_recipe("bert-goemotions-2k").data.sample == 2000
    assert load_recipe("distilbert-goemotions-raw20").data.sample_ratings == 0.2


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_recipe_is_planned(name, tiny_examples, tiny_single_examples):
    recipe = load_recipe(name)
    examples = tiny_single_examples if name in SINGLE else tiny_examples
    found = plan(recipe, examples_for(recipe, examples))
    assert found.parameters is not None
    assert found.steps >= math.ceil(96 / recipe.training.batch_size) * recipe.training.epochs


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_recipe_trains_two_steps_on_a_stand_in(
    name, tiny_encoder: Path, tiny_examples, tiny_single_examples, tmp_path
):
    recipe = load_recipe(name)
    model: EncoderModel | MiniBertModel
    if isinstance(recipe.model, MiniBertModel):
        model = recipe.model.model_copy(
            update={"embedding_size": 16, "hidden_size": 16, "intermediate_size": 16}
        )
    else:
        model = recipe.model.model_copy(update={"encoder": str(tiny_encoder)})
    training = recipe.training.model_copy(
        update={"max_steps": 2, "max_length": 16, "device": "cpu"}
    )
    examples = examples_for(recipe, tiny_single_examples if name in SINGLE else tiny_examples)
    trained = train_encoder(
        training, model, examples, tmp_path, seed=recipe.seed, policy=recipe.policy
    )
    assert trained.history[-1].step == 2
    assert (tmp_path / "model" / "model.safetensors").is_file()
