from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from emoscope.training.optimiser import (  # noqa: E402
    depth_of,
    layer_count,
    make_optimiser,
    parameter_groups,
    warmup_steps,
)
from emoscope.training.settings import TrainingSettings  # noqa: E402


def tiny_bert(layers: int = 2):
    config = transformers.BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=layers, num_attention_heads=2,
        intermediate_size=8, num_labels=3,
    )  # fmt: skip
    return transformers.BertForSequenceClassification(config)


def rates(model, **settings):
    groups = parameter_groups(model, TrainingSettings.model_validate(settings))
    of = {id(p): (g["lr"], g["weight_decay"]) for g in groups for p in g["params"]}
    return {name: of[id(p)] for name, p in model.named_parameters()}


def test_layers_learn_slower_towards_the_bottom():
    found = rates(tiny_bert(), learning_rate=0.8, layerwise_decay=0.5, weight_decay=0.1)
    assert found["classifier.weight"] == (0.8, 0.1)
    assert found["bert.pooler.dense.weight"] == (0.8, 0.1)
    assert found["bert.encoder.layer.1.output.dense.weight"] == (0.4 * 2, 0.1)
    assert found["bert.encoder.layer.0.output.dense.weight"] == (0.4, 0.1)
    assert found["bert.embeddings.word_embeddings.weight"] == (0.2, 0.1)


def test_biases_and_norms_do_not_decay():
    found = rates(tiny_bert(), weight_decay=0.1)
    for name, (_, decay) in found.items():
        expected = 0.0 if name.endswith("bias") or "LayerNorm" in name else 0.1
        assert decay == expected, name


def test_head_and_embeddings_may_have_rates_of_their_own():
    found = rates(
        tiny_bert(), learning_rate=0.5, head_learning_rate=0.9, embedding_learning_rate=0.1
    )
    assert found["classifier.bias"][0] == 0.9
    assert found["bert.embeddings.LayerNorm.weight"][0] == 0.1
    assert found["bert.encoder.layer.0.output.dense.bias"][0] == 0.5


def test_every_trainable_parameter_is_in_one_group():
    model = tiny_bert()
    model.bert.embeddings.requires_grad_(False)
    groups = parameter_groups(model, TrainingSettings(layerwise_decay=0.9))
    seen = [id(p) for g in groups for p in g["params"]]
    assert len(seen) == len(set(seen))
    assert set(seen) == {id(p) for p in model.parameters() if p.requires_grad}


@pytest.mark.parametrize(
    ("name", "prefix", "depth"),
    [
        ("roberta.encoder.layer.11.attention.self.query.weight", "roberta", 12),
        ("distilbert.transformer.layer.0.ffn.lin1.weight", "distilbert", 1),
        ("distilbert.embeddings.position_embeddings.weight", "distilbert", 0),
        ("deberta.encoder.rel_embeddings.weight", "deberta", 0),
        ("deberta.encoder.layer.3.output.dense.weight", "deberta", 4),
        ("model.layers.5.attn.Wqkv.weight", "model", 6),
        ("model.final_norm.weight", "model", 13),
        ("minibert.layers.1.feed_forward.up.weight", "minibert", 2),
        ("pre_classifier.weight", "distilbert", 14),
        ("classifier.out_proj.weight", "roberta", 14),
    ],
)
def test_depth_of_the_names_that_encoders_use(name, prefix, depth):
    assert depth_of(name, prefix, n_layers=12) == depth


def test_layer_count():
    model = tiny_bert(5)
    assert layer_count([n for n, _ in model.named_parameters()], "bert") == 5


def test_optimiser_takes_a_step():
    model = tiny_bert()
    optimiser = make_optimiser(model, TrainingSettings(beta2=0.98, adam_epsilon=1e-6))
    assert optimiser.defaults["betas"] == (0.9, 0.98)
    before = model.classifier.weight.detach().clone()
    model(input_ids=torch.tensor([[1, 2]])).logits.sum().backward()
    optimiser.step()
    assert not torch.equal(before, model.classifier.weight)


@pytest.mark.parametrize(
    ("warmup", "total", "steps"),
    [(0.06, 100, 6), (0.0, 100, 0), (3, 100, 3), (500, 100, 100), (1, 10, 1), (500, 8142, 500)],
)
def test_warmup_is_a_share_below_one_and_a_number_from_one(warmup, total, steps):
    assert warmup_steps(warmup, total) == steps
