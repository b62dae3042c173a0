"""``ensemble.json``: the members of an ensemble and how much each counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from emoscope.errors import ModelFolderError
from emoscope.model_folder.file_names import ENSEMBLE_FILE, most_bytes
from emoscope.model_folder.json_file import parse_json, read_regular_file

MOST_MEMBERS = 32
FORMAT_VERSION = 1


@dataclass(frozen=True)
class EnsembleFile:
    """What the file says."""

    names: tuple[str, ...]
    """Of the members: the model folder of each is ``members/NAME``."""
    weights: tuple[float, ...]

    def write(self, folder: Path) -> None:
        """Write it into ``folder``."""
        members = [
            {"name": name, "weight": weight}
            for name, weight in zip(self.names, self.weights, strict=True)
        ]
        text = json.dumps({"format_version": FORMAT_VERSION, "members": members}, indent=2)
        (folder / ENSEMBLE_FILE).write_text(text + "\n", encoding="utf-8")

    @staticmethod
    def read(folder: Path) -> EnsembleFile:
        """Read it; raises :class:`ModelFolderError` where it is missing or of another shape."""
        path = folder / ENSEMBLE_FILE
        match parse_json(read_regular_file(path, most_bytes(ENSEMBLE_FILE)), path):
            case {"format_version": 1, "members": [_, *_] as members} if (
                len(members) <= MOST_MEMBERS
            ):
                pass
            case _:
                raise _wrong(path, f"a format version 1 and 1 to {MOST_MEMBERS} members")
        names, weights = [], []
        for member in members:
            match member:
                case {"name": str(name), "weight": int() | float() as weight} if (
                    name.isascii()
                    and name.isidentifier()
                    and not isinstance(weight, bool)
                    and 0 <= weight < 1e9
                ):
                    names.append(name)
                    weights.append(float(weight))
                case _:
                    raise _wrong(path, "members with a plain name and a weight of 0 or more")
        if not sum(weights) or len(set(names)) < len(names):
            raise _wrong(path, "different names, and weights that are not all 0")
        return EnsembleFile(tuple(names), tuple(weights))


def _wrong(path: Path, expected: str) -> ModelFolderError:
    return ModelFolderError(
        f"{path} does not hold {expected}. Copy the model folder again, or make the ensemble again."
    )
