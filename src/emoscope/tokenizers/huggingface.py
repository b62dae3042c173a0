"""Tokenizers of other kinds than plain WordPiece, through ``tokenizers``; the one file with it.

Truncation and padding that the file may ask for are switched off: long texts are windowed, and
batches padded, by those who know the model.
"""

from __future__ import annotations

from collections.abc import Sequence

from emoscope.errors import MissingExtra

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
        try:
            self._tokenizer = Tokenizer.from_str(description)
        except Exception as error:  # the package raises plain Exception
            raise ValueError(str(error)) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        model = self._tokenizer.model
        self.inside = model.continuing_subword_prefix if isinstance(model, WordPiece) else None
        self.marks_starts = not isinstance(model, (WordPiece, WordLevel))
        self.size: int = self._tokenizer.get_vocab_size()
        self.prefix, self.suffix = _ends(self._tokenizer)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without ``prefix`` and ``suffix``."""
        if len(texts) == 1:  # without the detour over the threads of the package
            return [self._tokenizer.encode(texts[0], add_special_tokens=False).ids]
        # "fast": without the places of tokens in the text, which nobody asks for here
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [each.ids for each in found]

    def id_of(self, token: str) -> int | None:
        """The id of a token, if it is one."""
        found: int | None = self._tokenizer.token_to_id(token)
        return found

    def token_of(self, number: int) -> str:
        """The token of an id; empty if there is none."""
        return self._tokenizer.id_to_token(number) or ""


def _ends(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Special tokens that the tokenizer puts before and after a text."""
    bare = tokenizer.encode("a", add_special_tokens=False).ids
    dressed = tokenizer.encode("a", add_special_tokens=True).ids
    extra = len(dressed) - len(bare)
    before = next(k for k in range(extra + 1) if dressed[k : k + len(bare)] == bare)
    return tuple(dressed[:before]), tuple(dressed[before + len(bare) :])
