from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

import emoscope
from emoscope.data.load import load_examples
from emoscope.data.settings import DataSettings
from emoscope.errors import (
    ColumnMissing,
    DataError,
    DataNotFound,
    RecipeError,
    TrainingError,
)
from emoscope.training.own_data import resolve_recipe

QUICK = {"repeats": 1, "folds": 2, "characters": False}
WORDS = {"joy": "happy glad", "fear": "afraid scared", "anger": "furious mad"}


@pytest.fixture
def columns() -> dict[str, list[Any]]:
    names = list(WORDS)
    tags = [[names[i % 3]] if i % 5 else [names[i % 3], names[(i + 1) % 3]] for i in range(60)]
    return {
        "body": [f"{' '.join(WORDS[tag] for tag in found)} n{i}" for i, found in enumerate(tags)],
        "tags": tags,
    }


def train(tmp_path: Path, *given: Any, **options: Any) -> Any:
    return emoscope.train(*given, settings=QUICK, runs=tmp_path / "runs", **options)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "mapping", "csv"])
def test_every_kind_of_table_trains_the_same_model(
    columns: dict[str, list[Any]], tmp_path: Path, kind: str
) -> None:
    given: Any = columns
    if kind == "csv":
        given = tmp_path / "tickets.csv"
        rows = zip(columns["body"], columns["tags"], strict=True)
        lines = ["body,tags", *(f"{body},{'|'.join(tags)}" for body, tags in rows)]
        given.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif kind != "mapping":
        package = pytest.importorskip(kind)
        given = package.table(columns) if kind == "pyarrow" else package.DataFrame(columns)
    run = train(tmp_path, given, text="body", labels="tags")
    assert run.folder == tmp_path / "runs" / ("tickets" if kind == "csv" else "own")
    assert run.classifier("scared and afraid").labels == ("fear",)
    lists = train(tmp_path, columns["body"], columns["tags"], name="lists")
    np.testing.assert_array_equal(run.test.scores, lists.test.scores)
    assert repr(run).startswith(f"Run('{run.folder}', test: macro_f1 ")


def test_the_classifier_of_a_run_is_the_one_that_load_opens(
    columns: dict[str, list[Any]], tmp_path: Path
) -> None:
    said: list[str] = []
    run = train(tmp_path, np.array(columns["body"]), columns["tags"], say=said.append)
    assert "task: multi_label, since texts have more than one label" in said
    expected = emoscope.load(run.folder).predict_proba(columns["body"])
    again = pickle.loads(pickle.dumps(run.classifier))
    np.testing.assert_array_equal(again.predict_proba(columns["body"]), expected)
    record = run.classifier.manifest.provenance["data"]["files"][0]
    assert (record["name"], record["rows"]) == ("table", 60)


def test_examples_are_taken_as_they_are(columns: dict[str, list[Any]], tmp_path: Path) -> None:
    from emoscope.io.frames import Frame

    settings = DataSettings(name="file", text="body", labels="tags", seed=5)
    examples = load_examples(settings, Frame(columns))
    run = train(tmp_path, examples)
    assert run.test.truth.tolist() == examples.split("test").labels.tolist()


def test_what_cannot_be_is_told(columns: dict[str, list[Any]], tmp_path: Path) -> None:
    with pytest.raises(ColumnMissing, match="no column 'text'"):
        train(tmp_path, columns)
    with pytest.raises(DataError, match="60 texts and 59 labels"):
        train(tmp_path, columns["body"], columns["tags"][1:])
    with pytest.raises(DataError, match="texts without labels"):
        train(tmp_path, columns["body"])
    with pytest.raises(DataError, match="labels is a list"):
        train(tmp_path, columns, columns["tags"])
    with pytest.raises(DataError, match="position 0"):
        train(tmp_path, [1, 2], ["a", "b"])
    with pytest.raises(DataNotFound, match=r"nothing\.csv"):
        train(tmp_path, str(tmp_path / "nothing.csv"))
    with pytest.raises(RecipeError, match="Did you mean"):
        train(tmp_path, columns, recipe="tfdif")
    assert not (tmp_path / "runs").exists()
    train(tmp_path, columns, text="body", labels="tags")
    with pytest.raises(TrainingError, match="exists already"):
        train(tmp_path, columns, text="body", labels="tags")


def test_own_data_takes_the_place_of_a_recipes_data_sets(tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text("text,label\na,b\n", encoding="utf-8")
    resolved = resolve_recipe("minilm-everyday", {}, data=file)
    assert (resolved.name, resolved.more_data) == ("minilm-everyday", ())
    assert resolve_recipe(None, {}, data=file).name == "tickets"
    assert resolve_recipe(None, {}, data=file, name="x").name == "x"
    assert len(resolve_recipe("minilm-everyday", {}, data=tmp_path).more_data) == 1
