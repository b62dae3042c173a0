"""emoscope finds emotions in text: it trains, judges, explains, serves and scales classifiers.

>>> import emoscope
>>> classifier = emoscope.load("runs/tfidf-goemotions")  # doctest: +SKIP
>>> classifier("thank you so much!").labels  # doctest: +SKIP
('gratitude',)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emoscope.errors import EmoscopeError
    from emoscope.inference.classifier import EmotionClassifier
    from emoscope.inference.prediction import Prediction
    from emoscope.loading.load_model import load

__version__ = "0.1.0"

# name -> module: opened at first use, so that `import emoscope` costs next to nothing
_DOORS = {
    "EmoscopeError": "emoscope.errors",
    "EmotionClassifier": "emoscope.inference.classifier",
    "Prediction": "emoscope.inference.prediction",
    "load": "emoscope.loading.load_model",
}

__all__ = ["EmoscopeError", "EmotionClassifier", "Prediction", "__version__", "load"]


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        return getattr(importlib.import_module(_DOORS[name]), name)
    raise AttributeError(f"module 'emoscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
