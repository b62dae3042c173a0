"""Every error that emoscope raises on purpose, the family tree on top.

    EmoscopeError
    ├── DataError             a file, a column, a row, a label
    │   ├── DataNotFound      no such file, folder or data set
    │   ├── UnreadableFile    broken encoding, broken CSV, JSON or Parquet
    │   ├── ColumnMissing
    │   ├── UnknownLabel      a label name or index outside the taxonomy
    │   ├── NoExamples        nothing left to work on
    │   └── UnusableSplit     one label only, a label never seen in train, no validation rows
    ├── TaxonomyError         unknown roll-up, label sets that do not match
    ├── RecipeError           unknown recipe or key, a value out of range
    ├── DecisionError         scores and labels that do not fit together, bad thresholds
    │   └── FitOnTest         an attempt to fit on a split named test
    ├── ModelFolderError      missing, altered, truncated or newer-format model folders
    ├── TrainingError         diverged, out of memory, cannot resume, cannot save
    │   ├── EncoderNotFound   no encoder of that name here, in the cache or on the hub
    │   └── ExportError       no graph can be made of a model, or it answers differently
    ├── SearchError           nothing to search, another study in the folder, no trial that works
    ├── ServiceError          a setting of the service that cannot be
    │   ├── RequestRefused    a request outside the service's rules or limits
    │   ├── Overloaded        more work than the queue holds, or a service that is closing
    │   ├── AnswerTooLate     the answer was not there when the time was up
    │   └── ScoringFailed     the model failed on a text
    ├── SlurmError            a job that SLURM cannot take, or that failed
    ├── DeviceError           an accelerator or provider that is not there
    └── MissingExtra          a capability that is not installed

A message says what happened, to which value, and what to do next. The command line prints it as
one paragraph and leaves with ``exit_code``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EmoscopeError(Exception):
    """Base of all errors that a user can cause and correct."""

    exit_code = 2


class DataError(EmoscopeError):
    """Something is wrong with input data."""


class DataNotFound(DataError):
    """A file, folder or data set does not exist."""


class UnreadableFile(DataError):
    """A file exists but its bytes are not what its name promises."""


class ColumnMissing(DataError):
    """A table lacks a column that was asked for."""

    def __init__(
        self,
        source: str,
        column: str,
        columns: Iterable[str],
        option: str = "",
        advice: str = "",
    ) -> None:
        known = list(columns)
        where = f" (given with {option})" if option else ""
        super().__init__(
            f"{source} has no column {column!r}{where}. {nearest(column, known)}{advice}"
            f"Its columns are: {listing(known)}."
        )


class UnknownLabel(DataError):
    """A label name or index is outside the taxonomy."""


class NoExamples(DataError):
    """No usable example is left."""


class UnusableSplit(DataError):
    """The splits cannot train or judge a model."""


class TaxonomyError(EmoscopeError):
    """Unknown roll-up or label, or two label sets that do not match."""


class RecipeError(EmoscopeError):
    """A recipe does not exist, or says something that cannot be."""


class DecisionError(EmoscopeError):
    """Scores cannot be turned into labels as asked."""


class FitOnTest(DecisionError):
    """Fitting on test data was asked for; emoscope refuses."""

    def __init__(self, what: str, split: str) -> None:
        super().__init__(
            f"Refusing to fit {what} on the split {split!r}: choices made on test data make the "
            "reported numbers worthless. Fit on the validation split instead."
        )


class ModelFolderError(EmoscopeError):
    """A model folder is missing, incomplete, altered, or from a newer emoscope."""


class TrainingError(EmoscopeError):
    """Training could not go on; what was saved before is still there."""


class EncoderNotFound(TrainingError):
    """An encoder cannot be had; a dry run goes on without its size."""


class ExportError(TrainingError):
    """A trained model cannot be written as an ONNX graph that answers as it does."""


class SearchError(EmoscopeError):
    """A search cannot begin, go on or give a result; its trials so far are kept."""


class SlurmError(EmoscopeError):
    """A job cannot be handed to SLURM as asked, or did not end well."""


class DeviceError(EmoscopeError):
    """The asked device or execution provider is not available."""


class ServiceError(EmoscopeError):
    """The service cannot start as asked, or cannot answer a request."""


class RequestRefused(ServiceError):
    """A request breaks a rule or a limit of the service; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Overloaded(ServiceError):
    """The service takes no more work now; ``retry_after`` says in how many seconds it may."""

    def __init__(self, message: str, retry_after: int, *, closing: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.closing = closing


class AnswerTooLate(ServiceError):
    """Nobody waits for the answer: the time was up, or the client has left (``client_left``)."""

    def __init__(self, message: str, *, client_left: bool = False) -> None:
        super().__init__(message)
        self.client_left = client_left


class ScoringFailed(ServiceError):
    """The model raised an error, or gave scores that are no numbers."""


class MissingExtra(EmoscopeError):
    """A capability was asked for whose packages are not installed."""

    def __init__(self, extra: str, capability: str) -> None:
        from importlib import metadata  # deferred: start-up

        known = metadata.metadata("emoscope").get_all("Provides-Extra") or []
        if extra not in known:  # a typing mistake of ours, not of the user's
            raise LookupError(f"pyproject.toml defines no extra {extra!r}; it has {known}")
        super().__init__(
            f"{capability} needs packages that are not installed. "
            f'Install them with: pip install "emoscope[{extra}]"'
        )


class EmoscopeWarning(UserWarning):
    """Something a user should know but that stops nothing."""


def first_line(error: BaseException) -> str:
    """First line of an error's message without its full stop; its class where it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def listing(names: Iterable[str], limit: int = 12) -> str:
    """Join ``names`` for a message, the first ``limit`` of them."""
    every = list(names)
    shown = ", ".join(every[:limit])
    return shown + (f" and {len(every) - limit} more" if len(every) > limit else "") or "none"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"Did you mean 'x'? "`` for the closest known name, or an empty string."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"Did you mean {found[0]!r}? " if found else ""
