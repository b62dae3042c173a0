"""Data sets of the Hugging Face hub, through ``datasets``; this is the one file that imports it.

A folder works in place of a hub id, which is also how the tests do without a network.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from emoscope.data.examples import SPLITS, Examples, split_name
from emoscope.data.settings import DataSettings
from emoscope.data.tabular import Columns, choose_columns, examples_of_tables
from emoscope.errors import DataError, DataNotFound, MissingExtra, NoExamples, listing
from emoscope.io.table import Table

SECONDS_TO_ANSWER = 4.0
"""How long the hub may take to say that it is there."""

_TRUE = ("1", "ON", "YES", "TRUE")


def hub_problem(hub_id: str) -> str | None:
    """Why ``hub_id`` cannot be fetched now, as the end of a sentence; None when it can.

    Asks the hub, and waits no longer than :data:`SECONDS_TO_ANSWER`.
    """
    if importlib.util.find_spec("datasets") is None:
        return str(MissingExtra("hub", "the hub"))
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE:
        return "the hub was not asked, since HF_HUB_OFFLINE is set"
    answer: list[str | None] = []
    # A thread, because looking up a host name has no time limit of its own: offline it can hang for
    # half a minute, whatever limit the request has. A daemon does not keep the program from ending.
    asking = threading.Thread(target=lambda: answer.append(_ask(hub_id)), daemon=True)
    asking.start()
    asking.join(SECONDS_TO_ANSWER)
    return answer[0] if answer else f"the hub did not answer within {SECONDS_TO_ANSWER:.0f} seconds"


def _ask(hub_id: str) -> str | None:
    from huggingface_hub import HfApi  # deferred: extra hub
    from huggingface_hub.errors import RepositoryNotFoundError  # deferred: extra hub

    try:
        HfApi().dataset_info(hub_id, timeout=SECONDS_TO_ANSWER)
    except RepositoryNotFoundError:
        return f"the hub has no data set {hub_id}, or not for you"
    except Exception as error:  # noqa: BLE001  whatever it is, the hub cannot be used now
        return f"the hub cannot be reached ({type(error).__name__})"
    return None


def read_hub(hub_id: str, settings: DataSettings, *, problem: str | None = None) -> Examples:
    """Read a data set of the hub, or a folder that ``datasets`` understands.

    Columns are those of ``settings``, or ``text`` and ``labels`` or ``label``; names of labels
    come with the data set when it has them. ``problem`` tells why the hub cannot be asked, from
    :func:`hub_problem`: only what an earlier download left is read then.

    Raises :class:`MissingExtra` without ``datasets``, :class:`DataNotFound` when there is no such
    data set or no way to it, and what :func:`examples_of_tables` raises.
    """
    loaded = _load(hub_id, settings.hub_config, problem)
    tables: dict[str, Table] = {}
    names: tuple[str, ...] = ()
    left_out = []
    for split, rows in loaded.items():
        try:
            canonical = split_name(split)
        except DataError:
            left_out.append(split)
            continue
        where = f"hub:{hub_id} ({split})"
        columns = choose_columns(where, rows.column_names, settings)
        names = names or _label_names(rows.features, columns)
        tables[canonical] = _table(where, rows, columns)
    if not tables:
        raise NoExamples(
            f"{hub_id} has no split called {listing(SPLITS)}; it has: {listing(left_out)}. "
            "Download it and give its files, or name another configuration (hub_config)."
        )
    examples = examples_of_tables(tables, settings, name=Path(hub_id).name, label_names=names)
    if left_out:
        note = f"left out the splits {listing(left_out)}"
        examples = replace(examples, notes=(*examples.notes, note))
    return examples


def _load(hub_id: str, config: str | None, problem: str | None) -> Mapping[str, Any]:
    try:
        import datasets  # deferred: extra hub
    except ImportError as error:
        raise MissingExtra("hub", "Reading data sets of the hub") from error
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        with _offline(datasets, problem is not None):
            loaded = datasets.load_dataset(hub_id, config)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        first_line = str(error).partition("\n")[0]
        reason = f"{problem}, and no earlier download is there" if problem else first_line
        raise DataNotFound(
            f"The data set {hub_id!r} cannot be read: {reason}. Check its name and the network, or "
            "download its files and give them with --data."
        ) from None
    return dict(loaded)


@contextmanager
def _offline(datasets: Any, wanted: bool) -> Iterator[None]:
    """Let ``datasets`` look into its cache only; otherwise it tries the network for minutes."""
    before = datasets.config.HF_HUB_OFFLINE
    datasets.config.HF_HUB_OFFLINE = before or wanted
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE = before


def _table(where: str, rows: Any, columns: Columns) -> Table:
    cells = {name: list(rows[name]) for name in columns.every()}
    sha256 = hashlib.sha256()
    for text in cells[columns.text]:  # the files lie in a cache; the texts are what counts
        sha256.update(str(text).encode("utf-8", "surrogatepass") + b"\n")
    places = range(1, len(rows) + 1)
    return Table(where, cells, places, Path(where).name, sha256.hexdigest())


def _label_names(features: Any, columns: Columns) -> tuple[str, ...]:
    """Names behind the indices of a ClassLabel, or of a list of them; else none."""
    if len(columns.labels) != 1:
        return ()
    feature = features[columns.labels[0]]
    feature = getattr(feature, "feature", feature)  # a list holds what it lists
    return tuple(getattr(feature, "names", None) or ())
