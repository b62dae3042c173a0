"""The normalisers by name. A rule that changes gets a new name; the former one stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from emoscope.text.everyday import normalise_everyday
from emoscope.text.unicode import normalise

Normaliser = Callable[[str], str]

NORMALISERS: Mapping[str, Normaliser] = MappingProxyType(
    {"nfc-1": normalise, "everyday-2": normalise_everyday}
)
NEWEST = "everyday-2"
"""What models are trained with."""
normalise_newest = NORMALISERS[NEWEST]
