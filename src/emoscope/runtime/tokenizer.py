"""Texts to token windows with the ``tokenizers`` package alone, for live and exported models.

The same ``tokenizer.json`` drives both, so they see the same ids. Truncation and padding that the
file may ask for are switched off: long texts are windowed here, and batches are padded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from emoscope.errors import ModelFolderError
from emoscope.runtime.coverage import Coverage
from emoscope.runtime.scorer import Notes
from emoscope.runtime.windows import Windows, cut
from emoscope.text import normalise

TOKENIZER_FILE = "tokenizer.json"
_PAD_TOKENS = ("[PAD]", "<pad>")
_UNKNOWN_TOKENS = ("[UNK]", "<unk>")


class WindowTokenizer:
    """Normalises and tokenises texts, and cuts them into windows of ``max_length``."""

    def __init__(self, tokenizer: Tokenizer, max_length: int) -> None:
        """Take over ``tokenizer``: nobody else may use it from then on."""
        self._tokenizer = tokenizer
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.max_length = max_length
        self.prefix, self.suffix = _around(self._tokenizer)
        self.pad_id = _first_id(self._tokenizer, _PAD_TOKENS) or 0  # its mask is 0: any id will do
        self._coverage = Coverage(self._tokenizer, _first_id(self._tokenizer, _UNKNOWN_TOKENS))

    @classmethod
    def load(cls, folder: Path, max_length: int) -> WindowTokenizer:
        """Read ``tokenizer.json`` of a model folder.

        Raises :class:`~emoscope.errors.ModelFolderError` when it is missing or broken.
        """
        path = folder / TOKENIZER_FILE
        if not path.is_file():
            raise ModelFolderError(
                f"The model folder {str(folder)!r} has no {TOKENIZER_FILE}. "
                "Copy the folder again as a whole, or train the model anew."
            )
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the package raises plain Exception
            raise ModelFolderError(
                f"{path} is not a tokenizer that can be read ({error}). "
                "Copy the model folder again, or train the model anew."
            ) from error
        return cls(tokenizer, max_length)

    def bodies(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, whole, without special tokens."""
        clean = [normalise(text) for text in texts]
        if len(clean) == 1:  # without the detour over the threads of the package
            return [self._tokenizer.encode(clean[0], add_special_tokens=False).ids]
        # "fast": without the places of tokens in the text, which nobody asks for here
        return [e.ids for e in self._tokenizer.encode_batch_fast(clean, add_special_tokens=False)]

    def windows(self, texts: Sequence[str]) -> Windows:
        """Token ids of ``texts``, special tokens included, in windows of at most ``max_length``."""
        return self.windows_of(self.bodies(texts))

    def windows_of(self, bodies: Sequence[Sequence[int]]) -> Windows:
        """The same for texts given by :meth:`bodies`."""
        return cut(bodies, self.max_length, self.prefix, self.suffix)

    def pad(
        self, rows: Sequence[Sequence[int]]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Make a batch: ids and mask, both (n_rows, longest), the mask 1 where there is a token."""
        longest = max(len(row) for row in rows)
        ids = np.full((len(rows), longest), self.pad_id, dtype=np.int64)
        mask = np.zeros((len(rows), longest), dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return ids, mask

    def notes(self, bodies: Sequence[Sequence[int]]) -> list[Notes]:
        """Say what is odd about each text, given by :meth:`bodies`.

        ``low_coverage``: see :mod:`emoscope.runtime.coverage`; ``long_text``: longer than a window.
        """
        room = self.max_length - len(self.prefix) - len(self.suffix)
        is_low = self._coverage.is_low
        return [
            (("low_coverage",) if is_low(body) else ())
            + (("long_text",) if len(body) > room else ())
            for body in bodies
        ]


def _around(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Special tokens that the tokenizer puts before and after a text."""
    bare = tokenizer.encode("a", add_special_tokens=False).ids
    dressed = tokenizer.encode("a", add_special_tokens=True).ids
    extra = len(dressed) - len(bare)
    before = next(k for k in range(extra + 1) if dressed[k : k + len(bare)] == bare)
    return tuple(dressed[:before]), tuple(dressed[before + len(bare) :])


def _first_id(tokenizer: Tokenizer, names: Sequence[str]) -> int | None:
    ids = (tokenizer.token_to_id(name) for name in names)
    return next((i for i in ids if i is not None), None)
