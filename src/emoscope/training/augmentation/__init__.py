"""Changed copies of train texts, made again in each epoch; off unless a recipe asks for them."""

from __future__ import annotations

from emoscope.training.augmentation.rewriter import Rewriter

__all__ = ["Rewriter"]
