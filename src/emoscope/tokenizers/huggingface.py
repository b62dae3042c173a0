"""Tokenizers of other kinds than plain WordPiece, through ``tokenizers``; the one file with it.

Truncation and padding that the file may ask for are switched off: long texts are windowed, and
batches padded, by those who know the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from emoscope.errors import MissingExtra, ModelFolderError

try:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel, WordPiece
except ImportError as error:
    raise MissingExtra(
        "encoders", "A model whose tokenizer is not a plain WordPiece as BERT's"
    ) from error


class OtherTokenizer:
    """Texts to token ids: :class:`emoscope.tokenizers.tokenizer.TextTokenizer`."""

    def __init__(self, description: str) -> None:
        """Take the text of a ``tokenizer.json``; raises ValueError when it is not one."""
        with _as_value_error():
            self._tokenizer = Tokenizer.from_str(description)
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
            self.prefix, self.suffix = _ends(self._tokenizer)
            self._tokenizer.encode("中 😀")  # a vocabulary may lack its unknown token
        model = self._tokenizer.model
        self.inside = model.continuing_subword_prefix if isinstance(model, WordPiece) else None
        self.marks_starts = not isinstance(model, (WordPiece, WordLevel))
        # a vocabulary may have holes: its size says nothing about its largest id
        self.size: int = max(self._tokenizer.get_vocab().values(), default=-1) + 1

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without ``prefix`` and ``suffix``.

        Raises :class:`ModelFolderError` for a text on which the tokenizer fails.
        """
        try:
            with _as_value_error():
                if len(texts) == 1:  # without the detour over the threads of the package
                    return [self._tokenizer.encode(texts[0], add_special_tokens=False).ids]
                # "fast": without the places of tokens in the text, which are not needed here
                found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
                return [each.ids for each in found]
        except ValueError as error:
            raise ModelFolderError(
                f"The model's tokenizer fails on a text ({error}). Train or download the model "
                "again."
            ) from error

    def id_of(self, token: str) -> int | None:
        """The id of a token, if it is one."""
        found: int | None = self._tokenizer.token_to_id(token)
        return found

    def token_of(self, number: int) -> str:
        """The token of an id; empty if there is none."""
        return self._tokenizer.id_to_token(number) or ""


@contextmanager
def _as_value_error() -> Iterator[None]:
    """Turn what the package raises into ValueError: plain Exception, and Rust's panics."""
    try:
        yield
    except Exception as error:
        raise ValueError(str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # no Exception, and of no module to import
            raise
        raise ValueError(f"the tokenizers package panics: {error}") from error


def _ends(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Special tokens that the tokenizer puts before and after a text."""
    bare = tokenizer.encode("a", add_special_tokens=False).ids
    dressed = tokenizer.encode("a", add_special_tokens=True).ids
    extra = len(dressed) - len(bare)
    matches = (k for k in range(extra + 1) if dressed[k : k + len(bare)] == bare)
    before = next(matches, None)
    if before is None:
        raise ValueError("its special tokens do not stand around a text")
    return tuple(dressed[:before]), tuple(dressed[before + len(bare) :])
