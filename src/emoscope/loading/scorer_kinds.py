"""The kinds of scorer that a model folder can hold, and how each is opened.

To add a kind: write ``kinds/NAME.py`` with a function ``open_scorer(folder, manifest, options)``,
and add its line to :data:`KINDS`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from emoscope.errors import MissingExtra, ModelFolderError, listing, nearest
from emoscope.model_folder.manifest import Manifest
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scorer


@dataclass(frozen=True)
class ScorerKind:
    """What opens a kind of scorer."""

    module: str
    """Holds ``open_scorer``; imported when the first such model is opened."""
    extra: str | None
    """What the packages that it imports come with; None where the core has them."""


KINDS = {
    "linear": ScorerKind("emoscope.loading.kinds.linear", "linear"),
    "encoder": ScorerKind("emoscope.loading.kinds.encoder", None),
    "ensemble": ScorerKind("emoscope.loading.kinds.ensemble", None),
}
"""Kind, as the manifest names it -> what opens it."""


def open_scorer(folder: Path, manifest: Manifest, options: RuntimeOptions) -> Scorer:
    """Open what the manifest of ``folder`` describes.

    Raises :class:`ModelFolderError` for an unknown kind or a folder that is incomplete or broken,
    and :class:`MissingExtra` when packages of the kind's extra are not installed.
    """
    kind = KINDS.get(manifest.kind)
    if kind is None:
        raise ModelFolderError(
            f"The model in {str(folder)!r} is of the kind {manifest.kind[:60]!r}, which this "
            f"emoscope does not know. {nearest(manifest.kind[:60], KINDS)}It opens: "
            f"{listing(KINDS)}. Upgrade with: pip install --upgrade emoscope"
        )
    try:
        scorer: Scorer = importlib.import_module(kind.module).open_scorer(folder, manifest, options)
    except ImportError as error:
        if kind.extra is None:
            raise
        raise MissingExtra(kind.extra, f"Opening a model of the kind {manifest.kind}") from error
    return scorer
