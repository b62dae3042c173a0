from __future__ import annotations

import math
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers

from emoscope.models.minibert import (
    MiniBertConfig,
    MiniBertForMaskedLM,
    MiniBertForSequenceClassification,
    MiniBertLocalMixing,
    MiniBertModel,
    pool,
    rotate,
)


def tiny(**changes: object) -> MiniBertConfig:
    sizes = {
        "vocab_size": 40,
        "embedding_size": 24,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "num_labels": 3,
        "problem_type": "multi_label_classification",
    }
    return MiniBertConfig(**{**sizes, **changes})


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    ids = torch.randint(5, 40, (3, 7))
    mask = torch.ones_like(ids)
    ids[1, 4:], mask[1, 4:] = 0, 0
    return ids, mask


@pytest.mark.slow
def test_default_has_about_18_million_parameters():
    model = MiniBertForSequenceClassification(MiniBertConfig(num_labels=28))
    assert 17e6 < model.num_parameters() < 19e6


def test_sizes_follow_the_configuration(batch):
    config = tiny(num_hidden_layers=4, pooling="max", num_labels=5)
    model = MiniBertForSequenceClassification(config)
    assert len(model.minibert.layers) == 4
    assert model.minibert.embeddings.word_embeddings.weight.shape == (40, 24)
    assert model.minibert.layers[0].feed_forward.up.weight.shape == (64, 16)
    assert model.classifier.weight.shape == (5, 16)
    assert model(*batch).logits.shape == (3, 5)


def test_token_states_have_the_hidden_size(batch):
    assert MiniBertModel(tiny())(*batch).last_hidden_state.shape == (3, 7, 16)


@pytest.mark.parametrize("pooling", ["mean", "max", "mean_max", "first", "first_max"])
@pytest.mark.parametrize("local", [True, False])
def test_padding_changes_nothing(batch, pooling, local):
    ids, mask = batch
    model = MiniBertForSequenceClassification(tiny(pooling=pooling, local_mixing=local)).eval()
    alone = model(ids[1:2, :4]).logits
    padded = model(ids, mask).logits[1:2]
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=1e-4)
    ids[1, 4:] = 39  # whatever stands under a zero mask
    torch.testing.assert_close(model(ids, mask).logits[1:2], alone, atol=1e-5, rtol=1e-4)


def test_word_order_matters(batch):
    ids, _ = batch
    model = MiniBertForSequenceClassification(tiny(local_mixing=False)).eval()
    assert not torch.allclose(model(ids).logits, model(ids.flip(1)).logits, atol=1e-4)


def test_rotated_products_depend_on_distance_alone():
    torch.manual_seed(0)
    query, key = torch.randn(8), torch.randn(8)
    turned_query = rotate(query.expand(1, 1, 9, 8), 10_000.0)[0, 0]
    turned_key = rotate(key.expand(1, 1, 9, 8), 10_000.0)[0, 0]
    products = turned_query @ turned_key.T  # (9 query places, 9 key places)
    for distance in range(-4, 5):
        diagonal = torch.diagonal(products, distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))
    torch.testing.assert_close(products[0, 0], query @ key)


def test_rotation_by_hand():
    # width 2 has one pair, whose angle is the position itself
    turned = rotate(torch.tensor([[[[1.0, 0.0], [1.0, 0.0]]]]), 10_000.0)[0, 0]
    torch.testing.assert_close(turned[0], torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(turned[1], torch.tensor([math.cos(1.0), math.sin(1.0)]))


def test_local_mixing_adds_neighbours_by_hand():
    mixing = MiniBertLocalMixing(tiny())
    mixing.weight.data = torch.tensor([[2.0], [10.0]]).expand(2, 16)
    states = torch.tensor([1.0, 3.0, 5.0])[None, :, None].expand(1, 3, 16)
    keep = torch.tensor([1.0, 1.0, 0.0])[None, :, None]
    out = mixing(states, keep)[0, :, 0]
    # 1 + 10*3; 3 + 2*1 + 10*0, since the third is padding
    assert out[:2].tolist() == [31.0, 5.0]


def test_pooling_by_hand():
    states = torch.tensor([[[1.0, -3.0], [3.0, -5.0], [100.0, 100.0]]])
    mask = torch.tensor([[1, 1, 0]])
    assert pool(states, mask, "mean").tolist() == [[2.0, -4.0]]
    assert pool(states, mask, "max").tolist() == [[3.0, -3.0]]
    assert pool(states, mask, "first").tolist() == [[1.0, -3.0]]
    read = torch.tensor([[[7.0, -2.0], [8.0, -9.0], [100.0, 100.0]]])
    assert pool(states, mask, "first_max", read).tolist() == [[1.0, -3.0, 8.0, -2.0]]
    assert pool(states, mask, "mean_max").tolist() == [[2.0, -4.0, 3.0, -3.0]]
    assert pool(states, torch.zeros(1, 3), "mean_max").isfinite().all()


def test_losses_are_those_of_torch(batch):
    torch.manual_seed(0)
    targets = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    model = MiniBertForSequenceClassification(tiny()).eval()
    out = model(*batch, labels=targets)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(out.logits, targets)
    torch.testing.assert_close(out.loss, expected)
    chosen = torch.tensor([2, 0, 1])
    single = MiniBertForSequenceClassification(tiny(problem_type="single_label_classification"))
    out = single.eval()(*batch, labels=chosen)
    torch.testing.assert_close(out.loss, torch.nn.functional.cross_entropy(out.logits, chosen))


def test_word_vectors_from_outside_give_the_same(batch):
    ids, mask = batch
    model = MiniBertForSequenceClassification(tiny()).eval()
    vectors = model.get_input_embeddings()(ids)
    torch.testing.assert_close(
        model(inputs_embeds=vectors, attention_mask=mask).logits, model(ids, mask).logits
    )


def test_ids_and_vectors_together_are_refused(batch):
    ids, mask = batch
    model = MiniBertModel(tiny())
    with pytest.raises(ValueError, match="either input_ids or inputs_embeds"):
        model(ids, mask, model.get_input_embeddings()(ids))
    with pytest.raises(ValueError, match="either input_ids or inputs_embeds"):
        model()


def test_sizes_that_rotary_positions_cannot_have_are_refused():
    with pytest.raises(ValueError, match="multiple of twice num_attention_heads"):
        tiny(hidden_size=18, num_attention_heads=2)


def test_every_weight_gets_a_gradient(batch):
    model = MiniBertForSequenceClassification(tiny())
    model(*batch, labels=torch.ones(3, 3)).loss.backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_gradient_checkpointing_gives_the_same_gradients(batch):
    model = MiniBertForSequenceClassification(
        tiny(hidden_dropout_prob=0.0, embedding_dropout=0.0, classifier_dropout=0.0)
    ).train()
    model(*batch, labels=torch.ones(3, 3)).loss.backward()
    plain = model.minibert.layers[0].feed_forward.up.weight.grad.clone()
    model.zero_grad()
    (
        getattr(model, "activation_checkpointing_enable", None)
        or model.gradient_checkpointing_enable
    )()
    assert model.minibert.layers[0].gradient_checkpointing
    model(*batch, labels=torch.ones(3, 3)).loss.backward()
    torch.testing.assert_close(model.minibert.layers[0].feed_forward.up.weight.grad, plain)


def test_embedding_dropout_drops_the_same_channels_for_all_tokens_of_a_text(batch):
    torch.manual_seed(0)
    embeddings = MiniBertModel(tiny(embedding_dropout=0.5)).embeddings.train()
    seen = []
    embeddings.project.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    embeddings(batch[0][[0, 2]], None)  # no padding here, whose states are zeros anyway
    dropped = (seen[0] == 0).all(dim=1)  # (b, e): gone in every token
    assert torch.equal(dropped, (seen[0] == 0).any(dim=1))
    assert 0.2 < dropped.float().mean() < 0.8
    assert not torch.equal(dropped[0], dropped[1])


def test_first_weights_have_their_deviations():
    torch.manual_seed(0)
    config = MiniBertConfig(vocab_size=500, hidden_size=128, num_hidden_layers=8, num_labels=28)
    model = MiniBertForSequenceClassification(config)
    layer = model.minibert.layers[0]

    def near(weight: torch.Tensor, deviation: float) -> bool:
        return abs(float(weight.detach().std()) / deviation - 1) < 0.1

    assert near(layer.attention.query_key_value.weight, math.sqrt(0.5 / 128))
    assert near(layer.attention.output.weight, math.sqrt(0.5 / 128 / 16))
    assert near(layer.feed_forward.output.weight, math.sqrt(0.5 / 512 / 16))
    assert near(model.classifier.weight, 0.02)
    assert near(model.get_input_embeddings().weight, 0.02)
    assert model.get_input_embeddings().weight[0].abs().sum() == 0


def test_saved_model_opens_with_the_auto_classes(tmp_path: Path, batch):
    model = MiniBertForSequenceClassification(tiny()).eval()
    model.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").is_file()
    again = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert type(again) is MiniBertForSequenceClassification
    assert torch.equal(again(*batch).logits, model(*batch).logits)
    assert type(transformers.AutoConfig.from_pretrained(tmp_path)) is MiniBertConfig
    assert type(transformers.AutoModel.from_pretrained(tmp_path)) is MiniBertModel


def test_masked_language_model_ties_its_words(tmp_path: Path, batch):
    model = MiniBertForMaskedLM(tiny()).eval()
    assert model.decoder.weight is model.get_input_embeddings().weight
    model.save_pretrained(tmp_path)
    again = transformers.AutoModelForMaskedLM.from_pretrained(tmp_path)
    assert again.decoder.weight is again.get_input_embeddings().weight
    assert torch.equal(again(*batch).logits, model(*batch).logits)


def test_head_of_the_masked_language_model_keeps_its_weights_when_sizes_are_equal(tmp_path: Path):
    # names shared with the encoder would be mixed up without an error
    model = MiniBertForMaskedLM(tiny(embedding_size=16))
    torch.nn.init.normal_(model.head_norm.weight)
    model.save_pretrained(tmp_path)
    again = transformers.AutoModelForMaskedLM.from_pretrained(tmp_path)
    for name, weight in model.named_parameters():
        assert torch.equal(again.get_parameter(name), weight), name


def test_masked_language_model_scores_only_what_is_asked(batch):
    ids, mask = batch
    model = MiniBertForMaskedLM(tiny()).eval()
    labels = torch.full_like(ids, -100)
    labels[0, 2], labels[2, 5] = 7, 8
    out = model(ids, mask, labels=labels)
    assert out.logits.shape == (2, 40)
    everything = model(ids, mask).logits
    expected = torch.nn.functional.cross_entropy(everything.view(-1, 40), labels.view(-1))
    torch.testing.assert_close(out.loss, expected)
    nothing = model(ids, mask, labels=torch.full_like(ids, -100))
    assert nothing.loss.item() == 0.0


def test_pretrained_weights_carry_over_to_the_classifier(tmp_path: Path):
    pretrained = MiniBertForMaskedLM(tiny())
    pretrained.save_pretrained(tmp_path)
    classifier = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path)
    for name, weight in pretrained.minibert.named_parameters():
        assert torch.equal(classifier.minibert.get_parameter(name), weight), name


@pytest.mark.slow
def test_learns_which_word_was_said():
    # one word decides, wherever it stands: pooling and gradients must work together
    torch.manual_seed(0)
    model = MiniBertForSequenceClassification(tiny(problem_type="single_label_classification"))
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    ids = torch.randint(10, 40, (96, 6))
    labels = torch.arange(96) % 3
    ids[torch.arange(96), torch.randint(0, 6, (96,))] = 5 + labels
    for _ in range(30):
        optimiser.zero_grad()
        model(ids, labels=labels).loss.backward()
        optimiser.step()
    assert (model.eval()(ids).logits.argmax(dim=1) == labels).float().mean() > 0.95


def test_the_maximum_of_first_max_is_that_of_what_the_last_block_reads(batch):
    ids, mask = batch
    model = MiniBertForSequenceClassification(tiny(pooling="first_max", num_hidden_layers=1)).eval()
    encoder = model.minibert
    (read,) = encoder(ids, mask).hidden_states
    embedded = encoder.embeddings(ids, None)
    assert torch.equal(read, encoder.layers[0].attention_norm(embedded))
    assert model.classifier.in_features == 2 * model.config.hidden_size
