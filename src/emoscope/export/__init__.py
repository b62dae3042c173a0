"""Trained encoders as ONNX graphs: traced, fused, quantised, compared with the model, packed."""

from emoscope.errors import MissingExtra

try:
    import onnx  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401
except ImportError as error:
    raise MissingExtra("train", "Exporting a model") from error

from emoscope.export.export import F1_TOLERANCE, export_model
from emoscope.export.package import pack_model
from emoscope.export.quantise import SCHEMES, Scheme, schemes_with
from emoscope.export.report import Attempt, ExportReport

__all__ = [
    "F1_TOLERANCE",
    "SCHEMES",
    "Attempt",
    "ExportReport",
    "Scheme",
    "export_model",
    "pack_model",
    "schemes_with",
]
