"""Settings of the service: from flags, then from the environment, then these defaults."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from emoscope.errors import ServiceError, listing, nearest
from emoscope.scorers.runtime_options import Device, GraphChoice, RuntimeOptions

PREFIX = "EMOSCOPE_"
_SLIP = 0.9
"""Likeness from which an unknown variable is a slip of a known one: a letter or two differ."""

_Count = Annotated[int, Field(ge=1)]
_Seconds = Annotated[float, Field(gt=0, le=3600)]


class ServeSettings(BaseModel):
    """Everything that can be set; EMOSCOPE_ and the name in capitals is the variable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(default="", description="Model folder, run folder or hub id.")
    device: Device = Field(
        default="auto", description="auto, cpu or cuda; auto is CUDA where it works."
    )
    threads: _Count | None = Field(
        default=None, description="Processor threads; by default as many as the service may use."
    )
    graph: GraphChoice = Field(default="auto", description="Graph to run: auto, int8 or fp32.")
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; 0.0.0.0 is every one."
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    api_key: SecretStr | None = Field(
        default=None,
        min_length=8,
        description="Key that clients must send; without one, none is asked.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Host names, with commas, under which clients may ask, beside localhost and "
        "the address listened on; *.a.example is all below a.example, * is every one.",
    )
    cors_origins: tuple[str, ...] = Field(
        default=(),
        description="Origins, with commas, whose pages may call the API; * is every one.",
    )
    page: bool = Field(default=True, description="Serve the page at /.")
    max_body_bytes: _Count = Field(default=1_048_576, description="Longest request body.")
    max_texts: _Count = Field(default=256, description="Most texts in a request.")
    max_characters: _Count = Field(default=10_000, description="Longest text.")
    max_requests: _Count = Field(default=1024, description="Most requests at work at once.")
    batch_texts: _Count = Field(default=64, description="Most texts that are scored at once.")
    batch_characters: _Count = Field(default=8_192, description="Most characters scored at once.")
    queue_texts: int = Field(default=512, ge=2, description="Most texts that wait.")
    queue_characters: _Count = Field(default=4_194_304, description="Most characters that wait.")
    timeout_seconds: _Seconds = Field(default=30.0, description="Longest wait for an answer.")
    body_seconds: _Seconds = Field(default=10.0, description="Longest wait for a request body.")
    header_seconds: _Seconds = Field(
        default=10.0, description="Longest wait for the headers of a request."
    )
    idle_seconds: _Seconds = Field(
        default=5.0, description="Longest time a connection stays open between two requests."
    )
    shutdown_seconds: _Seconds = Field(
        default=30.0, description="Longest wait for requests at the end."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged; info logs every request."
    )

    @field_validator("allowed_hosts", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("queue_texts", "queue_characters")
    @classmethod
    def _holds_a_request(cls, value: int, info: ValidationInfo) -> int:
        other = "max_texts" if info.field_name == "queue_texts" else "max_body_bytes"
        least = info.data.get(other, 0)  # missing where it was wrong itself
        if value < least:
            raise ValueError(
                f"at least {other}, which is {least}, or the largest request never fits"
            )
        return value

    @property
    def runtime(self) -> RuntimeOptions:
        """How the model is run."""
        return RuntimeOptions(self.device, self.threads, self.graph)

    @classmethod
    def described(cls) -> list[tuple[str, str, str]]:
        """Of every setting its environment variable, default and meaning."""
        return [
            (PREFIX + name.upper(), str(field.default or ""), field.description or "")
            for name, field in cls.model_fields.items()
        ]

    def shown(self) -> dict[str, Any]:
        """Plain data to print: all settings, secrets hidden."""
        plain = self.model_dump(mode="json")
        plain["api_key"] = "not set" if self.api_key is None else "hidden"
        return plain


def read_settings(
    environment: Mapping[str, str], flags: Mapping[str, Any] | None = None
) -> ServeSettings:
    """Settings from ``flags`` (those that are not None), else from ``environment``.

    Raises :class:`ServiceError` for a value out of range, an unknown flag, and a variable whose
    name is a slip of a setting's; variables of other parts of emoscope are left alone.
    """
    known = {PREFIX + name.upper(): name for name in ServeSettings.model_fields}
    values: dict[str, Any] = {}
    for variable, value in environment.items():
        if variable in known:
            values[known[variable]] = value
        elif variable.startswith(PREFIX) and get_close_matches(variable, known, 1, _SLIP):
            raise ServiceError(
                f"The environment variable {variable} is no setting of the service. "
                f"{nearest(variable, known)}"
            )
    values |= {name: value for name, value in (flags or {}).items() if value is not None}
    try:
        return ServeSettings(**values)
    except ValidationError as error:
        raise ServiceError(_explained(error)) from None


def _explained(error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            known = ServeSettings.model_fields
            parts.append(f"There is no setting {name!r}. {nearest(name, known)}"
                         f"The settings are: {listing(known, 30)}.")  # fmt: skip
        else:
            message = problem["msg"].removeprefix("Value error, ")
            parts.append(f"The setting {name} ({PREFIX}{name.upper()}) cannot be: {message}.")
    return " ".join(parts)
