from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
import transformers

from emoscope.errors import RecipeError
from emoscope.models import neurons
from emoscope.models.mean_pooling import MeanPoolingConfig, MeanPoolingForSequenceClassification
from emoscope.models.narrow import narrow

SIZES = {
    "vocab_size": 60, "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 24,
}  # fmt: skip


def batches() -> list[tuple[torch.Tensor, torch.Tensor]]:
    torch.manual_seed(0)
    ids = [torch.randint(5, 60, (8, 9)) for _ in range(20)]
    mask = torch.ones(8, 9, dtype=torch.long)
    mask[:4, 6:] = 0
    return [(one, mask) for one in ids]


def classifier() -> MeanPoolingForSequenceClassification:
    torch.manual_seed(1)
    config = MeanPoolingConfig(encoder=transformers.BertConfig(**SIZES), num_labels=3)
    return MeanPoolingForSequenceClassification(config).eval()


@pytest.fixture(autouse=True)
def _single_neurons(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(neurons, "STEP", 1)


def test_half_of_the_neurons_stay_and_neurons_that_say_the_same_are_not_missed(tmp_path):
    model = classifier()
    with torch.no_grad():
        for layer in model.text_encoder.encoder.layer:
            first, second = layer.intermediate.dense, layer.output.dense
            first.weight[12:] = first.weight[:12]
            first.bias[12:] = first.bias[:12]
            second.weight.normal_()
    ids, mask = batches()[0]
    before = model(ids, mask).logits
    narrow(model, batches(), 0.5, "mine")
    assert model.config.encoder.intermediate_size == 12
    torch.testing.assert_close(model(ids, mask).logits, before, atol=2e-3, rtol=0)
    model.save_pretrained(tmp_path)
    again = MeanPoolingForSequenceClassification.from_pretrained(tmp_path).eval()
    torch.testing.assert_close(again(ids, mask).logits, model(ids, mask).logits)


def test_what_padding_holds_is_not_looked_at():
    some, padding = batches(), torch.full((8, 9), 7)
    other = [(torch.where(mask.bool(), ids, padding), mask) for ids, mask in some]
    first, second = classifier(), classifier()
    narrow(first, some, 0.5, "mine")
    narrow(second, other, 0.5, "mine")
    for one, two in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(one, two)


def test_a_model_in_training_stays_in_training():
    model = classifier().train()
    narrow(model, batches(), 0.5, "mine")
    assert model.training
    assert model.text_encoder.encoder.layer[0].output.dense.weight.requires_grad


def test_an_encoder_of_another_form_is_refused():
    with pytest.raises(RecipeError, match=r"'odd'.*Leave the key out"):
        narrow(torch.nn.Linear(2, 2), batches(), 0.5, "odd")
