from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.errors import SlurmError
from emoscope.slurm.settings import SlurmSettings, read_settings


def read(options: dict[str, str] | None = None, profile: str = "", **environment: str):
    return read_settings(profile, options or {}, environment)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(
        'partition = "gpu"\ntime = "1-12"\nsetup = ["module load cuda"]\n'
        '[options]\nreservation = "course"\nexclusive = true\n'
    )
    return path


def test_without_anything_there_are_defaults() -> None:
    found = read()
    assert (found.time, found.nodes, found.tasks_a_node, found.notice_seconds) == (60, 1, 1, 120)
    assert found.folder == Path("runs/.slurm")


def test_options_go_before_the_profile(profile: Path) -> None:
    found = read({"partition": "cpu", "options.reservation": "exam", "gpus": "4"}, str(profile))
    assert (found.partition, found.time, found.setup) == ("cpu", 36 * 60, ("module load cuda",))
    assert found.options == {"reservation": "exam", "exclusive": True}
    assert found.tasks_a_node == 4, "a process for each GPU"


def test_the_environment_names_a_profile_when_the_command_line_does_not(profile: Path) -> None:
    assert read(EMOSCOPE_SLURM=str(profile)).partition == "gpu"
    other = profile.with_name("other.toml")
    other.write_text("")
    assert read({}, str(other), EMOSCOPE_SLURM=str(profile)).partition is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90", 90), ("1:30", 2), ("4:00:00", 240), ("0:00:01", 1), ("2-12", 3600), ("1-0:30", 1470)],
)
def test_times_are_those_of_sbatch(text: str, minutes: int) -> None:
    assert read({"time": text}).time == minutes


def test_the_notice_fits_into_a_short_limit() -> None:
    assert read({"time": "2"}).notice_seconds == 30
    assert read({"time": "2", "notice": "100"}).notice_seconds == 100


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"partitoin": "x"}, r"no '--slurm\.partitoin'\. Did you mean 'partition'\?"),
        ({"time": "soon"}, r"--slurm\.time = 'soon'.*Time limit: minutes"),
        ({"gpus": "-1"}, r"--slurm\.gpus = '-1'.*GPUs a node"),
        ({"memory": "32 GB"}, r"--slurm\.memory = '32 GB'.*such as 32G"),
        ({"partition": "a b"}, r"--slurm\.partition = 'a b'"),
        ({"time": "1", "notice": "90"}, "notice, 90 seconds, is not less than time, 1 minutes"),
        ({"time.x": "1"}, r"--slurm\.time VALUE"),
        ({"options": "x"}, "needs a name"),
        ({"options.signal": "TERM"}, "signal is set by emoscope"),
    ],
)
def test_what_cannot_be_is_named(options: dict[str, str], said: str) -> None:
    with pytest.raises(SlurmError, match=said):
        read(options)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('partitions = "gpu"', r"site\.toml has an unknown option 'partitions'.*'partition'\?"),
        ("partition = gpu", r"site\.toml is not valid TOML"),
        ("gpus = -1", r"site\.toml: gpus = -1"),
        ("setup = 3", r"site\.toml: setup = 3"),
    ],
)
def test_a_profile_that_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(SlurmError, match=said):
        read({}, str(path))


def test_a_profile_that_cannot_be_read_is_named_with_where_its_name_came_from(
    tmp_path: Path,
) -> None:
    with pytest.raises(SlurmError, match=r"gone\.toml \(from EMOSCOPE_SLURM\) cannot be read"):
        read(EMOSCOPE_SLURM=str(tmp_path / "gone.toml"))
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(SlurmError, match=r"bytes\.toml cannot be read"):
        read({}, str(tmp_path / "bytes.toml"))


def test_every_setting_is_described() -> None:
    described = SlurmSettings.described()
    assert [name for name, _, meaning in described if not meaning] == []
    assert ("--slurm.nodes", "1", "train: nodes.") in described
