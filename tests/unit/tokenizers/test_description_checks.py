from __future__ import annotations

import base64

import pytest

from emoscope.tokenizers.description_checks import check_description


def charsmap(size: int, table: bytes) -> dict[str, object]:
    encoded = base64.b64encode(size.to_bytes(4, "little") + table).decode()
    return {"normalizer": {"type": "Precompiled", "precompiled_charsmap": encoded}}


def replace(content: str) -> dict[str, object]:
    return {"type": "Replace", "pattern": {"String": "a"}, "content": content}


def test_what_is_in_use_passes() -> None:
    check_description(charsmap(8, bytes(12)))
    check_description({"normalizer": {"normalizers": [replace('"'), replace("▁")] * 3}})
    check_description({"model": {"vocab": {"id": 5_000_000}}})


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        (charsmap(4_294_967_292, bytes(12)), "more bytes than it has"),
        (charsmap(40, bytes(12)), "more bytes than it has"),
        ({"normalizer": {"precompiled_charsmap": "?"}}, "not base64"),
        ({"normalizer": {"normalizers": [replace("a" * 40)] * 2}}, "1,600 characters of one"),
        ({"added_tokens": [{"id": 4_000_000, "content": "x"}]}, "token id 4000000"),
    ],
)
def test_what_takes_too_much_memory(description: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_description(description)
