"""A recipe's ``[model]``, ``[training]`` and ``[distillation]`` tables, for all but linear models.

Plain settings that check themselves; nothing here imports torch, so recipes can be listed, parsed
and planned on a machine that cannot train.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
"""A share of something, 0 for none of it."""


class Settings(BaseModel):
    """Base of all settings here: immutable, unknown keys refused, docstrings as descriptions."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


# ---- losses ------------------------------------------------------------------------------------


class BceLoss(Settings):
    """Binary cross-entropy for each label: the plain multi-label loss."""

    kind: Literal["bce"] = "bce"
    positive_weight: Literal["none", "counts"] = "none"
    """``counts`` weighs positives by negatives / positives in train: rare labels pull harder."""
    max_positive_weight: float = Field(default=10.0, ge=1.0)
    """Cap of the positive weight: a label with 77 of 43,410 texts would weigh 563."""


class FocalLoss(Settings):
    """Focal loss (Lin et al., 2017): easy examples count less."""

    kind: Literal["focal"] = "focal"
    gamma: float = Field(default=2.0, ge=0.0)
    """How much less: 0 is plain cross-entropy."""
    alpha: float | None = Field(default=None, gt=0.0, lt=1.0)
    """Weight of positives, with 1 - alpha for negatives; none weighs both alike."""


class AsymmetricLoss(Settings):
    """Asymmetric loss (Ridnik et al., 2021): easy negatives count less than easy positives."""

    kind: Literal["asymmetric"] = "asymmetric"
    gamma_positive: float = Field(default=0.0, ge=0.0)
    """Focusing of positives; 0 keeps all of them."""
    gamma_negative: float = Field(default=4.0, ge=0.0)
    """Focusing of negatives; at least ``gamma_positive`` to be of use."""
    clip: float = Field(default=0.05, ge=0.0, lt=1.0)
    """Negatives with a probability below this are dropped altogether."""


class CrossEntropyLoss(Settings):
    """Cross-entropy over exclusive labels: the plain single-label loss."""

    kind: Literal["cross_entropy"] = "cross_entropy"
    label_weight: Literal["none", "counts"] = "none"
    """``counts`` weighs each text by the inverse frequency of its label, mean weight one."""
    max_label_weight: float = Field(default=10.0, ge=1.0)
    """Cap of the label weight before it is scaled to mean one."""
    logit_adjustment: float = Field(default=0.0, ge=0.0)
    """Adds this times the log prior to the logits in training (Menon et al., 2021), which favours
    rare labels at prediction; 0 for none, 1 for balanced accuracy."""


class SoftLoss(Settings):
    """Cross-entropy against the share of raters that chose each label; needs raters' votes."""

    kind: Literal["soft"] = "soft"
    hard_share: float = Field(default=0.0, ge=0.0, le=1.0)
    """Share of the target that comes from the decided labels instead of the votes."""


LossSettings = Annotated[
    BceLoss | FocalLoss | AsymmetricLoss | CrossEntropyLoss | SoftLoss, Field(discriminator="kind")
]


def _named_loss(value: Any) -> Any:
    """Let a recipe say ``loss = "focal"`` for a table with nothing but its kind."""
    return {"kind": value} if isinstance(value, str) else value


# ---- augmentation ------------------------------------------------------------------------------


class AugmentationSettings(Settings):
    """Changed copies of train texts, made again in each epoch; all off unless asked for."""

    share: float = Field(default=0.5, gt=0.0, le=1.0)
    """Share of the texts that are changed in an epoch; the others stay as they are."""
    swap: Share = 0.0
    """Share of a text's words that change places with a neighbour."""
    drop: Share = 0.0
    """Share of a text's words that are left out; one word always stays."""
    synonym: Share = 0.0
    """Share of a text's words that are replaced by a synonym where one is known."""
    back_translation: tuple[str, str] | None = None
    """Two hub translation models, there and back; they make half of the changed texts."""

    @property
    def active(self) -> bool:
        """Tell whether any change was asked for."""
        return bool(self.swap or self.drop or self.synonym or self.back_translation)


# ---- the two tables ----------------------------------------------------------------------------


class TrainingSettings(Settings):
    """The ``[training]`` table of a recipe whose model is an encoder or a MiniBERT."""

    epochs: float = Field(default=4.0, gt=0.0, le=1000.0)
    """Passes over the train texts."""
    max_steps: int | None = Field(default=None, ge=1)
    """Stop after so many steps, whatever ``epochs`` says; for trying out."""
    batch_size: int = Field(default=32, ge=1, le=65536)
    """Texts that one step learns from, over all processes and accumulation parts together, so that
    a recipe means the same on one processor and on eight GPUs."""
    gradient_accumulation: int = Field(default=1, ge=1)
    """Parts that a batch is cut into when memory is short; the result stays the same."""
    evaluation_batch_size: int = Field(default=128, ge=1)
    """Texts at once when validation is scored; changes speed only."""

    learning_rate: float = Field(default=1e-4, gt=0.0, le=1.0)
    """Peak learning rate of the encoder's top layer."""
    head_learning_rate: float | None = Field(default=None, gt=0.0, le=1.0)
    """Peak learning rate of the classification head; the encoder's when not given."""
    embedding_learning_rate: float | None = Field(default=None, gt=0.0, le=1.0)
    """Peak learning rate of the embeddings; what ``layerwise_decay`` gives when not given."""
    layerwise_decay: float = Field(default=1.0, gt=0.0, le=1.0)
    """Factor on the learning rate from each layer to the one below it; 1 treats all alike."""
    weight_decay: float = Field(default=0.01, ge=0.0, le=1.0)
    """Decoupled weight decay of matrices; biases and norms have none."""
    beta2: float = Field(default=0.999, gt=0.0, lt=1.0)
    """AdamW's memory of squared gradients; lower follows a short training better."""
    adam_epsilon: float = Field(default=1e-8, gt=0.0)
    """AdamW's guard against division by zero."""
    warmup: float = Field(default=0.06, ge=0.0)
    """Steps of rising learning rate: below 1 a share of all steps, from 1 on a number of steps."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the learning rate falls after the warm-up."""
    max_grad_norm: float = Field(default=1.0, ge=0.0)
    """Longer gradients are shortened to this length; 0 for never."""

    loss: Annotated[LossSettings | None, BeforeValidator(_named_loss)] = None
    """The loss and its options; binary cross-entropy (multi-label) or cross-entropy (single-label)
    when not given."""
    label_smoothing: Share = 0.0
    """Share of each target that moves to the labels' frequencies in train (multi-label) or to all
    labels evenly (single-label)."""
    bias_from_prior: bool = True
    """Start the head's bias at the labels' frequencies in train, not at one half."""
    sampling: Literal["shuffle", "rare_labels"] = "shuffle"
    """``rare_labels`` repeats texts of rare labels (repeat-factor sampling, Gupta et al., 2019)."""
    rare_below: float = Field(default=0.02, gt=0.0, lt=1.0)
    """Labels held by a smaller share are rare and come sqrt(rare_below / share) times."""
    group_by_length: bool = True
    """Put texts of like length into a batch, which saves most of the padding."""

    votes: float = Field(default=0.0, ge=0.0, le=1.0)
    """Share of the targets that comes from raters' votes, of data that has them."""
    ema: float | None = Field(default=None, gt=0.0, lt=1.0)
    """Decay of the moving average of weights, which is judged and kept in their place."""
    r_drop: float = Field(default=0.0, ge=0.0)
    """Weight of the disagreement between two passes with different dropout (Liang et al., 2021)."""
    mixup: float = Field(default=0.0, ge=0.0)
    """Alpha of the beta distribution that mixes embeddings of two texts (Zhang et al., 2018)."""
    token_dropout: Share = 0.0
    """Share of tokens replaced by the mask token in training."""
    augmentation: AugmentationSettings = AugmentationSettings()
    """Word-level changes of train texts."""

    max_length: int = Field(default=128, ge=4, le=32768)
    """Tokens of a text that are read, special tokens included."""
    gradient_checkpointing: bool = False
    """Compute activations twice to hold fewer of them: less memory, slower."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Number format of matrix products; ``auto`` takes what the hardware does fast and safely."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to train; ``auto`` takes a GPU if there is one."""
    num_threads: int | None = Field(default=None, ge=1)
    """Processor threads of torch; its own default when not given."""

    best_metric: Literal["macro_f1", "micro_f1", "accuracy"] | None = None
    """Validation metric that chooses the weights to keep: macro-F1 (multi-label) or accuracy
    (single-label) when not given."""
    evaluations_per_epoch: int = Field(default=1, ge=1, le=100)
    """How often an epoch validation is scored and a checkpoint saved."""
    early_stopping: int | None = Field(default=None, ge=1)
    """Stop after so many evaluations without a better one; never when not given."""
    checkpoint_steps: int | None = Field(default=None, ge=1)
    """Save a checkpoint every so many steps besides those at evaluations."""
    keep_checkpoints: int = Field(default=2, ge=0)
    """Full checkpoints kept for ``--resume``, at least two, should the newest be damaged; 0 deletes
    them when all is done."""
    log_steps: int = Field(default=20, ge=1)
    """Steps between two entries in the TensorBoard log."""

    @model_validator(mode="after")
    def _fits_together(self) -> TrainingSettings:
        if self.mixup and self.r_drop:
            raise ValueError(
                "mixup and r_drop exclude each other: the two passes of R-Drop must see the same "
                "text. Set one of them to 0"
            )
        if self.batch_size % self.gradient_accumulation:
            raise ValueError(
                f"batch_size {self.batch_size} cannot be cut into {self.gradient_accumulation} "
                "equal parts (gradient_accumulation). Make it a multiple"
            )
        return self


class DistillationSettings(Settings):
    """The ``[distillation]`` table: teachers whose probabilities an encoder or MiniBERT learns."""

    teachers: tuple[str, ...] = Field(min_length=1, max_length=32)
    """Models: run or model folders, names of those that ship, hub ids. Several are averaged."""
    unlabelled: tuple[Path, ...] = ()
    """Text files, one text a line (gzip too), that the teachers label."""
    pool: int = Field(default=200_000, ge=1)
    """Unlabelled texts that the teachers score, the first ones of the files."""
    texts: int = Field(default=130_000, ge=1)
    """Unlabelled texts to learn from, at most."""
    neutral_share: float = Field(default=0.3, ge=0.0, le=1.0)
    """Share of these, at most, that the teachers find neutral."""
    weight: float = Field(default=0.5, ge=0.0, le=1.0)
    """Share of the teachers in the loss of a text with labels; the rest is the labels'."""
    temperature: float = Field(default=1.0, gt=0.0, le=100.0)
    """Scores of teachers and student are divided by it before they are compared."""


class EncoderModel(Settings):
    """The ``[model]`` table for any Hugging Face encoder."""

    kind: Literal["encoder"] = "encoder"
    encoder: str = Field(min_length=1)
    """Hub id, as ``distilbert-base-uncased``, or a local folder."""
    revision: str | None = None
    """Branch, tag or commit of the hub repository."""
    pooling: Literal["model", "mean"] = "model"
    """How token vectors become one: as the model's own head does it, or their mean."""
    dropout: float | None = Field(default=None, ge=0.0, lt=1.0)
    """Dropout before the head; the encoder's own when not given."""
    neurons: float = Field(default=1.0, gt=0.0, le=1.0)
    """Share of the neurons of each feed-forward layer to train with: those that the others can
    stand in for are left out first. Half of them makes a model a third faster."""


class EnsembleModel(Settings):
    """The ``[model]`` table for several trained models whose scores are averaged."""

    kind: Literal["ensemble"] = "ensemble"
    members: tuple[str, ...] = Field(min_length=2, max_length=32)
    """Run or model folders, names of models that ship, or hub ids; all of the data's labels."""
    weights: Literal["equal", "validation"] = "equal"
    """Whether all count alike, or as the log loss on validation is lowest."""


class MiniBertModel(Settings):
    """The ``[model]`` table for our own encoder, trained from scratch."""

    kind: Literal["minibert"] = "minibert"
    pretrained: str | None = None
    """Folder that ``emoscope pretrain`` left: its encoder and vocabulary are taken, and of the keys
    here only the dropouts and the pooling."""

    word_table: str | None = None
    """Encoder (hub id or local folder) whose vocabulary and word vectors are the start; its keys
    about the vocabulary and ``embedding_size`` are then not read."""

    vocabulary: Literal["wordpiece", "bpe"] = "wordpiece"
    """How words are cut: ``wordpiece`` as in BERT, or ``bpe``, which merges bytes."""
    vocabulary_size: int = Field(default=20_000, ge=100, le=500_000)
    """Tokens at most, special ones included; a small corpus gives fewer."""
    min_frequency: int = Field(default=2, ge=1)
    """A piece of a word must be seen this often in train to become a token."""
    lowercase: bool = True
    """Whether case is forgotten."""
    whole_words: tuple[str, ...] = ()
    """Tokens that are never cut, as the masks ``[NAME]`` and ``[RELIGION]`` of GoEmotions."""

    embedding_size: int = Field(default=768, ge=8)
    """Width of the word table, where most parameters are."""
    hidden_size: int = Field(default=256, ge=8)
    """Width of the blocks; a multiple of twice ``heads``."""
    layers: int = Field(default=3, ge=1)
    """Number of blocks."""
    heads: int = Field(default=4, ge=1)
    """Attention heads of a block."""
    intermediate_size: int = Field(default=512, ge=8)
    """Width inside the feed-forward part of a block."""
    local_mixing: bool = True
    """Whether blocks add the neighbours of each token before attention."""
    pooling: Literal["mean", "max", "mean_max", "first", "first_max"] = "mean_max"
    """How token vectors become one text vector; ``first`` and ``first_max`` let the last block work
    on the first token alone, which is half as fast again."""
    embedding_dropout: Share = 0.3
    """Share of embedding channels dropped in training, the same for all tokens of a text."""
    hidden_dropout: Share = 0.2
    """Dropout on what each half of a block adds."""
    attention_dropout: Share = 0.0
    """Dropout on attention weights."""
    classifier_dropout: Share = 0.4
    """Dropout on the text vector."""

    @model_validator(mode="after")
    def _one_start(self) -> MiniBertModel:
        if self.pretrained is not None and self.word_table is not None:
            raise ValueError(
                "pretrained and word_table exclude each other: a pretrained MiniBERT has a word "
                "table. Leave one of them out"
            )
        return self

    @model_validator(mode="after")
    def _rotary_fits(self) -> MiniBertModel:
        if self.hidden_size % (2 * self.heads):
            raise ValueError(
                f"hidden_size {self.hidden_size} is no multiple of twice heads ({2 * self.heads}), "
                "which rotary positions need. Change one of the two"
            )
        return self
