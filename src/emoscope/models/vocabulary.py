"""Vocabularies learned from the training texts, for models that start from scratch.

The result is a transformers tokenizer that writes ``tokenizer.json`` and ``tokenizer_config.json``,
so that the inference path reads it without transformers: ``wordpiece`` with the core alone, ``bpe``
with the ``tokenizers`` package.

Every text opens with ``[CLS]``, so that no text is empty. No ``[SEP]`` closes it: nothing pools
there, and on texts of sixteen tokens each one costs six per cent of the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from emoscope.errors import NoExamples
from emoscope.text import normalise_newest as normalise

PAD, UNK, CLS, SEP, MASK = SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""Their ids are their places here; MiniBertConfig's defaults are the same ids."""


@dataclass(frozen=True)
class VocabularyOptions:
    """How a vocabulary is learned."""

    algorithm: Literal["wordpiece", "bpe"] = "wordpiece"
    """``wordpiece`` splits words, as BERT does; ``bpe`` merges bytes and knows no unknown token."""
    size: int = 20_000
    """Most tokens to keep, special ones included; a small corpus gives fewer."""
    min_frequency: int = 2
    """A piece must be seen this often to become a token."""
    lowercase: bool = True
    """Whether case is forgotten. Small corpora need it: most words are seen once or twice."""
    whole_words: tuple[str, ...] = ()
    """Tokens never split, such as the masks ``[NAME]`` and ``[RELIGION]`` of GoEmotions."""
    max_length: int = 128
    """Longest input in tokens, written to the tokenizer's settings; longer texts are windowed."""


def train_vocabulary(
    texts: Iterable[str], options: VocabularyOptions | None = None
) -> PreTrainedTokenizerFast:
    """Learn a vocabulary from training ``texts``; the same texts give the same vocabulary.

    Raises :class:`~emoscope.errors.NoExamples` when no text holds a word.
    """
    options = options or VocabularyOptions()
    clean = [text for text in (normalise(text) for text in texts) if text]
    if not clean:
        raise NoExamples(
            "Cannot learn a vocabulary: none of the training texts holds a word. "
            "Check that the text column is the right one."
        )
    tokenizer = (_wordpiece if options.algorithm == "wordpiece" else _bpe)(clean, options)
    tokenizer.add_special_tokens([*SPECIAL_TOKENS, *options.whole_words])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{CLS} $A",
        pair=f"{CLS} $A {SEP} $B",
        special_tokens=[(name, SPECIAL_TOKENS.index(name)) for name in (CLS, SEP)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNK,
        cls_token=CLS,
        sep_token=SEP,
        mask_token=MASK,
        model_max_length=options.max_length,
        model_input_names=["input_ids", "attention_mask"],
        clean_up_tokenization_spaces=False,
    )


def _wordpiece(texts: list[str], options: VocabularyOptions) -> Tokenizer:
    """Learn which pieces matter by merging pairs, then write them down as WordPiece does.

    The package's own WordPiece trainer numbers pieces in the order of a hash map, so that two runs
    give two vocabularies; merging without its ``##`` marks does not.
    """
    # accents are stripped with the case: "é" and "e" share what little is seen of either
    normaliser = normalizers.BertNormalizer(lowercase=options.lowercase)
    splitter = pre_tokenizers.BertPreTokenizer()
    merging = Tokenizer(models.BPE())
    merging.normalizer, merging.pre_tokenizer = normaliser, splitter
    merging.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            # half of what merging builds are steps on the way to longer pieces
            vocab_size=2 * options.size,
            min_frequency=options.min_frequency,
            show_progress=False,
        ),
    )
    words: Counter[str] = Counter()
    for text in texts:
        pieces = splitter.pre_tokenize_str(normaliser.normalize_str(text))
        words.update(word for word, _ in pieces)
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for place, token in enumerate(merging.encode(word).tokens):
            counts["##" + token if place else token] += count
    vocabulary = [*SPECIAL_TOKENS, *options.whole_words, *_letters(words, options)]
    seen = set(vocabulary)
    # most frequent first, ties by the alphabet; one-letter pieces have come already
    ranked = sorted(counts, key=lambda piece: (-counts[piece], piece))
    vocabulary += [p for p in ranked if p not in seen and counts[p] >= options.min_frequency]
    ids = {piece: i for i, piece in enumerate(vocabulary[: options.size])}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=UNK, max_input_chars_per_word=100))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normaliser, splitter
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _letters(words: Counter[str], options: VocabularyOptions) -> list[str]:
    """Letters seen often enough, as a word's start and inside: hardly a word stays unknown."""
    letters: Counter[str] = Counter()
    for word, count in words.items():
        for letter in word:
            letters[letter] += count
    often = sorted(letter for letter, count in letters.items() if count >= options.min_frequency)
    return [*often, *("##" + letter for letter in often)]


def _bpe(texts: list[str], options: VocabularyOptions) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    if options.lowercase:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=options.size,
        min_frequency=options.min_frequency,
        special_tokens=[*SPECIAL_TOKENS, *options.whole_words],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
