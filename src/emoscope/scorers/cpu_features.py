"""What the processor can do that changes how a text is best scored."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


@cache
def has_matrix_units() -> bool:
    """Whether the processor multiplies bytes tile by tile (Intel's AMX); read on Linux only.

    Then a short text's products are so quick that sharing them among threads costs what it brings.
    """
    try:
        with _CPUINFO.open(encoding="ascii", errors="replace") as file:
            return "amx_int8" in file.read(8192)  # the first core's flags
    except OSError:
        return False
