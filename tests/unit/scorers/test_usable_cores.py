"""Control groups as Linux shows them, in fake files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emoscope.scorers import usable_cores as module
from emoscope.scorers.usable_cores import cpu_quota, usable_cores

V2 = "30 23 0:26 {root} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
V1 = "33 25 0:30 {root} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct"


def machine(root: Path, group: str, mounts: str, files: dict[str, str]) -> Path:
    files = {"proc/self/cgroup": group, "proc/self/mountinfo": mounts, **files}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("written", "cores"),
    [("200000 100000", 2.0), ("150000 100000", 1.5), ("max 100000", None), ("5000 100000", 0.05),
     ("max", None), ("300000", 3.0), ("", None), ("nonsense 0", None), ("100000 0", None)],
)  # fmt: skip
def test_version_2(tmp_path: Path, written: str, cores: float | None) -> None:
    files = {"sys/fs/cgroup/cpu.max": written}
    assert cpu_quota(machine(tmp_path, "0::/", V2.format(root="/"), files)) == cores


def test_the_tightest_of_nested_groups_counts(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/pod/cpu.max": "250000 100000",
        "sys/fs/cgroup/pod/one/cpu.max": "max 100000",
        "sys/fs/cgroup/pod/one/two/cpu.max": "800000 100000",
        "sys/fs/cgroup/other/cpu.max": "1000 100000",
    }
    root = machine(tmp_path, "0::/pod/one/two", V2.format(root="/"), files)
    assert cpu_quota(root) == 2.5


@pytest.mark.parametrize("place", ["/docker/abc", "/../../elsewhere", "/"])
def test_a_container_that_sees_only_its_own_group(tmp_path: Path, place: str) -> None:
    files = {"sys/fs/cgroup/cpu.max": "200000 100000"}
    mounts = V2.format(root="/docker/abc" if "docker" in place else "/")
    assert cpu_quota(machine(tmp_path, f"0::{place}", mounts, files)) == 2.0


@pytest.mark.parametrize(
    ("quota", "period", "cores"),
    [("400000", "100000", 4.0), ("-1", "100000", None), ("50000", "200000", 0.25)],
)
def test_version_1(tmp_path: Path, quota: str, period: str, cores: float | None) -> None:
    files = {
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": quota,
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": period,
    }
    group = "12:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/system.slice"
    assert cpu_quota(machine(tmp_path, group, V1.format(root="/docker/abc"), files)) == cores


def test_version_1_beside_version_2(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "300000",
        "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000",
    }
    mounts = V1.format(root="/") + "\n35 25 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
    assert cpu_quota(machine(tmp_path, "4:cpu,cpuacct:/job\n0::/job", mounts, files)) == 3.0


def test_without_any_of_these_files_there_is_no_limit(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path) is None


def test_affinity_and_quota_both_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    for quota, cores in ((2.0, 2), (1.5, 2), (0.05, 1), (None, 64), (200.0, 64)):
        monkeypatch.setattr(module, "_quota_of_this_process", lambda quota=quota: quota)
        assert usable_cores() == cores
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert usable_cores() == 1
