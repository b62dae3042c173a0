"""Reading test cases from JSON lines; the suite that ships with emoscope is such a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from emoscope.errors import DataError, NoExamples, UnknownLabel, UnreadableFile, listing, nearest
from emoscope.evaluation.behaviour.cases import (
    KINDS,
    Case,
    DirectionCase,
    InvarianceCase,
    MinimumFunctionalityCase,
)
from emoscope.io.files import missing
from emoscope.model_folder.json_file import strict_json
from emoscope.taxonomy import TAXONOMIES

SUITE = Path(__file__).with_name("suite.jsonl")
_MOST_BYTES = 64_000_000
_KEYS: Mapping[str, tuple[str, ...]] = {
    "minimum_functionality": ("text", "any_of", "none_of"),
    "invariance": ("texts",),
    "direction": ("text", "changed", "label", "change"),
}
"""Keys of each kind beside ``kind`` and ``capability``."""
_OPTIONAL = ("any_of", "none_of")


def read_cases(path: Path, labels: Collection[str] = (), *, name: str | None = None) -> list[Case]:
    """Read the cases of a file: JSON lines in UTF-8, one case a line, empty lines left out.

    ``labels`` are those of the model; the labels of the known taxonomies may be named too.
    Cases tell where they are by ``name``, by default the path, and line.

    Raises :class:`DataError` naming file, line and key of what is wrong: :class:`UnreadableFile`
    where a line is no JSON object, :class:`UnknownLabel` for a label that nothing has, and
    :class:`NoExamples` for a file without cases.
    """
    known = dict.fromkeys(
        (*labels, *(label for each in TAXONOMIES.values() for label in each.labels))
    )
    cases = []
    for number, line in enumerate(_read(path).removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            at = f"{path}, line {number}"
            cases.append(_Fields(_object(line, at), at, f"{name or path}:{number}", known).case())
    if not cases:
        raise NoExamples(f"{path} holds no cases. Write one JSON object a line.")
    return cases


def read_suite() -> list[Case]:
    """The cases that ship with emoscope."""
    return read_cases(SUITE, name="suite")


def _read(path: Path) -> bytes:
    if not path.exists():
        raise missing(path)
    if not path.is_file():
        raise UnreadableFile(f"{path} is not a regular file. Name a file of JSON lines.")
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(
            f"{path} cannot be read ({error.strerror or error}). Check its permissions."
        ) from error
    if len(content) > _MOST_BYTES:
        raise UnreadableFile(
            f"{path} has more than {_MOST_BYTES:,} bytes. Use `emoscope evaluate` for data sets."
        )
    return content


def _object(line: bytes, at: str) -> dict[str, Any]:
    try:
        found = strict_json(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        where = f"{at}: not UTF-8 (byte {error.start + 1} of the line)"
        raise UnreadableFile(f"{where}. Save the file as UTF-8.") from error
    except ValueError as error:
        raise UnreadableFile(f"{at}: not valid JSON ({error}). Write one object a line.") from error
    if not isinstance(found, dict):
        raise UnreadableFile(f"{at}: not a JSON object. Write one object a line.")
    return found


class _Fields:
    """The keys of one line, checked when they are asked for."""

    def __init__(
        self, values: dict[str, Any], at: str, where: str, known: Mapping[str, None]
    ) -> None:
        self._values = values
        self._at = at
        self._where = where
        self._known = known

    def case(self) -> Case:
        """The case of this line."""
        kind = self._choice("kind", KINDS)
        keys = ("kind", "capability", *_KEYS[kind])
        for key in self._values:
            if key not in keys:
                raise self._wrong(
                    key, f"unknown for {kind}. {nearest(key, keys)}Its keys are: {listing(keys)}"
                )
        capability = self._text("capability")
        if kind == "invariance":
            return InvarianceCase(self._where, capability, self._variants())
        if kind == "direction":
            text, changed = self._text("text"), self._text("changed")
            self._check_differ("changed", (text, changed))
            label = self._label("label", self._text("label"))
            rises = self._choice("change", ("rise", "fall")) == "rise"
            change: Literal["rise", "fall"] = "rise" if rises else "fall"
            return DirectionCase(self._where, capability, text, changed, label, change)
        any_of, none_of = self._labels("any_of"), self._labels("none_of")
        if not any_of and not none_of:
            raise self._wrong("any_of", "no label in it nor in 'none_of'. Name at least one")
        both = [label for label in any_of if label in none_of]
        if both:
            raise self._wrong("none_of", f"{both[0]!r} is in 'any_of' too. Take it out of one")
        return MinimumFunctionalityCase(
            self._where, capability, self._text("text"), any_of, none_of
        )

    def _variants(self) -> tuple[str, ...]:
        texts = self._strings("texts")
        if len(texts) < 2:
            raise self._wrong("texts", "fewer than two texts. Give two variants or more")
        self._check_differ("texts", texts)
        return texts

    def _check_differ(self, key: str, texts: tuple[str, ...]) -> None:
        if len(set(texts)) < len(texts):
            raise self._wrong(key, "one text stands there twice. Change it or leave it out")

    def _labels(self, key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._label(key, label) for label in self._strings(key)))

    def _label(self, key: str, label: str) -> str:
        if label not in self._known:
            raise UnknownLabel(
                f"{self._at}, key {key!r}: unknown label {label!r}. "
                f"{nearest(label, self._known)}Labels are: {listing(self._known, 30)}."
            )
        return label

    def _choice(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self._text(key)
        if value not in allowed:
            raise self._wrong(
                key, f"{value[:60]!r} is none of {listing(allowed)}. {nearest(value, allowed)}"
            )
        return value

    def _text(self, key: str) -> str:
        if key not in self._values:
            raise self._wrong(key, "not there. Add it")
        return self._checked(key, self._values[key])

    def _strings(self, key: str) -> tuple[str, ...]:
        if key not in self._values and key in _OPTIONAL:
            return ()
        values = self._values.get(key)
        if not isinstance(values, list):
            raise self._wrong(key, "not a list. Write a list of strings")
        return tuple(self._checked(key, value) for value in values)

    def _checked(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, "not a string with content. Write one in quotes")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise self._wrong(key, "half of a surrogate pair in it. Write the character") from None
        return value

    def _wrong(self, key: str, what: str) -> DataError:
        return DataError(f"{self._at}, key {key[:60]!r}: {what.strip().rstrip('.')}.")
