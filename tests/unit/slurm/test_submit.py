from __future__ import annotations

import sys
from pathlib import Path

import pytest

submitit = pytest.importorskip("submitit")
if sys.platform == "win32":
    pytest.skip("shell scripts", allow_module_level=True)

from emoscope.cli.app import run_words  # noqa: E402
from emoscope.errors import SlurmError  # noqa: E402
from emoscope.slurm.records import find_record  # noqa: E402
from emoscope.slurm.settings import SlurmSettings  # noqa: E402
from emoscope.slurm.submit import script, submit  # noqa: E402
from emoscope.slurm.work import Submission, Work  # noqa: E402


def settings(tmp_path: Path, **changes: object) -> SlurmSettings:
    return SlurmSettings.model_validate({"folder": tmp_path / "jobs", **changes})


def submission(*names: str, **changes: object) -> Submission:
    works = tuple(Work(("train", name), ("train", "--resume", name), Path(name)) for name in names)
    return Submission("tiny", works, **changes)


def lines(found: str, option: str) -> list[str]:
    start = f"#SBATCH --{option}"
    return [
        line.removeprefix(start).lstrip("=")
        for line in found.splitlines()
        if line == start or line.startswith(f"{start}=")
    ]


def test_a_script_asks_for_what_is_set_and_nothing_is_written(tmp_path: Path, no_slurm):
    asked = settings(
        tmp_path, partition="gpu", time="4:00:00", gpus=4, cpus=8, nodes=2, memory="64G",
        account="me", setup=["module load cuda"],
        options={"reservation": "exam", "exclusive": True},
    )  # fmt: skip
    found = script(submission("a", trains=True), asked)
    expected = {
        "partition": "gpu", "time": "240", "gpus-per-node": "4", "ntasks-per-node": "4",
        "cpus-per-task": "8", "nodes": "2", "mem": "64G", "account": "me", "reservation": "exam",
        "exclusive": "", "requeue": "", "signal": "USR2@120", "open-mode": "append",
        "job-name": "tiny",
    }  # fmt: skip
    assert {option: lines(found, option) for option in expected} == {
        option: [value] for option, value in expected.items()
    }
    assert lines(found, "array") == lines(found, "qos") == lines(found, "wckey") == []
    assert "\nmodule load cuda\n" in found
    run = next(line for line in found.splitlines() if line.startswith("srun"))
    assert "--cpus-per-task=8" in run, "srun does not take it from sbatch"
    assert "--kill-on-bad-exit=1" in run
    assert list(tmp_path.iterdir()) == []


def test_commands_that_do_not_train_are_one_process(tmp_path: Path):
    found = script(submission("a"), settings(tmp_path, gpus=2, nodes=3))
    assert (lines(found, "nodes"), lines(found, "ntasks-per-node")) == (["1"], ["1"])
    assert lines(found, "gpus-per-node") == ["2"]


def test_several_commands_are_an_array(tmp_path: Path):
    found = script(submission("a", "b", "c"), settings(tmp_path))
    assert lines(found, "array") == ["0-2%3"]
    found = script(submission("a", "b", "c"), settings(tmp_path, parallel=2))
    assert lines(found, "array") == ["0-2%2"]


def test_a_job_is_submitted_and_recorded(tmp_path: Path, fake_slurm, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fake_slurm(sbatch="echo Submitted batch job 41")
    (tmp_path / "my.toml").write_text("as it is now")
    record = submit(submission("my.toml", recipe="my.toml"), settings(tmp_path), run_words)
    assert (record.id, record.members, record.leaves) == ("41", None, ("my.toml",))
    assert find_record(tmp_path / "jobs", "41") == record
    copy = record.folder / "my.toml"
    assert record.command == f"emoscope train {copy}"
    (tmp_path / "my.toml").write_text("changed later")
    assert copy.read_text() == "as it is now"
    job = submitit.core.utils.DelayedSubmission.load(record.folder / "41_submitted.pkl").function
    assert job.work.again == ("train", "--resume", str(copy))
    assert (record.folder / "41_submitted.pkl").stat().st_size < 2000, "no data in the pickle"


def test_an_array_is_submitted_at_once(tmp_path: Path, fake_slurm):
    fake_slurm(sbatch="echo Submitted batch job 42")
    record = submit(submission("a", "b", makes=tmp_path / "out"), settings(tmp_path), run_words)
    assert (record.id, record.member_ids) == ("42", ["42_0", "42_1"])
    assert (tmp_path / "out").is_dir()
    works = [
        submitit.core.utils.DelayedSubmission.load(
            record.folder / f"{member}_submitted.pkl"
        ).function.work
        for member in record.member_ids
    ]
    assert [work.arguments for work in works] == [("train", "a"), ("train", "b")]


def test_what_slurm_refuses_leaves_nothing(tmp_path: Path, fake_slurm, capfd):
    fake_slurm(
        sbatch="echo 'sbatch: error: invalid partition specified: nope' >&2\n"
        "echo 'sbatch: error: Batch job submission failed: Invalid partition name.' >&2\nexit 1"
    )
    asked = settings(tmp_path, partition="nope")
    with pytest.raises(
        SlurmError,
        match="did not take the job: invalid partition specified: nope; Batch job submission "
        r"failed: Invalid partition name\. Change",
    ):
        submit(submission("a", makes=tmp_path / "deep" / "out"), asked, run_words)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]
    assert capfd.readouterr() == ("", ""), "the error is said once"


def test_folders_that_were_there_stay(tmp_path: Path, fake_slurm):
    fake_slurm(sbatch="exit 1")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "out").mkdir()
    with pytest.raises(SlurmError, match="sbatch gave no reason"):
        submit(submission("a", makes=tmp_path / "out"), settings(tmp_path), run_words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "jobs", "out"]
    assert list((tmp_path / "jobs").iterdir()) == []


def test_no_slurm_is_one_error_and_nothing_is_written(tmp_path: Path, no_slurm):
    with pytest.raises(SlurmError, match="There is no SLURM here: sbatch is not found"):
        submit(submission("a"), settings(tmp_path), run_words)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, fake_slurm):
    fake_slurm(sbatch="exit 1")
    (tmp_path / "jobs").write_text("a file")
    with pytest.raises(SlurmError, match=r"cannot be written: .*jobs.*--slurm\.folder"):
        submit(submission("a"), settings(tmp_path), run_words)
    assert (tmp_path / "jobs").read_text() == "a file"
