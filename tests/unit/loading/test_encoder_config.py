from __future__ import annotations

import json
from pathlib import Path

import pytest

from emoscope.errors import ModelFolderError
from emoscope.loading.encoder_config import check_encoder_config


def write(folder: Path, **values: object) -> None:
    plain = {"vocab_size": 250_002, "num_hidden_layers": 24, "id2label": {"0": "joy"}, "p": [0.1]}
    (folder / "config.json").write_text(json.dumps({**plain, **values}), encoding="utf-8")


def test_what_encoders_have(tmp_path: Path) -> None:
    write(tmp_path, rope_theta=1e30, text_config={"hidden_size": 4_096}, use_cache=True)
    check_encoder_config(tmp_path)


@pytest.mark.parametrize(
    "values",
    [{"num_hidden_layers": 10**9}, {"n_layers": 1_001}, {"num_labels": 5 * 10**8},
     {"vocab_size": 1 << 62}, {"encoder": {"num_hidden_layers": 10**9}}, {"sizes": [[10**9]]}],
)  # fmt: skip
def test_what_no_encoder_has(tmp_path: Path, values: dict[str, object]) -> None:
    write(tmp_path, **values)
    with pytest.raises(ModelFolderError, match="which no encoder has"):
        check_encoder_config(tmp_path)


def test_no_json(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b"[" * 5_000)
    with pytest.raises(ModelFolderError, match="nested too deeply"):
        check_encoder_config(tmp_path)
