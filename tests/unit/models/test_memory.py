from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from emoscope.models.memory import is_out_of_memory  # noqa: E402

CPU_MESSAGE = (
    "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory"
)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError(CPU_MESSAGE),
        RuntimeError("MPS backend out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_every_allocator_is_understood(error):
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", [ValueError("x"), RuntimeError("shapes do not fit"), KeyError()])
def test_other_failures_are_not_taken_for_it(error):
    assert not is_out_of_memory(error)
