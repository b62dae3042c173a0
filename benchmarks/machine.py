"""What numbers were measured on; shared by the scripts beside it."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path


def machine(*libraries: str) -> dict[str, str]:
    """Processor, Python, date, and the versions of ``libraries``."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8").splitlines()
        cpu = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), cpu)
    return {
        "processor": f"{cpu}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "date": datetime.now(timezone.utc).date().isoformat(),
        **{name: metadata.version(name) for name in libraries},
    }
