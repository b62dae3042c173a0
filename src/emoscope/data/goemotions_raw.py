"""GoEmotions before aggregation: one row is one rater's rating of one text.

Source: the release of Demszky et al. (2020), ``goemotions_1.csv`` to ``goemotions_3.csv``. The
columns that matter: text, id, rater_id, example_very_unclear and one 0/1 column for each of the 28
labels. Names of authors are in the files too; nothing here reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emoscope.data.assemble import source_file
from emoscope.data.examples import Examples, SourceFile
from emoscope.errors import ColumnMissing, NoExamples, UnreadableFile
from emoscope.io.read_options import ReadOptions
from emoscope.io.table import Table, read_table
from emoscope.taxonomy import GOEMOTIONS

NAME = "goemotions-raw"
_PATTERNS = ("goemotions_*.csv", "goemotions_*.csv.gz")
_AS_WRITTEN = ReadOptions(input_format="csv", delimiter=",", quoting="csv", header=True)
_COLUMNS = ("text", "id", "rater_id", "example_very_unclear")


def raw_files(folder: Path) -> list[Path]:
    """The rating files of a folder, by name."""
    return sorted(path for pattern in _PATTERNS for path in folder.glob(pattern))


def is_raw_folder(folder: Path) -> bool:
    """Tell whether ``folder`` holds rating files."""
    return bool(raw_files(folder))


@dataclass
class Ratings:
    """Clear ratings of all files; texts are numbered in order of appearance."""

    numbers: dict[str, int] = field(default_factory=dict)
    """Id of a text -> its number."""
    texts: list[str] = field(default_factory=list)
    rated: list[int] = field(default_factory=list)
    """For each rating, the number of its text."""
    chosen: list[tuple[int, ...]] = field(default_factory=list)
    """For each rating, the labels that the rater chose."""
    seen: set[tuple[str, str]] = field(default_factory=set)
    unclear: int = 0
    repeated: int = 0


def read_goemotions_raw(
    paths: Sequence[Path],
    *,
    min_raters: int = 2,
    sample_ratings: float = 1.0,
    seed: int = 0,
    official: Examples | None = None,
) -> Examples:
    """Turn ratings into labels that ``min_raters`` agree on, and soft labels, the share of raters.

    Ratings marked unclear leave; so do texts without a label that enough raters agree on (they are
    not neutral: their raters disagree). ``sample_ratings`` draws that share of the clear ratings
    first, as if fewer people had been asked.

    With the ``official`` examples, their validation and test splits become those of the result,
    labels as published, and none of their texts, known by id, is in train. Without, all is train.

    Raises a :class:`DataError` that names file, line and column.
    """
    ratings = Ratings()
    files = [_read_file(path, ratings) for path in paths]
    rated = np.array(ratings.rated, dtype=np.intp)
    drawn = _draw(len(rated), sample_ratings, seed)
    votes, raters = _count(ratings, rated, drawn)
    held = votes >= min_raters
    agreed = np.flatnonzero(held.any(axis=1))
    if not len(agreed):
        raise NoExamples(
            f"No text of {', '.join(path.name for path in paths)} has a label that {min_raters} "
            "raters agree on. Lower min_raters, or give all the rating files."
        )
    ids = np.array(list(ratings.numbers), dtype=object)
    apart = frozenset() if official is None else _ids_apart_from_train(official)
    kept = np.array([row for row in agreed if ids[row] not in apart], dtype=np.intp)
    notes = [
        f"{len(drawn):,} clear ratings of {int((raters > 0).sum()):,} texts were counted and "
        f"{ratings.unclear:,} unclear ones left out; {len(agreed):,} texts have a label that "
        f"{min_raters} or more raters agree on"
    ]
    if ratings.repeated:
        notes.append(
            f"{ratings.repeated:,} repeated ratings (same rater, same text) were not counted"
        )
    if official is None:
        notes.append(
            "WITHOUT the official files, so their validation and test texts may be in train: put "
            "the folder goemotions beside the ratings before comparing with others"
        )
    else:
        notes.append(
            f"{len(agreed) - len(kept):,} texts of the official validation and test splits were "
            "kept out of train; those splits are the official ones"
        )
    train = Examples(
        texts=tuple(ratings.texts[row] for row in kept),
        labels=held[kept],
        taxonomy=GOEMOTIONS,
        task="multi_label",
        ids=tuple(ids[kept]),
        splits=np.full(len(kept), "train", dtype="<U10"),
        soft_labels=(votes[kept] / raters[kept, None]).astype(np.float32),
        name=NAME,
        files=tuple(files),
        notes=tuple(notes),
    )
    return train if official is None else _append(train, official)


def read_ratings(paths: Sequence[Path]) -> Ratings:
    """The clear ratings of all files, one by one, for those who study the raters.

    Raises a :class:`DataError` that names file, line and column.
    """
    ratings = Ratings()
    for path in paths:
        _read_file(path, ratings)
    return ratings


def _ids_apart_from_train(official: Examples) -> frozenset[str]:
    return frozenset(official.select(official.splits != "train").ids)


def _read_file(path: Path, ratings: Ratings) -> SourceFile:
    table = read_table(path, _columns, _AS_WRITTEN)
    facts = zip(*(table.columns[name] for name in _COLUMNS), strict=True)
    marks = zip(*(table.columns[name] for name in GOEMOTIONS.labels), strict=True)
    parsed: dict[tuple[str, ...], tuple[int, ...]] = {}  # raters repeat a few hundred patterns
    for row, ((text, row_id, rater, unclear), pattern) in enumerate(zip(facts, marks, strict=True)):
        if _is_unclear(table, row, unclear):
            ratings.unclear += 1
            continue
        if (row_id, rater) in ratings.seen:
            ratings.repeated += 1
            continue
        ratings.seen.add((row_id, rater))
        number = ratings.numbers.setdefault(row_id, len(ratings.texts))
        if number == len(ratings.texts):
            ratings.texts.append(text)
        if pattern not in parsed:
            parsed[pattern] = _parse_marks(table, row, pattern)
        ratings.rated.append(number)
        ratings.chosen.append(parsed[pattern])
    return source_file(table)


def _columns(name: str, header: Sequence[str]) -> Sequence[str]:
    wanted = (*_COLUMNS, *GOEMOTIONS.labels)
    for column in wanted:
        if column not in header:
            raise ColumnMissing(name, column, header)
    return wanted


def _is_unclear(table: Table, row: int, cell: str) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if cell.strip().lower() not in known:
        raise UnreadableFile(
            f"{table.at(row)}, column 'example_very_unclear': {cell!r} is neither True nor False. "
            "The file may be damaged: download it again."
        )
    return known[cell.strip().lower()]


def _parse_marks(table: Table, row: int, marks: tuple[str, ...]) -> tuple[int, ...]:
    for label, mark in zip(GOEMOTIONS.labels, marks, strict=True):
        if mark not in ("0", "1"):
            raise UnreadableFile(
                f"{table.at(row)}, column {label!r}: {mark!r} is neither 0 nor 1. The file may be "
                "damaged: download it again."
            )
    return tuple(index for index, mark in enumerate(marks) if mark == "1")


def _draw(n: int, share: float, seed: int) -> npt.NDArray[np.intp]:
    """Positions of a share of ``n`` ratings, in order."""
    if share >= 1:
        return np.arange(n)
    random = np.random.default_rng(seed)
    return np.sort(random.choice(n, round(share * n), replace=False))


def _count(
    ratings: Ratings, rated: npt.NDArray[np.intp], drawn: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Votes (n_texts, n_labels) and raters (n_texts,) of the drawn ratings."""
    votes = np.zeros((len(ratings.texts), len(GOEMOTIONS)), dtype=np.intp)
    pairs = [(rated[i], label) for i in drawn for label in ratings.chosen[i]]
    if pairs:
        rows, labels = np.array(pairs).T
        np.add.at(votes, (rows, labels), 1)
    return votes, np.bincount(rated[drawn], minlength=len(ratings.texts))


def _append(train: Examples, official: Examples) -> Examples:
    """``train`` and behind it the official validation and test; their soft labels are 0 or 1."""
    held_out = official.select(official.splits != "train")
    soft = [part for part in (train.soft_labels, held_out.labels) if part is not None]
    return replace(
        train,
        texts=train.texts + held_out.texts,
        labels=np.concatenate([train.labels, held_out.labels]),
        ids=train.ids + held_out.ids,
        splits=np.concatenate([train.splits, held_out.splits]),
        soft_labels=np.concatenate(soft, dtype=np.float32),
        files=train.files + official.files,
    )
