from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from emoscope.models.encoder import load_encoder  # noqa: E402
from emoscope.models.head import fold_line, label_layer, set_bias  # noqa: E402

LABELS = ("joy", "anger", "fear")


@pytest.mark.parametrize("pooling", ["model", "mean"])
def test_scores_of_a_folded_model_went_through_the_line(tiny_encoder: Path, pooling) -> None:
    loaded = load_encoder(str(tiny_encoder), LABELS, "multi_label", pooling=pooling)
    model = loaded.model.eval()
    batch = loaded.tokenizer(
        ["i am glad", "they look cross now"], padding=True, return_tensors="pt"
    )
    slope, offset = np.array([2.0, 0.5, 1.0]), np.array([0.0, -1.0, 3.0])
    with torch.inference_mode():
        before = model(**batch).logits.numpy()
        assert fold_line(model, slope, offset)
        after = model(**batch).logits.numpy()
    np.testing.assert_allclose(after, before * slope + offset, atol=1e-5)


def test_the_label_layer_is_the_last_of_that_size() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 3))
    assert label_layer(model, 3) is model[2]
    set_bias(model, torch.tensor([1.0, 2.0, 3.0]))
    assert model[2].bias.tolist() == [1.0, 2.0, 3.0]
    assert model[0].bias.tolist() != [1.0, 2.0, 3.0]


def test_a_model_without_one_stays_as_it_is() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Linear(5, 3, bias=False))
    before = model[1].weight.clone()
    assert not fold_line(model, np.full(3, 2.0), np.zeros(3))
    assert torch.equal(model[1].weight, before)
