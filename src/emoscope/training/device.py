"""Where to train and in which number format: what this machine does well."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Literal

import torch

from emoscope.errors import DeviceError

Device = Literal["cpu", "cuda", "mps"]
Precision = Literal["fp32", "bf16", "fp16"]


def choose_device(asked: Literal["auto", "cpu", "cuda", "mps"]) -> Device:
    """The device to train on; raises :class:`DeviceError` when the asked one is absent."""
    has = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if asked == "auto":
        return "cuda" if has["cuda"] else "mps" if has["mps"] else "cpu"
    if asked != "cpu" and not has[asked]:
        raise DeviceError(
            f"device = {asked!r} was asked for, but this torch ({torch.__version__}) sees no such "
            "device. Set device = 'cpu' or 'auto', or install a torch build for your accelerator."
        )
    return asked


def choose_precision(asked: Literal["auto", "fp32", "bf16", "fp16"], device: Device) -> Precision:
    """The number format of matrix products; raises :class:`DeviceError` for fp16 off CUDA."""
    if asked == "auto":
        if device == "cuda":
            return precision_of_cuda(torch.cuda.get_device_capability())
        return "bf16" if device == "cpu" and bf16_gain() > 1.3 else "fp32"
    if asked == "fp16" and device != "cuda":
        raise DeviceError(
            f"precision = 'fp16' trains on CUDA only (it needs loss scaling), and the device is "
            f"{device}. Set precision = 'auto'."
        )
    return asked


def precision_of_cuda(capability: tuple[int, int]) -> Precision:
    """bf16 from Ampere (8.0) on; fp16 on Volta and Turing, whose bf16 is emulated; else fp32."""
    if capability >= (8, 0):
        return "bf16"
    return "fp16" if capability >= (7, 0) else "fp32"


@lru_cache(maxsize=1)
def bf16_gain(size: int = 384) -> float:
    """How many times faster this CPU multiplies bf16 matrices than fp32 ones; measured once.

    Flags would have to know every processor: AMX and AVX512-BF16 make it faster, others only
    pretend (one without AVX512 was measured at a hundredth of the speed).
    """
    seconds = {dtype: _matmul_seconds(dtype, size) for dtype in (torch.float32, torch.bfloat16)}
    return seconds[torch.float32] / seconds[torch.bfloat16]


def _matmul_seconds(dtype: torch.dtype, size: int) -> float:
    a = torch.ones(size, size, dtype=dtype)
    best = float("inf")
    with torch.inference_mode():
        for _ in range(3):  # the first one pays for kernel selection
            start = time.perf_counter()
            torch.mm(a, a)
            best = min(best, time.perf_counter() - start)
    return best
