"""Trained encoders as ONNX graphs: traced, fused, quantised, compared with the model, packed."""

from emoscope.errors import MissingExtra

try:
    import onnx  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401
except ImportError as error:
    raise MissingExtra("train", "Exporting a model") from error

from emoscope.export.graphs import ExportedGraph, GraphExport, exporting
from emoscope.export.package import pack_model
from emoscope.export.quantise import SCHEMES, Scheme, schemes_with
from emoscope.export.report import Attempt, ExportReport

__all__ = [
    "SCHEMES",
    "Attempt",
    "ExportReport",
    "ExportedGraph",
    "GraphExport",
    "Scheme",
    "exporting",
    "pack_model",
    "schemes_with",
]
