"""The sizes of a MiniBERT."""

from __future__ import annotations

from typing import Literal

from transformers import PreTrainedConfig

Pooling = Literal["mean", "max", "mean_max", "first", "first_max"]


class MiniBertConfig(PreTrainedConfig):
    """Every size of a MiniBERT; the defaults make 18 million parameters."""

    model_type = "minibert"

    vocab_size: int = 20_000
    """Rows of the word table."""
    embedding_size: int = 768
    """Width of the word table."""
    hidden_size: int = 256
    """Width of the blocks; a multiple of twice the number of heads."""
    num_hidden_layers: int = 3
    """Number of blocks."""
    num_attention_heads: int = 4
    """Attention heads of a block."""
    intermediate_size: int = 512
    """Width inside the feed-forward part, after its gate."""
    max_position_embeddings: int = 512
    """Longest input in tokens that the tokenizer should make; the weights know no limit."""
    rotary_base: float = 10_000.0
    """Longest wavelength of the rotary positions, in tokens over 2 pi."""
    local_mixing: bool = True
    """Whether blocks add the neighbours of each token before attention."""
    pooling: Pooling = "mean_max"
    """How token states become one text vector."""
    embedding_dropout: float = 0.3
    """Share of embedding channels dropped in training, the same ones for all tokens of a text."""
    hidden_dropout_prob: float = 0.2
    """Dropout on what each half of a block adds."""
    attention_probs_dropout_prob: float = 0.0
    """Dropout on attention weights."""
    classifier_dropout: float = 0.4
    """Dropout on the text vector."""
    initializer_range: float = 0.02
    """Standard deviation of fresh word vectors and of the last layer."""
    layer_norm_eps: float = 1e-5
    """Added to the variance in layer norms."""
    pad_token_id: int = 0
    """Token that fills batches; its vector stays zero."""
    tie_word_embeddings: bool = True
    """Whether the masked-language-model head reads words with the word table."""

    def __post_init__(self, **kwargs: object) -> None:
        """Refuse sizes that cannot be built; keywords are those of the base class."""
        if self.hidden_size % (2 * self.num_attention_heads):
            raise ValueError(
                f"hidden_size {self.hidden_size} is not a multiple of twice num_attention_heads "
                f"({2 * self.num_attention_heads}), which rotary positions need. "
                "Change one of the two."
            )
        super().__post_init__(**kwargs)
