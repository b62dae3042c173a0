from __future__ import annotations

import subprocess
import sys

import pytest

HIDE = "import sys; sys.modules[{package!r}] = None; "


def run(package: str, code: str) -> subprocess.CompletedProcess[str]:
    command = HIDE.format(package=package) + code
    return subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("package", ["matplotlib", "jinja2"])
def test_writing_a_report_says_what_to_install(package: str) -> None:
    done = run(package, "import emoscope.report.write")
    assert "MissingExtra: " in done.stderr
    assert 'pip install "emoscope[report]"' in done.stderr


@pytest.mark.slow
def test_cards_and_comparisons_of_numbers_need_no_extra() -> None:
    code = (
        "sys.modules['jinja2'] = None; import emoscope.card; "
        "import emoscope.evaluation.paired_comparison; import emoscope.report.comparison_report; "
        "import emoscope.evaluation.annotator_agreement"
    )
    done = run("matplotlib", code)
    assert done.returncode == 0, done.stderr
