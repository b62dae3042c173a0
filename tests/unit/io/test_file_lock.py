from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emoscope.io.file_lock import HAS_LOCKS, lock_file, locked

pytestmark = pytest.mark.skipif(not HAS_LOCKS, reason="no locks here")

HOLDER = """
import sys
from emoscope.io.file_lock import lock_file
file = open(sys.argv[1], "ab")
print(lock_file(file), flush=True)
sys.stdin.read()
"""


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("ab") as first, (tmp_path / "lock").open("ab") as second:
        assert lock_file(first)
        assert not lock_file(second)
        first.close()
        assert lock_file(second)


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with path.open("ab") as file:
            assert not lock_file(file)
            os.kill(holder.pid, signal.SIGKILL)
            holder.wait()
            assert lock_file(file)


def test_who_waits_comes_after(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    done = tmp_path / "done"
    code = f"""
from pathlib import Path
from emoscope.io.file_lock import locked
with locked(Path({str(path)!r})):
    Path({str(done)!r}).touch()
"""
    with locked(path):
        other = subprocess.Popen([sys.executable, "-c", code])
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.7)
        assert not done.exists()
    assert other.wait(20) == 0
    assert done.exists()
