"""How many processor cores this process may use: its affinity and its container's CPU quota.

Docker's ``--cpus 2`` and Kubernetes' limits are quotas of control groups: all cores stay visible,
and a process that starts a thread for each of 64 is stopped for most of every period. Affinity
(``taskset``, ``--cpuset-cpus``, SLURM) is another limit; the lower of the two counts.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

_ROOT = Path("/")


def usable_cores() -> int:
    """Cores that this process may use, at least 1; a fraction of a core counts as a whole one."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = _quota_of_this_process()
    return max(1, cores if quota is None else min(cores, math.ceil(quota)))


def cpu_quota(root: Path = _ROOT) -> float | None:
    """Cores that the control groups of this process allow; None without a limit.

    Groups are nested, and the tightest limit counts. Both versions are read: ``cpu.max`` of version
    2, ``cpu.cfs_quota_us`` and ``cpu.cfs_period_us`` of version 1. ``root`` holds ``proc`` and the
    mounted control groups. What cannot be read is no limit.
    """
    limits = [
        limit
        for folder in _group_folders(root)
        if (limit := _limit_v2(folder) or _limit_v1(folder)) is not None
    ]
    return min(limits, default=None)


@lru_cache(maxsize=1)
def _quota_of_this_process() -> float | None:
    return cpu_quota()


def _group_folders(root: Path) -> Iterator[Path]:
    """Folders of the groups that this process is in, each followed by those around it."""
    for mount, mount_root, controllers in _mounts(root):
        for line in _lines(root / "proc/self/cgroup"):
            number, _, rest = line.partition(":")
            names, _, place = rest.partition(":")
            if controllers is None and number != "0":
                continue
            if controllers is not None and "cpu" not in names.split(","):
                continue
            inner = _below(PurePosixPath(place), PurePosixPath(mount_root))
            folder = root / mount.lstrip("/")
            yield folder
            for part in inner:
                folder /= part
                yield folder


def _below(place: PurePosixPath, mount_root: PurePosixPath) -> tuple[str, ...]:
    """The path of a group below what is mounted.

    Inside a container, ``proc`` may tell the host's path while only the container's own group is
    mounted, or a path with ``..`` outside of it: then the mount itself is the group.
    """
    try:
        parts = place.relative_to(mount_root).parts
    except ValueError:
        return ()
    parts = tuple(part for part in parts if part != "/")
    return () if ".." in parts else parts


def _mounts(root: Path) -> list[tuple[str, str, str | None]]:
    """(mount point, the group mounted there, controllers; None for version 2) of cgroup mounts."""
    found: list[tuple[str, str, str | None]] = []
    for line in _lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or not kind:
            continue
        if kind[0] == "cgroup2":
            found.append((_unescaped(fields[4]), _unescaped(fields[3]), None))
        elif kind[0] == "cgroup" and "cpu" in kind[-1].split(","):
            found.append((_unescaped(fields[4]), _unescaped(fields[3]), kind[-1]))
    return found or [("/sys/fs/cgroup", "/", None), ("/sys/fs/cgroup/cpu", "/", "cpu")]


def _unescaped(path: str) -> str:
    for written, meant in (("\\040", " "), ("\\011", "\t"), ("\\134", "\\")):
        path = path.replace(written, meant)
    return path


def _limit_v2(folder: Path) -> float | None:
    quota, *period = next(iter(_lines(folder / "cpu.max")), "max").split() or ["max"]
    return _cores(quota, period[0] if period else "100000")


def _limit_v1(folder: Path) -> float | None:
    quota = next(iter(_lines(folder / "cpu.cfs_quota_us")), "-1")
    period = next(iter(_lines(folder / "cpu.cfs_period_us")), "100000")
    return _cores(quota, period)


def _cores(quota: str, period: str) -> float | None:
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):  # "max"
        return None
    return cores if cores > 0 else None  # -1: no limit


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
