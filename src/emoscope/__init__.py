"""emoscope finds emotions in text: it trains, judges, explains, serves and scales classifiers.

>>> emoscope.load()("thank you so much!").labels
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
    from emoscope.training.own_data import train

__version__ = "0.1.0"

# name -> module: opened at first use, so that `import emoscope` costs next to nothing
_DOORS = {
    "EmoscopeError": "emoscope.errors",
    "EmotionClassifier": "emoscope.inference.classifier",
    "Prediction": "emoscope.inference.prediction",
    "load": "emoscope.loading.load_model",
    "train": "emoscope.training.own_data",
}

__all__ = ["EmoscopeError", "EmotionClassifier", "Prediction", "__version__", "load", "train"]


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        return getattr(importlib.import_module(_DOORS[name]), name)
    raise AttributeError(f"module 'emoscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
