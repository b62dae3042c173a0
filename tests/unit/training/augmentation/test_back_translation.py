from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from safetensors.torch import load_file  # noqa: E402

from emoscope.errors import DataNotFound  # noqa: E402
from emoscope.training.augmentation.back_translation import back_translate  # noqa: E402
from emoscope.training.settings import EncoderModel, TrainingSettings  # noqa: E402


@pytest.fixture(scope="module")
def translator(tiny_encoder: Path, tmp_path_factory) -> Path:
    """A random sequence-to-sequence model that speaks the tiny encoder's words."""
    folder = tmp_path_factory.mktemp("translator")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_encoder)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BartConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_position_embeddings=32, pad_token_id=0, bos_token_id=2,
        eos_token_id=3, decoder_start_token_id=2, forced_eos_token_id=3,
    )  # fmt: skip
    transformers.BartForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.mark.slow
def test_each_text_has_its_translation_in_its_place(translator):
    texts = ["we are glad", "i am so mad about it today", "they look scared now"]
    models = (str(translator), str(translator))
    together = back_translate(texts, models, batch_size=2, max_length=12)
    alone = [back_translate([text], models, max_length=12)[0] for text in texts]
    assert together == alone
    assert len(together) == 3


def test_a_missing_model_says_what_to_do(tmp_path):
    with pytest.raises(DataNotFound, match=r"back_translation.*local folder"):
        back_translate(["glad"], (str(tmp_path / "none"), str(tmp_path / "none")))


def test_pickled_weights_are_refused(translator, tmp_path):
    folder = shutil.copytree(translator, tmp_path / "pickled")
    weights = load_file(folder / "model.safetensors")
    torch.save(weights, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(DataNotFound, match=r"pickled.*safetensors"):
        back_translate(["glad"], (str(folder), str(folder)))


@pytest.mark.slow
def test_training_translates_once_and_keeps_it(
    translator, tiny_encoder, tiny_examples, tmp_path, monkeypatch
):
    pytest.importorskip("accelerate")
    from emoscope.training.augmentation import back_translation
    from emoscope.training.fit_encoder import train_encoder

    settings = TrainingSettings.model_validate(
        {
            "epochs": 1, "max_length": 12, "device": "cpu",
            "augmentation": {"back_translation": [str(translator)] * 2},
        }
    )  # fmt: skip
    model = EncoderModel(encoder=str(tiny_encoder))
    train_encoder(settings, model, tiny_examples, tmp_path, seed=0)
    kept = json.loads((tmp_path / "checkpoints" / "back_translation.json").read_text())
    assert len(kept) == 96
    (tmp_path / "checkpoints" / "back_translation.json").write_text('["one text"')
    train_encoder(settings, model, tiny_examples, tmp_path, seed=0, resume=True)
    again = json.loads((tmp_path / "checkpoints" / "back_translation.json").read_text())
    assert again == kept, "a damaged file is made again"
    monkeypatch.setattr(back_translation, "back_translate", None)  # a second call would fail
    train_encoder(settings, model, tiny_examples, tmp_path, seed=0, resume=True)
