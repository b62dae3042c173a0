from __future__ import annotations

import csv
import io
import math

from emoscope.report.tables import Table, shown


def test_csv_keeps_text_as_it_is_and_leaves_the_undefined_empty(tmp_path) -> None:
    rows = (('say "hi",\nfriend', 3, 0.5, None), ("ok", 4, math.nan, 1.0))
    table = Table("name", "Title", ("text", "n", "a", "b"), rows)
    read = list(csv.reader(io.StringIO(table.to_csv())))
    assert read == [
        ["text", "n", "a", "b"],
        ['say "hi",\nfriend', "3", "0.500000", ""],
        ["ok", "4", "", "1.000000"],
    ]
    path = table.save(tmp_path / "new")
    assert path.name == "name.csv"
    assert path.read_bytes() == table.to_csv().encode()


def test_cells_as_people_read_them() -> None:
    assert [shown(cell) for cell in (1234, 0.12345, "x", None, math.nan)] == [
        "1,234",
        "0.123",
        "x",
        "–",
        "–",
    ]
