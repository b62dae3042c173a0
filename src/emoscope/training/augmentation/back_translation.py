"""Back-translation (Sennrich, Haddow, Birch 2016): there and back through two hub models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import transformers

from emoscope.errors import DataNotFound, first_line
from emoscope.models.quiet import quiet_transformers


def back_translate(
    texts: Sequence[str],
    models: tuple[str, str],
    *,
    device: str = "cpu",
    batch_size: int = 32,
    max_length: int = 128,
) -> list[str]:
    """Each text after translation by the first model and back by the second, in order.

    Takes minutes for thousands of texts on a processor. Raises :class:`DataNotFound` for a model
    that is neither a local folder nor to be fetched, or whose weights are pickles.
    """
    found = list(texts)
    for name in models:
        found = _translate(found, name, device, batch_size, max_length)
    return found


def _translate(
    texts: list[str], name: str, device: str, batch_size: int, max_length: int
) -> list[str]:
    model, tokenizer = _load(name)
    model.to(device).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = [""] * len(texts)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = tokenizer(
            [texts[i] for i in rows],
            padding=True,
            truncation=True,
            max_length=max_length,
            return_tensors="pt",
            return_token_type_ids=False,
        ).to(device)
        with torch.inference_mode():
            tokens = model.generate(**batch, num_beams=1, do_sample=False, max_length=max_length)
        for i, text in zip(rows, tokenizer.batch_decode(tokens, True), strict=True):
            out[i] = text.strip()
    return out


def _load(name: str) -> tuple[Any, Any]:
    try:
        with quiet_transformers():
            model = transformers.AutoModelForSeq2SeqLM.from_pretrained(
                name, use_safetensors=True, trust_remote_code=False
            )
            return model, transformers.AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError, ImportError) as error:
        raise DataNotFound(
            f"The translation model {name!r} (training.augmentation.back_translation) cannot be "
            f"loaded: {first_line(error)}. Give the path of a local folder with safetensors, "
            "go online, or leave back-translation out."
        ) from error
