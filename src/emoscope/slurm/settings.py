"""Settings of a SLURM job: from options, then from a site's profile, then these defaults."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from emoscope.errors import SlurmError, listing, nearest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROFILE = "EMOSCOPE_SLURM"
"""The environment variable that names a profile."""
_OURS = ("array", "error", "open-mode", "output", "requeue", "signal")
"""Options of sbatch without which a job is not found again, or does not go on."""
_TIME = re.compile(r"(?:(?P<days>\d+)-)?(?P<clock>\d+(?::\d+){0,2})")


def _minutes(value: Any) -> Any:
    """Minutes of a time as sbatch takes it: ``90``, ``1:30:00``, ``2-12``, rounded up."""
    if not isinstance(value, str) or (found := _TIME.fullmatch(value.strip())) is None:
        return value
    parts = [int(part) for part in found["clock"].split(":")]
    if found["days"] is not None:  # days-hours[:minutes[:seconds]]
        hours, minutes, seconds = [*parts, 0, 0][:3]
    elif len(parts) == 3:
        hours, minutes, seconds = parts
    else:  # minutes[:seconds]
        hours, (minutes, seconds) = 0, [*parts, 0][:2]
    return (int(found["days"] or 0) * 24 + hours) * 60 + minutes + (seconds > 0)


def _lines(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


_Count = Annotated[int, Field(ge=1)]
_Word = Annotated[str, Field(pattern=r"^[^\s]+$")]


class SlurmSettings(BaseModel):
    """What is asked of SLURM. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    partition: _Word | None = None
    """Partition; the site's default without it."""
    account: _Word | None = None
    """Account that pays."""
    qos: _Word | None = None
    """Quality of service."""
    constraint: _Word | None = None
    """Features that nodes must have."""
    time: Annotated[int, BeforeValidator(_minutes), Field(ge=1)] = 60
    """Time limit: minutes, or as sbatch takes it (4:00:00, 1-12). A job that reaches it saves a
    checkpoint, is queued again and goes on."""
    nodes: _Count = 1
    """train: nodes."""
    tasks: _Count | None = None
    """train: processes a node, which learn together; one for each GPU if not given."""
    gpus: int | None = Field(default=None, ge=0)
    """GPUs a node."""
    cpus: _Count | None = None
    """Processor cores a process."""
    memory: str | None = Field(default=None, pattern=r"^\d+[KMGT]?$")
    """Memory a node, such as 32G."""
    notice: _Count | None = None
    """Seconds before the time limit at which a job begins to leave: 120, or a quarter of a shorter
    limit."""
    timeouts: int = Field(default=20, ge=0)
    """How often a job that reaches its time limit is queued again."""
    workers: _Count = 4
    """tune: jobs that search one study."""
    parallel: _Count | None = None
    """Jobs of an array that run at once; as many as SLURM lets if not given."""
    folder: Path = Path("runs/.slurm")
    """Where scripts and logs of jobs lie, on a disk that all nodes see."""
    setup: Annotated[tuple[str, ...], BeforeValidator(_lines)] = ()
    """Lines of shell before the job, such as module load cuda."""
    options: dict[str, str | int | bool] = {}
    """Any other option of sbatch, as --slurm.options.reservation NAME."""

    @field_validator("options")
    @classmethod
    def _not_ours(cls, options: dict[str, Any]) -> dict[str, Any]:
        for name in options:
            if name.replace("_", "-") in _OURS:
                raise ValueError(f"{name} is set by emoscope. Leave it out")
        return options

    @model_validator(mode="after")
    def _in_time(self) -> SlurmSettings:
        if self.notice is not None and self.notice >= self.time * 60:
            raise ValueError(
                f"notice, {self.notice} seconds, is not less than time, {self.time} minutes. "
                "Lower notice or raise time"
            )
        return self

    @property
    def tasks_a_node(self) -> int:
        """Processes on each node."""
        return self.tasks or self.gpus or 1

    @property
    def notice_seconds(self) -> int:
        """Seconds between the signal and the time limit."""
        return self.notice or min(120, self.time * 15)

    @classmethod
    def described(cls) -> list[tuple[str, str, str]]:
        """Option, default and meaning of every setting."""
        return [
            (
                f"--slurm.{name}",
                "" if field.default in (None, (), {}) else str(field.default),
                " ".join((field.description or "").split()),
            )
            for name, field in cls.model_fields.items()
        ]


def read_settings(
    profile: str, options: Mapping[str, str], environment: Mapping[str, str]
) -> SlurmSettings:
    """Settings from ``options``, which are dotted keys, over those of a profile.

    ``profile`` is a TOML file; for an empty name it is the one that ``EMOSCOPE_SLURM`` names.

    Raises :class:`SlurmError` for a profile that cannot be read, an unknown key, and a value that
    cannot be, and says which is meant.
    """
    name, source = profile, profile
    if not name and (name := environment.get(PROFILE, "")):
        source = f"{name} (from {PROFILE})"
    values = _read_profile(name, source) if name else {}
    _check_keys(values, source, "")
    for option, value in options.items():
        key, dot, inner = option.partition(".")
        _check_keys({key: value}, "", "--slurm.")
        if key != "options":
            if dot:
                raise SlurmError(f"--slurm.{option}: {key} is one value. Give --slurm.{key} VALUE.")
            values[key] = value
        elif inner:
            values[key] = {**values.get(key, {}), inner: value}
        else:
            raise SlurmError("--slurm.options needs a name: --slurm.options.reservation VALUE.")
    try:
        return SlurmSettings.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        message = fault["msg"].removeprefix("Value error, ")
        if not fault["loc"]:
            raise SlurmError(f"{message}.") from None
        key = str(fault["loc"][0])
        where = f"--slurm.{key}" if key in options or not source else f"{source}: {key}"
        raise SlurmError(
            f"{where} = {fault['input']!r}: {message}. It is: {_meaning(key)}"
        ) from None


def _read_profile(name: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SlurmError(
            f"The SLURM profile {source} cannot be read: {reason}. Give the path of a TOML file."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SlurmError(f"The SLURM profile {source} is not valid TOML: {error}.") from error


def _check_keys(values: Mapping[str, Any], source: str, prefix: str) -> None:
    known = SlurmSettings.model_fields
    for key in values:
        if key not in known:
            where = f"The SLURM profile {source} has an unknown option" if source else "There is no"
            raise SlurmError(
                f"{where} {f'{prefix}{key}'!r}. {nearest(key, known)}The options are: "
                f"{listing(known, 30)}; others of sbatch go into the table options."
            )


def _meaning(key: str) -> str:
    return " ".join((SlurmSettings.model_fields[key].description or "").split())
