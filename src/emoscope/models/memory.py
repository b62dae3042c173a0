"""Running out of memory, which every allocator tells in its own way."""

from __future__ import annotations

import torch

_SIGNS = ("out of memory", "DefaultCPUAllocator: ", "CUBLAS_STATUS_ALLOC_FAILED")
"""In the messages of the plain RuntimeErrors of MPS, the processor's allocator and cuBLAS."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether ``error`` is a processor's or an accelerator's allocation failure."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return any(sign in str(error) for sign in _SIGNS)
