"""A model folder that belongs to an object: gone with it, and inside it when it is pickled."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path
from shutil import rmtree
from typing import Any


class KeptFolder:
    """A folder among the temporary files, deleted when nobody holds this object any more.

    A pickle of it holds the bytes of all its files, so that it can go to another machine.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="emoscope-"))
        weakref.finalize(self, rmtree, self.path, ignore_errors=True)

    def __getstate__(self) -> dict[str, bytes]:
        """Relative path -> content."""
        files = sorted(path for path in self.path.rglob("*") if path.is_file())
        return {path.relative_to(self.path).as_posix(): path.read_bytes() for path in files}

    def __setstate__(self, files: dict[str, bytes]) -> None:
        self.__init__()  # type: ignore[misc]  # a folder of its own
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def __deepcopy__(self, memo: dict[int, Any]) -> KeptFolder:
        """Nothing writes into a folder that is complete, so copies share it."""
        return self
