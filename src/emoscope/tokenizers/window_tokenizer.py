"""Texts to token windows, for live and exported models.

The same ``tokenizer.json`` drives both, so they see the same ids. Truncation and padding that the
file may ask for do not count: long texts are windowed here, and batches are padded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emoscope.errors import ModelFolderError
from emoscope.model_folder.file_names import TOKENIZER_FILE, most_bytes
from emoscope.model_folder.json_file import read_regular_file, strict_json
from emoscope.text import NEWEST, NORMALISERS
from emoscope.tokenizers.coverage import Coverage
from emoscope.tokenizers.description_checks import MOST_TOKENS, check_description
from emoscope.tokenizers.notes import LONG_TEXT, LOW_COVERAGE, Notes
from emoscope.tokenizers.tokenizer import TextTokenizer
from emoscope.tokenizers.windows import Windows, cut
from emoscope.tokenizers.wordpiece import WordPiece

DEFAULT_MAX_LENGTH = 128
"""Tokens of a window where a model names no other length."""
_PAD_TOKENS = ("[PAD]", "<pad>")
_UNKNOWN_TOKENS = ("[UNK]", "<unk>")


class WindowTokenizer:
    """Normalises and tokenises texts, and cuts them into windows of ``max_length``."""

    def __init__(
        self, tokenizer: TextTokenizer, max_length: int, normalisation: str = NEWEST
    ) -> None:
        """Cut what ``tokenizer`` gives; :meth:`from_json` makes one."""
        self._tokenizer = tokenizer
        self._normalise = NORMALISERS[normalisation]
        self.max_length = max_length
        self.prefix, self.suffix = tokenizer.prefix, tokenizer.suffix
        self.pad_id = _first_id(tokenizer, _PAD_TOKENS) or 0  # its mask is 0: any id will do
        self._coverage = Coverage(tokenizer, _first_id(tokenizer, _UNKNOWN_TOKENS))

    @classmethod
    def load(cls, folder: Path, max_length: int, normalisation: str = NEWEST) -> WindowTokenizer:
        """Read ``tokenizer.json`` of a model folder.

        Raises :class:`~emoscope.errors.ModelFolderError` when it is missing or broken, and
        :class:`~emoscope.errors.MissingExtra` when its kind needs one.
        """
        path = folder / TOKENIZER_FILE
        if not path.exists():
            raise ModelFolderError(
                f"The model folder {str(folder)!r} has no {TOKENIZER_FILE}. "
                "Copy the folder again as a whole, or train the model again."
            )
        try:
            content = read_regular_file(path, most_bytes(TOKENIZER_FILE))
            return cls.from_json(content.decode("utf-8"), max_length, normalisation)
        except ValueError as error:
            raise ModelFolderError(
                f"{path} is not a tokenizer that can be read ({error}). "
                "Copy the model folder again, or train the model again."
            ) from error

    @classmethod
    def from_json(
        cls, description: str, max_length: int, normalisation: str = NEWEST
    ) -> WindowTokenizer:
        """Make one from the text of a ``tokenizer.json`` and the name of a normaliser.

        A plain WordPiece is always read by emoscope's own, so that ids cannot depend on what is
        installed; another kind needs ``tokenizers``. Raises ValueError when it is none at all,
        takes too much memory, or ``max_length`` leaves no room for a token; and
        :class:`~emoscope.errors.MissingExtra`.
        """
        parsed = strict_json(description)
        tokenizer: TextTokenizer | None = WordPiece.read(parsed)
        if tokenizer is None:
            if not isinstance(parsed, dict) or "model" not in parsed:
                raise ValueError("it describes no model")
            check_description(parsed)
            from emoscope.tokenizers.huggingface import OtherTokenizer  # deferred: extra encoders

            tokenizer = OtherTokenizer(description)
        if tokenizer.size > MOST_TOKENS:
            raise ValueError(f"its largest token id is not below {MOST_TOKENS:,}")
        special = [*tokenizer.prefix, *tokenizer.suffix]
        outside = [i for i in special if type(i) is not int or not 0 <= i < tokenizer.size]
        if outside:
            raise ValueError(f"its special tokens have the id {outside[0]!r}, which no token has")
        if max_length <= len(special):
            raise ValueError(
                f"max_length {max_length} leaves no room beside {len(special)} special tokens"
            )
        return cls(tokenizer, max_length, normalisation)

    def bodies(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, whole, without special tokens."""
        return self._tokenizer.ids([self._normalise(text) for text in texts])

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

        ``low_coverage``: see :mod:`emoscope.tokenizers.coverage`; ``long_text``: longer than a
        window.
        """
        room = self.max_length - len(self.prefix) - len(self.suffix)
        is_low = self._coverage.is_low
        return [
            ((LOW_COVERAGE,) if is_low(body) else ()) + ((LONG_TEXT,) if len(body) > room else ())
            for body in bodies
        ]


def _first_id(tokenizer: TextTokenizer, names: Sequence[str]) -> int | None:
    ids = (tokenizer.id_of(name) for name in names)
    return next((i for i in ids if i is not None), None)
