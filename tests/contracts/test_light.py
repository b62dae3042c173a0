"""The light path stays light: what importing, predicting and labelling may load."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch", "transformers", "tokenizers", "huggingface_hub", "sklearn", "skops", "pyarrow",
    "datasets", "matplotlib", "optuna", "pandas", "polars",
)  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """Names of HEAVY modules that are loaded after running ``code`` in a fresh Python."""
    report = f"import sys\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_loads_nothing_heavy() -> None:
    assert (
        loaded_by("import emoscope; emoscope.EmotionClassifier; emoscope.load; emoscope.train")
        == set()
    )


def test_predicting_loads_nothing_heavy() -> None:
    code = 'import emoscope; print(emoscope.load()(["thank you", "ça va? 🙂"])[0].labels)'
    assert loaded_by(code) == set()


def test_the_command_line_loads_nothing_heavy() -> None:
    assert loaded_by("import emoscope.cli.app") == set()


def test_recipes_are_read_without_anything_heavy() -> None:
    code = "from emoscope.training.recipe import *\n[load_recipe(n) for n in recipe_names()]"
    assert loaded_by(code) == set()


def test_import_takes_under_60_ms_beyond_python() -> None:
    """Processor time, the least of several runs: other work on the machine must not count."""
    resource = pytest.importorskip("resource", reason="processor times of children are POSIX")

    def seconds(code: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    runs = [(seconds("pass"), seconds("import emoscope")) for _ in range(9)]
    without, with_it = (min(column) for column in zip(*runs, strict=True))
    assert with_it - without < 0.06


@pytest.mark.skipif(
    os.environ.get("EMOSCOPE_CORE_ONLY") != "1", reason="only where the core stands alone"
)
def test_the_core_environment_holds_no_extra() -> None:
    """`make test` runs the core's tests in an environment of their own; this proves it is bare."""
    extras = (*HEAVY, "jinja2", "fastapi", "uvicorn", "prometheus_client")
    assert [name for name in extras if importlib.util.find_spec(name)] == []
    assert "site-packages" in str(Path(importlib.util.find_spec("emoscope").origin or ""))
