from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emoscope.cli.app import app
from emoscope.cli.slurm import split_words
from emoscope.errors import RecipeError, SearchError, SlurmError, TrainingError


@pytest.mark.parametrize(
    ("line", "arguments", "parsed", "options"),
    [
        ("a --seed 1", "a --seed 1", "a --seed 1", {}),
        ("a --slurm --seed 1", "a --seed 1", "--slurm= a --seed 1", {}),
        ("--slurm site.toml a", "a", "--slurm=site.toml a", {}),
        ("--slurm a.csv", "a.csv", "--slurm= a.csv", {}),
        ("a --slurm=other", "a", "--slurm=other a", {}),
        ("a --slurm.time 60 b", "a b", "--slurm= a b", {"time": "60"}),
        ("a --slurm.time=60", "a", "--slurm= a", {"time": "60"}),
        ("a --slurm.options.mail-type END", "a", "--slurm= a", {"options.mail-type": "END"}),
        ("a --slurm --wait --dry-run", "a", "--slurm= a --wait --dry-run", {}),
        ("a --wait --dry-run", "a --wait --dry-run", "a --wait --dry-run", {}),
        ("a -- --slurm --wait", "a -- --slurm --wait", "a -- --slurm --wait", {}),
        ("--slurm -- --wait", "-- --wait", "--slurm= -- --wait", {}),
    ],
)
def test_words_for_slurm_are_taken_out(line, arguments, parsed, options) -> None:
    found = split_words(line.split())
    assert (found.arguments, found.parsed) == (arguments.split(), parsed.split())
    assert found.options == options


@pytest.mark.parametrize("line", ["a --slurm.time", "a --slurm.time --seed 1"])
def test_an_option_without_its_value_is_named(line: str) -> None:
    with pytest.raises(SlurmError, match=r"--slurm\.time needs a value"):
        split_words(line.split())


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EMOSCOPE_SLURM", raising=False)
    return tmp_path


TRAIN = ("train", "tfidf-5k-goemotions", "--name", "demo")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*TRAIN, "--wait"), "--wait is for jobs"),
        (("predict", "a.csv", "--dry-run"), "--dry-run is for jobs"),
        (("pretrain", "--text", "a.txt", "--wait"), "--wait is for jobs"),
        ((*TRAIN, "--slurm.partitoin", "x"), r"--slurm\.partitoin'\. Did you mean 'partition'"),
        ((*TRAIN, "--slurm", "gone.toml"), r"profile gone\.toml cannot be read"),
    ],
)
def test_what_cannot_be_submitted_is_one_error(here: Path, words, said: str) -> None:
    if "--wait" not in words and "--dry-run" not in words:
        pytest.importorskip("submitit")
    with pytest.raises(SlurmError, match=said):
        run(*words)
    assert list(here.iterdir()) == []


def test_what_is_wrong_with_the_command_is_said_before_it_is_submitted(here: Path) -> None:
    with pytest.raises(RecipeError, match="no recipe 'tfidf-5k'"):
        run("train", "tfidf-5k", "--slurm")
    (here / "runs" / "demo").mkdir(parents=True)
    with pytest.raises(TrainingError, match="exists already"):
        run(*TRAIN, "--slurm")
    (here / "runs" / "demo").rename(here / "runs" / "demo.unfinished")
    with pytest.raises(TrainingError, match=r"unfinished run.*--resume"):
        run(*TRAIN, "--slurm")
    assert [path.name for path in here.rglob("*")] == ["runs", "demo.unfinished"]


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
class TestSubmitted:
    """With a SLURM that is made of scripts."""

    @pytest.fixture(autouse=True)
    def _submitit(self) -> None:
        pytest.importorskip("submitit")

    def test_a_dry_run_prints_the_script(self, here: Path, no_slurm) -> None:
        (here / "site.toml").write_text('partition = "gpu"\n')
        found = run(*TRAIN, "--slurm", "site.toml", "--slurm.time", "90", "--dry-run")
        assert found.startswith("#!/bin/bash")
        assert "#SBATCH --partition=gpu" in found
        assert "#SBATCH --time=90" in found
        assert [path.name for path in here.iterdir()] == ["site.toml"]

    def test_the_number_is_printed_and_how_to_follow_it(self, here: Path, fake_slurm) -> None:
        fake_slurm(sbatch="echo Submitted batch job 41")
        found = run(*TRAIN, "--seed", "3", "--slurm", "--slurm.time", "90").split("\n")
        assert found[0] == "job        41"
        assert found[1].endswith("41_0_log.out")
        assert found[2] == "follow     emoscope jobs 41 --wait"
        (job,) = (here / "runs" / ".slurm").glob("*/job.json")
        words = "emoscope train tfidf-5k-goemotions --name demo --seed 3"
        assert f'"command": "{words}"' in job.read_text()
        assert not (here / "runs" / "demo").exists()

    def test_processes_that_train_together_are_for_training(self, here: Path, no_slurm) -> None:
        (here / "a.csv").write_text("text\nhello\n")
        with pytest.raises(SlurmError, match=r"--slurm\.tasks.*predict is one process"):
            run("predict", "a.csv", "-o", "out", "--slurm.tasks", "2")
        assert "ntasks-per-node=2" in run(*TRAIN, "--slurm.tasks", "2", "--dry-run")

    def test_files_are_labelled_by_an_array(self, here: Path, fake_slurm) -> None:
        fake_slurm(sbatch="echo Submitted batch job 42")
        for name in ("a.csv", "b.csv"):
            (here / name).write_text("text\nhello\n")
        found = run("predict", "*.csv", "-o", "out", "--wide", "--slurm")
        assert found.startswith("job        42, an array of 2\n")
        assert (here / "out").is_dir()
        (job,) = (here / "runs" / ".slurm").glob("*/job.json")
        assert "emoscope predict --wide --output out/a.csv -- a.csv" in job.read_text()

    def test_pretraining_is_submitted(self, here: Path, fake_slurm) -> None:
        fake_slurm(sbatch="echo Submitted batch job 43")
        (here / "a.txt").write_text("hello\nyou\n")
        run("pretrain", "--text", "a.txt", "-o", "new", "--slurm")
        (job,) = (here / "runs" / ".slurm").glob("*/job.json")
        assert '"command": "emoscope pretrain --text a.txt -o new"' in job.read_text()
        assert not (here / "new").exists()
        (here / "new").mkdir()
        (here / "new" / "model").write_text("")
        with pytest.raises(TrainingError, match="holds files already"):
            run("pretrain", "--text", "a.txt", "-o", "new", "--slurm")

    def test_workers_on_one_study_are_an_array_of_the_same_command(
        self, here: Path, fake_slurm
    ) -> None:
        pytest.importorskip("optuna")
        pytest.importorskip("sklearn")
        fake_slurm(sbatch="echo Submitted batch job 44")
        recipe = (
            'name = "mine"\n[data]\nname = "everyday"\n[model]\nkind = "linear"\n[search]\n'
            '"model.strength" = { low = 0.1, high = 10.0 }\n'
        )
        (here / "mine.toml").write_text(recipe)
        found = run("tune", "mine.toml", "--trials", "8", "--slurm", "--slurm.workers", "3")
        assert found.startswith("job        44, an array of 3\n")
        (job,) = (here / "runs" / ".slurm").glob("*/job.json")
        record = json.loads(job.read_text())
        copy = job.with_name("mine.toml")
        assert record["command"] == f"emoscope tune {copy} --trials 8"
        assert record["shared"]
        assert record["leaves"] == ["runs/mine-search"]
        assert copy.read_text() == recipe
        assert [path.name for path in here.iterdir() if path.name != "bin"] == ["mine.toml", "runs"]

    def test_a_recipe_without_a_space_is_not_submitted(self, here: Path, fake_slurm) -> None:
        pytest.importorskip("optuna")
        fake_slurm(sbatch="echo Submitted batch job 44")
        (here / "mine.toml").write_text('name = "mine"\n[model]\nkind = "linear"\n')
        with pytest.raises(SearchError, match=r"no \[search\] table"):
            run("tune", "mine.toml", "--slurm")
        assert not (here / "runs").exists()
