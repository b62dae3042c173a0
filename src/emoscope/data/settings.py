"""Which data to read and how: the ``[data]`` table of a recipe and the command line's flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from emoscope.errors import DataError, listing, nearest
from emoscope.io.read_options import Quoting, ReadOptions
from emoscope.taxonomy import Task

DATA_SETS = ("goemotions", "goemotions-raw", "emotion", "everyday", "file")
HUB_PREFIX = "hub:"


def _names(value: Any) -> Any:
    """A comma-joined string, as the command line gives it, is a list of names."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _count_or_share(value: Any) -> Any:
    """``"2000"`` is a count and ``"0.2"`` a share; Python numbers say which by their type."""
    if isinstance(value, str):
        try:
            return float(value) if set(value) & set(".eE") else int(value.replace(",", ""))
        except ValueError:
            raise ValueError(
                "give a number of texts, such as 2000, or a share, such as 0.2"
            ) from None
    return value


class DataSettings(BaseModel):
    """What to read, which columns, and what to make of it. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str = Field(
        default="goemotions",
        description=f"Data set: {', '.join(DATA_SETS)}, or {HUB_PREFIX}OWNER/NAME.",
    )
    path: Path | None = None
    """File or folder to read, instead of looking for the data set."""
    validation_path: Path | None = None
    """File with the validation split, when path holds only train."""
    test_path: Path | None = None
    """File with the test split, when path holds only train."""
    text: str | None = None
    """Column with the texts; without it, the column called text."""
    labels: str | None = None
    """Column with the labels; without it, the one called labels or label."""
    label_columns: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    """Columns holding 0 or 1, one a label, instead of one column of labels."""
    ids: str | None = None
    """Column with the ids of the texts; without it, line numbers."""
    delimiter: str | None = None
    """What separates the fields of CSV and TSV; without it, found in the file."""
    quoting: Quoting | None = None
    """How fields of CSV and TSV are quoted: csv (quotes doubled), backslash or none; without it,
    found in the file."""
    header: bool | None = None
    """Whether the first row of CSV and TSV names the columns; without it, found in the file."""
    label_delimiter: str | None = Field(default=None, min_length=1)
    """What separates labels in a cell; without it, inferred."""
    label_names: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    """All labels in order, or a known taxonomy's name; without it, those found."""
    task: Task | None = None
    """multi_label or single_label; without it, inferred and told."""
    split_column: str | None = None
    """Column that says train, validation or test for every text."""
    hub_config: str | None = None
    """Configuration of a hub data set; without it, its default."""
    label_map: Mapping[str, str] = Field(default_factory=dict)
    """Where several data sets are read: label of this one = label of the first."""
    weight: float = Field(default=1.0, gt=0, le=100)
    """How often each train text comes in an epoch, where several data sets are read."""
    single_label: bool = False
    """Keep only the texts with exactly one label, as a single-label task."""
    sample: Annotated[int | float | None, BeforeValidator(_count_or_share)] = None
    """Stratified subset: a number of train texts (and a tenth of it for validation and for test
    each), or a share of every split."""
    min_raters: int = Field(default=2, ge=1)
    """Raw ratings: how many raters must agree for a label to hold."""
    sample_ratings: float = Field(default=1.0, gt=0, le=1)
    """Raw ratings: share of the ratings to draw before counting."""
    validation_share: float = Field(default=0.1, ge=0, lt=1)
    """Share of the texts for a made validation split."""
    test_share: float = Field(default=0.1, ge=0, lt=1)
    """Share of the texts for a made test split."""
    seed: int = Field(default=0, ge=0)
    """Seed of made splits and of samples."""

    @property
    def reading(self) -> ReadOptions:
        """How files are written."""
        return ReadOptions(delimiter=self.delimiter, quoting=self.quoting, header=self.header)

    @field_validator("delimiter", mode="before")
    @classmethod
    def _possible_delimiter(cls, delimiter: Any) -> Any:
        if delimiter in ("\\t", "tab"):
            return "\t"
        if isinstance(delimiter, str):
            try:
                ReadOptions(delimiter=delimiter)
            except DataError as error:
                raise ValueError(str(error)) from None
        return delimiter

    @field_validator("name")
    @classmethod
    def _known_name(cls, name: str) -> str:
        if (name.startswith(HUB_PREFIX) and name != HUB_PREFIX) or name in DATA_SETS:
            return name
        raise ValueError(
            f"there is no data set {name!r}. {nearest(name, DATA_SETS)}Known are: "
            f"{listing(DATA_SETS)} and {HUB_PREFIX}OWNER/NAME"
        )

    @field_validator("sample")
    @classmethod
    def _possible_sample(cls, sample: int | float | None) -> int | float | None:
        if isinstance(sample, float) and not 0 < sample <= 1:
            raise ValueError(
                "a share lies above 0 and up to 1; write a number of texts without point"
            )
        if isinstance(sample, int) and sample < 1:
            raise ValueError("a number of texts is at least 1")
        return sample

    @field_validator("test_share")
    @classmethod
    def _room_for_train(cls, test_share: float, info: Any) -> float:
        if test_share + info.data.get("validation_share", 0) >= 1:
            raise ValueError("validation_share and test_share together leave nothing for train")
        return test_share


def data_settings(values: Mapping[str, Any]) -> DataSettings:
    """Settings from plain values; raises :class:`DataError` naming each wrong key or value."""
    try:
        return DataSettings.model_validate(dict(values))
    except ValidationError as error:
        raise DataError(
            f"Wrong data settings: {'; '.join(map(_problem, error.errors()))}."
        ) from None


def _problem(error: Any) -> str:
    key = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        known = list(DataSettings.model_fields)
        return f"there is no key {key!r}. {nearest(key, known)}Keys are: {listing(known, 30)}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key} = {error['input']!r}: {message}"
