"""Training that starts from a model that was trained before, in place of a bare encoder."""

from __future__ import annotations

from typing import Any

from emoscope.errors import TrainingError
from emoscope.loading.find_model import find_model_folder
from emoscope.model_folder.file_names import WEIGHTS_SUFFIX
from emoscope.model_folder.manifest import read_manifest
from emoscope.training.recipe import Recipe

_START = {"encoder": "encoder", "minibert": "pretrained"}
"""Kind of model -> key of its table that names what training starts from."""
_AS_IT_IS: dict[str, dict[str, Any]] = {"encoder": {"neurons": 1.0}, "minibert": {}}
"""Kind of model -> keys that would change a model once more."""


_TAKEN = ("name", "data", "more_data", "training", "export", "int8_neurons")


def start_from(
    model: str, recipe: Recipe | None = None, own_name: str | None = None
) -> dict[str, Any]:
    """Tables of ``recipe`` with the architecture and the weights of a run or model folder.

    Without a recipe, data, model and training are those that ``model`` was trained with;
    ``own_name`` says that other data takes the place of the former, and how the run is called.
    Where the labels are the same, the head is kept too.

    Raises :class:`TrainingError` for a model without weights to go on from, or that does not say
    how it was trained.
    """
    folder = find_model_folder(model)
    manifest = read_manifest(folder)
    trained: dict[str, Any] = dict(manifest.provenance.get("recipe", {}))
    kind = trained.get("model", {}).get("kind")
    if kind not in _START:
        raise TrainingError(
            f"The model {model!r} is no encoder or MiniBERT that `emoscope train` made, so "
            "training cannot start from it. Name the run of one with --from."
        )
    if not any(name.endswith(WEIGHTS_SUFFIX) for name in manifest.files):
        raise TrainingError(
            f"The model {model!r} holds graphs for inference only, without the weights that "
            "training goes on from. Train one, for example with `emoscope train "
            "minilm-goemotions`, and give that run with --from."
        )
    tables = (
        {key: trained[key] for key in _TAKEN if key in trained}
        if recipe is None
        else recipe.model_dump()
    )
    if recipe is None and own_name is not None:
        tables |= {"data": {"name": "file"}, "more_data": (), "name": own_name}
    return {
        **tables,
        "model": {**trained["model"], _START[kind]: str(folder)} | _AS_IT_IS[kind],
        # the head's bias is learned already, or starts from 0
        "training": {**tables.get("training", {}), "bias_from_prior": False},
    }
