from __future__ import annotations

import os

import pytest

from emoscope.errors import DeviceError
from emoscope.scorers.runtime_options import RuntimeOptions, usable_cores


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"provider": "cude"}, "no provider 'cude'. Did you mean 'cuda'"),
        ({"graph": "int4"}, "no graph 'int4'. Did you mean 'int8'"),
        ({"threads": 0}, "threads = 0 is impossible"),
        ({"batch_tokens": -1}, "batch_tokens = -1 is impossible"),
    ],
)
def test_impossible_values(given, message):
    with pytest.raises(DeviceError, match=message):
        RuntimeOptions(**given)


def test_threads_default_to_the_cores_of_this_process():
    assert RuntimeOptions().worker_threads == usable_cores() <= (os.cpu_count() or 1)
    assert RuntimeOptions(threads=3).worker_threads == 3
