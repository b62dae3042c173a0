from __future__ import annotations

import pytest

import emoscope
from emoscope.batch.summary import Progress
from emoscope.cli.faster_model import with_hint
from emoscope.loading.catalogue import FAST


def said(model: str, *steps: tuple[int, float | None]) -> tuple[list[str], list[Progress]]:
    lines: list[str] = []
    passed: list[Progress] = []
    progress = with_hint(emoscope.load(model), passed.append, lines.append)
    for rows, share in steps:
        progress(Progress(rows, share, "labelling"))
    return lines, passed


def test_a_file_of_more_than_a_million_rows_is_told_of_the_fast_model_once():
    lines, passed = said("default", (0, 0.0), (1000, 0.0005), (2000, 0.001))
    assert len(lines) == 1
    assert "About 2.0 million rows. --model fast takes" in lines[0]
    assert f"{FAST.figures['macro_f1']:.3f}" in lines[0]
    assert [each.rows for each in passed] == [0, 1000, 2000]


@pytest.mark.parametrize(
    ("model", "step"),
    [("default", (1000, 0.001)), ("default", (5_000_000, None)), ("fast", (1000, 0.0001))],
    ids=["a million", "length unknown", "fast itself"],
)
def test_others_are_not(model: str, step: tuple[int, float | None]):
    assert said(model, step)[0] == []
