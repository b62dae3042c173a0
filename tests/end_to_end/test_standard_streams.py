"""Commands whose standard streams are closed, full, cut off by their reader, or not UTF-8."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="needs a Unix shell"),
]

MODEL = Path(__file__).parents[1] / "fixtures" / "tiny_encoder"
EMOSCOPE = f"{sys.executable} -m emoscope"

RESULTS = {
    "text": f"predict 'so sad' --model {MODEL}",
    "texts": f"predict --model {MODEL} --format csv < i.txt",
    "file": f"predict i.csv --format csv --model {MODEL}",
    "explain": f"explain 'so sad' --model {MODEL}",
    "trends": f"trends i.csv --time when --no-chart --model {MODEL}",
    "help": "predict --help",
}
"""Commands whose result goes to standard output."""

TO_FILES = {
    "file": f"predict i.csv -o o.csv --model {MODEL}",
    "pipe": f"predict - --from csv -o o.csv --model {MODEL} < i.csv",
}


@pytest.fixture
def shell(tmp_path):
    rows = "".join(f"2024-01-{day:02},wow é 😀 {day}\n" for day in range(1, 29))
    (tmp_path / "i.csv").write_text("when,text\n" + rows * 40, encoding="utf-8")
    (tmp_path / "i.txt").write_text("thank you é 😀\n" * 3000, encoding="utf-8")

    def run(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command}"], cwd=tmp_path, capture_output=True,
            env={**os.environ, **environment}, timeout=120, check=False,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert b"Exception ignored" not in done.stderr, done.stderr.decode()
        return done

    return run


@pytest.mark.parametrize("command", RESULTS.values(), ids=RESULTS)
def test_results_that_cannot_be_written_are_an_error(shell, command):
    for closed in (">&-", "> /dev/full"):
        done = shell(f"{EMOSCOPE} {command} {closed}")
        assert done.returncode == 2, closed
        assert b"standard output failed" in done.stderr


@pytest.mark.parametrize("command", RESULTS.values(), ids=RESULTS)
def test_a_reader_that_leaves_ends_the_command_quietly(shell, command):
    done = shell(f"{EMOSCOPE} {command} | true")
    assert done.returncode in (0, 1, 141)  # 0: all was written before the reader left
    assert b"rror" not in done.stderr


def test_head_gets_its_line(shell):
    done = shell(f"{EMOSCOPE} {RESULTS['texts']} | head -n 1")
    assert done.stdout.startswith(b"text,")
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("name", ["texts", "file", "trends"])
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["cp1252", "ascii"],
)
def test_output_is_utf_8_on_every_console(shell, name, environment):
    done = shell(f"{EMOSCOPE} {RESULTS[name]}", **environment)
    assert done.returncode == 0
    assert done.stdout == shell(f"{EMOSCOPE} {RESULTS[name]}", PYTHONUTF8="1").stdout
    done.stdout.decode()


@pytest.mark.parametrize("command", TO_FILES.values(), ids=TO_FILES)
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
def test_files_are_written_all_the_same(shell, tmp_path, command, closed):
    assert shell(f"{EMOSCOPE} {command} {closed}").returncode == 0
    lines = (tmp_path / "o.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 28 * 40
    assert {path.name for path in tmp_path.iterdir()} == {"i.csv", "i.txt", "o.csv"}


@pytest.mark.parametrize("arguments", ["", "- --from csv -o o.csv", "- --from csv"])
def test_a_closed_standard_input_is_an_error(shell, tmp_path, arguments):
    done = shell(f"{EMOSCOPE} predict {arguments} --model {MODEL} <&-")
    assert done.returncode == 2
    assert b"standard input" in done.stderr
    assert not (tmp_path / "o.csv").exists()


def test_what_needs_no_input_works_without(shell):
    done = shell(f"{EMOSCOPE} {RESULTS['text']} <&-")
    assert done.returncode == 0
    assert b'"text": "so sad"' in done.stdout


def test_an_output_that_is_its_own_input_is_refused(shell, tmp_path):
    before = (tmp_path / "i.csv").read_bytes()
    for command in ("predict i.csv --format csv", "predict - --from csv < i.csv"):
        done = shell(f"{EMOSCOPE} {command} --model {MODEL} >> i.csv")
        assert (done.returncode, b"input file as well" in done.stderr) == (2, True)
    assert (tmp_path / "i.csv").read_bytes() == before
