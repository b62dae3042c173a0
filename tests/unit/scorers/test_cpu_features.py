from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.scorers import cpu_features as processor


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("processor : 0\nflags : fpu avx2 amx_bf16 amx_tile amx_int8\n", True),
        ("processor : 0\nflags : fpu avx2 avx512_vnni\n", False),
        (None, False),
    ],
)
def test_matrix_units(
    said: str | None, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "cpuinfo"
    if said is not None:
        place.write_text(said)
    monkeypatch.setattr(processor, "_CPUINFO", place)
    assert processor.has_matrix_units.__wrapped__() is found
