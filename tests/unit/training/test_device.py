from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from emoscope.errors import DeviceError  # noqa: E402
from emoscope.training import device as hardware  # noqa: E402


@pytest.fixture
def no_accelerator(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_auto_falls_back_to_the_processor(no_accelerator):
    assert hardware.choose_device("auto") == "cpu"


@pytest.mark.parametrize("asked", ["cuda", "mps"])
def test_an_absent_device_is_an_error_that_says_what_to_set(no_accelerator, asked):
    with pytest.raises(DeviceError, match=f"'{asked}' was asked for.*device = 'cpu'"):
        hardware.choose_device(asked)


def test_cuda_is_preferred(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert hardware.choose_device("auto") == "cuda"


@pytest.mark.parametrize(
    ("capability", "precision"),
    [((6, 1), "fp32"), ((7, 0), "fp16"), ((7, 5), "fp16"), ((8, 0), "bf16"), ((9, 0), "bf16")],
)
def test_precision_by_compute_capability(capability, precision):
    assert hardware.precision_of_cuda(capability) == precision


@pytest.mark.parametrize(("gain", "precision"), [(0.01, "fp32"), (1.1, "fp32"), (4.0, "bf16")])
def test_a_processor_gets_what_it_is_fast_at(monkeypatch, gain, precision):
    monkeypatch.setattr(hardware, "bf16_gain", lambda: gain)
    assert hardware.choose_precision("auto", "cpu") == precision


def test_what_is_asked_for_is_taken():
    assert hardware.choose_precision("bf16", "cpu") == "bf16"
    assert hardware.choose_precision("fp32", "cuda") == "fp32"
    with pytest.raises(DeviceError, match="CUDA only"):
        hardware.choose_precision("fp16", "cpu")


def test_the_gain_is_measured_once():
    hardware.bf16_gain.cache_clear()
    assert hardware.bf16_gain(32) == hardware.bf16_gain(32) > 0
    assert hardware.bf16_gain.cache_info().misses == 1
