"""What a linear model looks like: the ``[model]`` table of a recipe with ``kind = "linear"``.

Kept apart from the fitting code so that recipes can be read without scikit-learn.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class BagOfFeatures(BaseModel):
    """What bags of words and of characters have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weighting: Literal["tfidf", "count"] = Field(
        default="tfidf", description="TF-IDF or plain counts."
    )
    max_features: int | None = Field(
        default=None, ge=1, description="Keep only this many of the most frequent features."
    )
    sublinear: bool = Field(
        default=True, description="Weigh a count by 1 + log(count) (TF-IDF only)."
    )


class BagOfWords(BagOfFeatures):
    """Weighted counts of words and word sequences."""

    ngrams: tuple[int, int] = Field(
        default=(1, 2), description="Shortest and longest word sequence."
    )
    min_texts: int = Field(
        default=2, ge=1, description="Drop features found in fewer texts than this."
    )
    punctuation: bool = Field(
        default=True, description="Count punctuation marks and emoji as words of their own."
    )
    stop_words: bool = Field(
        default=False,
        description="Leave out scikit-learn's English stop words (they include 'not').",
    )


class BagOfCharacters(BagOfFeatures):
    """Weighted counts of character sequences inside words, word edges marked."""

    ngrams: tuple[int, int] = Field(default=(2, 5), description="Shortest and longest sequence.")
    min_texts: int = Field(
        default=3, ge=1, description="Drop features found in fewer texts than this."
    )


class LinearSettings(BaseModel):
    """A linear classifier over bags of words, of characters, or of both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["linear"] = "linear"
    classifier: Literal["logistic_regression", "linear_svm"] = Field(
        default="logistic_regression", description="Loss of the linear classifier."
    )
    strength: float = Field(
        default=1.0,
        gt=0,
        description="Inverse of the L2 penalty (scikit-learn's C): larger fits closer.",
    )
    class_weight: Literal["none", "balanced"] = Field(
        default="none", description="Weigh each label by the inverse of its frequency, or not."
    )
    max_iterations: int = Field(
        default=1000, ge=1, description="Upper bound on the solver's iterations."
    )
    words: BagOfWords | None = Field(
        default=BagOfWords(), description="Word features; false for none."
    )
    characters: BagOfCharacters | None = Field(
        default=None, description="Character features; left out unless given."
    )

    @model_validator(mode="before")
    @classmethod
    def _false_means_none(cls, data: object) -> object:
        # TOML has no null: `words = false` switches a bag off
        if isinstance(data, dict):
            return {k: None if v is False and k in ("words", "characters") else v
                    for k, v in data.items()}  # fmt: skip
        return data

    @model_validator(mode="after")
    def _has_features(self) -> LinearSettings:
        if self.words is None and self.characters is None:
            raise ValueError("give [model.words], [model.characters] or both")
        return self
