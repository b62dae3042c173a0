"""The model card: ``README.md`` of a model folder, written from the facts that lie in it.

Needs nothing but the core: every training run writes one.
"""

from __future__ import annotations

from emoscope.card.write import model_card, write_card

__all__ = ["model_card", "write_card"]
