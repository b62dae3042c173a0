from __future__ import annotations

import os

import pytest

from emoscope.errors import DeviceError
from emoscope.scorers.runtime_options import RuntimeOptions, runtime_options
from emoscope.scorers.usable_cores import usable_cores


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"device": "cude"}, "no device 'cude'. Did you mean 'cuda'"),
        ({"device": 3}, "no device 3"),
        ({"graph": "int4"}, "no graph 'int4'. Did you mean 'int8'"),
        ({"threads": 0}, "threads = 0 is impossible"),
        ({"threads": True}, "threads = True is impossible"),
        ({"threads": 2.0}, r"threads = 2\.0 is impossible"),
        ({"threads": "2"}, "threads = '2' is impossible"),
        ({"threads": 10**9}, "threads = 1000000000 is impossible"),
    ],
)
def test_impossible_values(given, message):
    with pytest.raises(DeviceError, match=message):
        RuntimeOptions(**given)


def test_threads_default_to_the_cores_of_this_process():
    assert RuntimeOptions().worker_threads == usable_cores() <= (os.cpu_count() or 1)
    assert RuntimeOptions(threads=3).worker_threads == 3


def test_arguments_come_before_the_environment():
    environment = {"EMOSCOPE_DEVICE": "CPU", "EMOSCOPE_THREADS": " 3 ", "EMOSCOPE_GRAPH": ""}
    assert runtime_options(environment=environment) == RuntimeOptions("cpu", 3, "auto")
    given = runtime_options("auto", 2, "fp32", environment)
    assert given == RuntimeOptions("auto", 2, "fp32")
    assert runtime_options(environment={}) == RuntimeOptions()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("EMOSCOPE_DEVICE", "gpu"),
        ("EMOSCOPE_THREADS", "many"),
        ("EMOSCOPE_THREADS", "0"),
        ("EMOSCOPE_THREADS", "-1"),
        ("EMOSCOPE_THREADS", "1e3"),
        ("EMOSCOPE_THREADS", "9" * 5000),
        ("EMOSCOPE_GRAPH", "int4"),
    ],
)
def test_an_impossible_variable_is_named(variable, value):
    with pytest.raises(DeviceError, match=variable):
        runtime_options(environment={variable: value})
