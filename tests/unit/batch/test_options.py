from __future__ import annotations

import pytest

from emoscope.batch.options import LabelOptions
from emoscope.errors import DataError


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"input_format": "xlsx"}, "input_format is 'xlsx'"),
        ({"probabilities": "long"}, "object, wide, none"),
        ({"delimiter": ";;"}, "one character"),
        ({"delimiter": '"'}, "one character"),
        ({"chunk_rows": 0}, "1 to 1,000,000"),
    ],
)
def test_values_that_cannot_be(wrong, message):
    with pytest.raises(DataError, match=message):
        LabelOptions(**wrong)


def test_what_shapes_the_output_and_what_does_not():
    plain = LabelOptions().shaping()
    assert LabelOptions(strict=True, overwrite=True, restart=True).shaping() == plain
    for change in ({"text": "body"}, {"prefix": "e_"}, {"chunk_rows": 5}, {"rollups": ("x",)}):
        assert LabelOptions(**change).shaping() != plain
