"""Changed copies of train texts, made anew in each epoch; off unless a recipe asks for them."""

from __future__ import annotations

from emoscope.training.augmentation.rewriter import Rewriter

__all__ = ["Rewriter"]
