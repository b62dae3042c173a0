"""Each architecture that the recipes name, and more, trained by both kinds of head."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from emoscope.training.fit_encoder import train_encoder  # noqa: E402
from emoscope.training.settings import EncoderModel, TrainingSettings  # noqa: E402

SETTINGS = TrainingSettings(
    epochs=4, batch_size=16, learning_rate=3e-3, layerwise_decay=0.9, ema=0.9, max_length=16,
    device="cpu",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["model", "mean"])
def test_it_learns_in_all_its_layers_and_reads_back(each_encoder, pooling, tiny_examples, tmp_path):
    model = EncoderModel(encoder=str(each_encoder), pooling=pooling)
    trained = train_encoder(SETTINGS, model, tiny_examples, tmp_path, seed=0)
    assert trained.history[-1].train_loss < trained.history[0].train_loss
    assert trained.best.step > 0

    folder = tmp_path / "model"
    again = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    texts = list(tiny_examples.split("validation").texts)
    with torch.inference_mode():
        scores = again(**tokenizer(texts, padding=True, return_tensors="pt")).logits.numpy()
    np.testing.assert_allclose(scores, trained.scorer.logits(texts), atol=1e-4)

    before = dict(transformers.AutoModel.from_pretrained(each_encoder).named_parameters())
    after = dict(getattr(again, again.base_model_prefix).named_parameters())
    same = [n for n, p in after.items() if p.ndim > 1 and torch.equal(p, before[n])]
    assert same == []
