from __future__ import annotations

from pathlib import Path

import pytest

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from emoscope.batch.label_files import label_files  # noqa: E402
from emoscope.batch.label_table import TableLabeller  # noqa: E402
from emoscope.batch.options import LabelOptions  # noqa: E402
from emoscope.errors import ColumnMissing, DataError, TaxonomyError  # noqa: E402
from emoscope.inference.classifier import EmotionClassifier  # noqa: E402

BROKEN = pa.array([b"joy", b"caf\xe9", b"", b"fear", None], pa.binary()).view(pa.string())


@pytest.mark.parametrize("style", ["object", "wide", "none"])
def test_it_gives_what_label_files_gives(
    goemotions_classifier: EmotionClassifier, tmp_path: Path, style: str
) -> None:
    table = pa.table({"id": range(5), "text": BROKEN})
    options = LabelOptions(rollups=("ekman",), probabilities=style, prefix="e_")  # type: ignore[arg-type]
    pq.write_table(table, tmp_path / "in.parquet")
    label_files(goemotions_classifier, [tmp_path / "in.parquet"], tmp_path / "out.parquet", options)
    found = TableLabeller(goemotions_classifier, options)(table)
    assert found.equals(pq.read_table(tmp_path / "out.parquet"))
    assert [bool(error) for error in found.column("e_error").to_pylist()] == [0, 1, 1, 0, 1]


def test_a_table_without_rows_gets_the_columns(goemotions_classifier: EmotionClassifier) -> None:
    none = pa.table({"text": pa.array([], pa.string())})
    found = TableLabeller(goemotions_classifier)(none)
    assert found.num_rows == 0
    assert found.column_names[:4] == ["text", "labels", "top_label", "notes"]


def test_tables_that_cannot_be_labelled_are_told(goemotions_classifier: EmotionClassifier) -> None:
    labeller = TableLabeller(goemotions_classifier)
    with pytest.raises(ColumnMissing, match="The table has no column 'text'"):
        labeller(pa.table({"body": ["joy"]}))
    with pytest.raises(DataError, match=r"'labels'.*prefix"):
        labeller(pa.table({"text": ["joy"], "labels": ["x"]}))
    with pytest.raises(DataError, match="two columns of one name"):
        labeller(pa.Table.from_arrays([pa.array(["a"])] * 2, names=["text", "text"]))
    with pytest.raises(TaxonomyError, match="nothing"):
        TableLabeller(goemotions_classifier, LabelOptions(rollups=("nothing",)))
