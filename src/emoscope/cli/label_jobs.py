"""Labelling as jobs of SLURM: all files into one, or an array that labels each into its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emoscope.batch.label_files import check_place
from emoscope.errors import DataError
from emoscope.io.formats import (
    STANDARD_INPUT,
    Format,
    file_suffix,
    has_known_suffix,
    input_format,
    output_format,
    piped_format,
)
from emoscope.io.input_files import find_inputs
from emoscope.slurm.work import Submission, Work


def label_submission(
    words: tuple[str, ...],
    inputs: Sequence[str],
    output: Path | None,
    *,
    read_as: Format | None = None,
    written: Format | None = None,
    overwrite: bool = False,
) -> Submission:
    """What to submit for ``emoscope predict INPUTS -o OUTPUT``, whose ``words`` these are.

    An ``output`` whose name says a format gets all rows, from one job. Any other is a folder, in
    which each input gets a file of its name, from a job of its own.

    Raises :class:`DataError` for inputs that are not there or standard input, and for outputs that
    are, or that two inputs would share.
    """
    if output is None or str(output) == STANDARD_INPUT or STANDARD_INPUT in inputs:
        raise DataError(
            "A job reads files and writes files. Give both: emoscope predict 'comments-*.csv' -o "
            "labelled/ --slurm labels each file into that folder, -o labelled.csv all into one."
        )
    paths = find_inputs(inputs)
    if has_known_suffix(output) and not output.is_dir():
        output_format(output)
        check_place(output, paths, overwrite=overwrite)
        again = tuple(word for word in words if word != "--restart")
        return Submission(output.name, (Work(words, again, output, overwrite),))
    targets: dict[Path, Path] = {}
    for path in paths:
        target = output / _name(path, read_as, written)
        if target in targets:
            raise DataError(
                f"{targets[target]} and {path} would both be labelled into {target}. Label them in "
                "separate runs, into two folders."
            )
        if output.exists():
            check_place(target, paths, overwrite=overwrite)
        targets[target] = path
    options = _options(words, inputs)
    works = []
    for target, path in targets.items():
        own = (*options, "--output", str(target), "--", str(path))
        again = tuple(word for word in own if word != "--restart")
        works.append(Work(own, again, target, overwrite))
    return Submission("predict", tuple(works), makes=output)


def _options(words: tuple[str, ...], inputs: Sequence[str]) -> list[str]:
    """The words without inputs and output."""
    kept: list[str] = []
    left, rest = list(inputs), list(words)
    while rest:
        word = rest.pop(0)
        if word in left:
            left.remove(word)
        elif word in ("-o", "--output"):
            rest.pop(0)
        elif not (word == "--" or word.startswith(("--output=", "-o"))):
            kept.append(word)
    return kept


def _name(path: Path, read_as: Format | None, written: Format | None) -> str:
    """The name of a labelled file: that of its input, where its format can be written."""
    stem = path.name.removesuffix(".gz").removesuffix(file_suffix(path))
    if written is not None:
        return f"{stem}.{written}"
    try:
        output_format(path)
    except DataError:
        return f"{stem}.{piped_format(input_format(path, read_as)).format}"
    return path.name
