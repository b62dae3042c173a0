"""Checks ``config.json`` of an encoder before transformers builds a model of that size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emoscope.errors import ModelFolderError
from emoscope.model_folder.file_names import CONFIG
from emoscope.model_folder.json_file import parse_json, read_regular_file

_CONFIG_BYTES = 1 << 20
MOST_LAYERS = 1_000
MOST_OF_ANYTHING = 1 << 24
"""The largest vocabularies have 262,144 tokens; transformers makes one entry for each label."""
_LAYERS = ("num_hidden_layers", "n_layers", "num_layers")


def check_encoder_config(folder: Path) -> None:
    """Raise :class:`ModelFolderError` for sizes that no encoder has: they cost time and memory."""
    path = folder / CONFIG
    waiting: list[Any] = [[parse_json(read_regular_file(path, _CONFIG_BYTES), path)]]
    while waiting:
        part = waiting.pop()
        values = part.items() if isinstance(part, dict) else enumerate(part)
        for key, value in values:
            if isinstance(value, (dict, list)):
                waiting.append(value)
            elif isinstance(value, int) and value > (
                MOST_LAYERS if key in _LAYERS else MOST_OF_ANYTHING
            ):
                raise ModelFolderError(
                    f"{path}: {key} is {str(value)[:20]}, which no encoder has. "
                    "Copy the model folder again, or train the model again."
                )
