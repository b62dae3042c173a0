from __future__ import annotations

from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")

import emoscope  # noqa: E402
from emoscope.errors import ColumnMissing, DataError, TaxonomyError  # noqa: E402
from emoscope.inference import label_table as module  # noqa: E402
from emoscope.inference.classifier import EmotionClassifier  # noqa: E402

TEXTS = ["thank you so much!", None, "I am scared", "", "what a happy day"]


@pytest.fixture(scope="module")
def classifier() -> EmotionClassifier:
    return emoscope.load()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rows are three parts."""
    monkeypatch.setattr(module, "_ROWS", 2)


def test_a_pandas_frame_keeps_its_index_and_types(classifier: EmotionClassifier) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "text": TEXTS,
            "when": pandas.date_range("2026-01-01", periods=5, tz="UTC"),
            "small": pandas.array([1, None, 3, 4, 5], dtype="Int8"),
            "kind": pandas.Categorical(["a", "b", "a", "b", "a"]),
        },
        index=pandas.Index([3, 3, 1, 7, 0], name="key"),  # with a repeated one
    )
    before = frame.copy(deep=True)
    found = classifier.label(frame)
    pandas.testing.assert_frame_equal(frame, before)
    pandas.testing.assert_frame_equal(found[list(frame.columns)], before)
    predictions = classifier([text or "" for text in TEXTS])
    for row in (0, 2, 4):
        assert found["labels"].iloc[row] == list(predictions[row].labels)
        assert found["top_label"].iloc[row] == predictions[row].top_label
        assert found["probability_joy"].iloc[row] == pytest.approx(
            predictions[row].probabilities["joy"], abs=1e-6
        )
    assert found["labels"].iloc[1] == []
    assert found["error"].tolist()[1] == "no text in column 'text'"
    assert found["error"].isna().tolist() == [True, False, True, False, True]
    assert found["probability_joy"].isna().tolist() == [False, True, False, True, False]
    assert str(found["probability_joy"].dtype) == "float32"


def test_polars_and_arrow_give_the_same(classifier: EmotionClassifier) -> None:
    polars = pytest.importorskip("polars")
    columns: dict[str, Any] = {"id": [1, 2, 3, 4, 5], "text": TEXTS}
    options: dict[str, Any] = {"rollups": ("ekman",), "probabilities": "object", "prefix": "e_"}
    arrow = classifier.label(pa.table(columns), **options)
    assert isinstance(arrow, pa.Table)
    assert arrow.column_names == [
        "id", "text", "e_labels", "e_top_label", "e_ekman_labels", "e_ekman_top_label", "e_notes",
        "e_error", "e_probabilities", "e_ekman_probabilities",
    ]  # fmt: skip
    frame = polars.DataFrame(columns, schema={"id": polars.UInt8, "text": polars.String})
    found = classifier.label(frame, **options)
    assert isinstance(found, polars.DataFrame)
    assert found.schema["id"] == polars.UInt8
    numbers = ["e_probabilities", "e_ekman_probabilities"]
    assert found.drop(numbers).to_dicts() == arrow.drop_columns(numbers).to_pylist()
    for name in numbers:
        assert found[name][2] == arrow.column(name)[2].as_py()
    assert found["e_probabilities"].dtype == polars.Struct(
        dict.fromkeys(classifier.labels, polars.Float32)
    )


def test_a_stream_of_batches_becomes_an_arrow_table(classifier: EmotionClassifier) -> None:
    table = pa.table({"body": ["so happy", "so sad", "so angry"]})
    found = classifier.label(table.to_reader(), probabilities="none")
    assert found.column_names == ["body", "labels", "top_label", "notes", "error"]
    assert found.num_rows == 3


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_a_table_without_rows_gets_the_columns(classifier: EmotionClassifier, kind: str) -> None:
    empty: Any = pa.table({"text": pa.array([], pa.string())})
    if kind == "pandas":
        pytest.importorskip("pandas")
        empty = empty.to_pandas()
    elif kind == "polars":
        empty = pytest.importorskip("polars").from_arrow(empty)
    found = classifier.label(empty)
    assert len(found) == 0
    names = found.column_names if kind == "arrow" else list(found.columns)
    assert names[:5] == ["text", "labels", "top_label", "notes", "error"]


def test_what_cannot_be_labelled_is_told(classifier: EmotionClassifier) -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ColumnMissing, match="'body'"):
        classifier.label(pandas.DataFrame({"text": ["a"]}), text="body")
    with pytest.raises(DataError, match="which column holds the texts"):
        classifier.label(pandas.DataFrame({"a": ["good day"], "b": ["bad day"]}))
    with pytest.raises(DataError, match=r"'labels'.*prefix"):
        classifier.label(pandas.DataFrame({"text": ["a"], "labels": ["x"]}))
    with pytest.raises(DataError, match="probabilities is 'tall'"):
        classifier.label(pandas.DataFrame({"text": ["a"]}), probabilities="tall")  # type: ignore[arg-type]
    with pytest.raises(TaxonomyError, match="nothing"):
        classifier.label(pandas.DataFrame({"text": ["a"]}), rollups=["nothing"])
    with pytest.raises(DataError, match="is a dict, which no columns are added to"):
        classifier.label({"text": ["a"]})
    with pytest.raises(DataError, match="type list, which cannot be read as a table"):
        classifier.label(["a"])
