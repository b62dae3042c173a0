"""``emoscope train`` and ``pretrain`` with encoders, as a person types them."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from emoscope.cli import main
from emoscope.data.examples import Examples

RECIPE = ("train", "distilbert-emotion", "--data", "tickets.csv", "--text", "body")
COLUMNS = ("--labels", "tags", "--no-report", "--max-length", "16", "--export", "none")
FAST = ("--policy.repeats", "1", "--policy.folds", "2", "--learning-rate", "5e-3")
TRAIN = (*RECIPE, *COLUMNS, *FAST)


@pytest.fixture
def tickets(tmp_path: Path, tiny_examples: Examples, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``tickets.csv`` in the folder that commands run in."""
    with (tmp_path / "tickets.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("body", "tags"))
        names = tiny_examples.taxonomy.labels
        for text, held in zip(tiny_examples.texts, tiny_examples.labels, strict=True):
            writer.writerow((text, ",".join(n for n, h in zip(names, held, strict=True) if h)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs ``emoscope`` in this process; gives exit code, standard output and error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["emoscope", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as leave:
            code = int(leave.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_an_encoder_learns_own_labels(shell: Any, tickets: Path, tiny_encoder: Path) -> None:
    code, out, err = shell(*TRAIN, "--encoder", tiny_encoder, "--name", "own", "--epochs", 3)
    assert code == 0, err
    assert "macro-F1" in out
    run = tickets / "runs" / "own"
    with (run / "history.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1.0", "2.0", "3.0"]
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert {"torch", "transformers"} <= set(metrics["provenance"]["versions"])
    assert metrics["seed"] == 0
    assert list((run / "logs").glob("events.*"))
    assert "shards" not in err, "transformers' own bars stay off the screen"

    code, out, _ = shell("predict", "--model", run, "i am furious today")
    assert code == 0
    assert set(json.loads(out)["probabilities"]) == {"joy", "anger", "fear", "surprise"}


def test_an_encoder_is_exported_with_the_neurons_that_its_recipe_asks_for(
    shell: Any, tickets: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emoscope.export import matmuls as products
    from emoscope.export import prune
    from emoscope.models import neurons
    from emoscope.training import choose_graph

    monkeypatch.setattr(neurons, "STEP", 8)  # as small as the encoder and its few texts
    monkeypatch.setattr(prune, "LEAST_TOKENS", 1)
    monkeypatch.setattr(products, "LEAST_WEIGHTS", 256)
    monkeypatch.setattr(choose_graph, "F1_TOLERANCE", 0.1)
    own = ("--encoder", tiny_encoder, "--name", "own", "--epochs", 3, "--int8-neurons", "0.5")
    code, _, err = shell(*TRAIN, *own)
    assert code == 0, err
    graph = tickets / "runs" / "own" / "model" / "onnx" / "model_quantized.onnx"
    where = ("export", "runs/own", "--data", "tickets.csv")
    code, out, err = shell(*where)
    assert code == 0, err
    assert "50% of the" in out
    half = graph.stat().st_size
    code, out, err = shell(*where, "--neurons", "1", "--device", "cpu", "--threads", "1")
    assert code == 0, err
    assert "50% of the" not in out
    assert graph.stat().st_size > half
    code, _, err = shell(*where, "--neurons", "2")
    assert code == 2
    assert "less than or equal to 1" in err
    code, _, err = shell(*where, "--threads", "0")
    assert code == 2
    assert "threads = 0 is impossible" in err


def test_a_dry_run_shows_what_would_be_done_and_does_nothing(
    shell: Any, tickets: Path, tiny_encoder: Path
) -> None:
    code, out, err = shell(*TRAIN, "--encoder", tiny_encoder, "--dry-run")
    assert code == 0, err
    for part in ("train texts", "validation texts", "parameters", "steps", "warm-up", "memory"):
        assert part in out
    assert "tickets.csv" in err, "where the data came from"
    assert [path.name for path in tickets.iterdir()] == ["tickets.csv"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--encoder", "./gone"), ("'./gone'", "config.json")),
        (("--encoder", "somebody/no-such-encoder"), ("somebody/no-such-encoder", "folder")),
        (("--device", "cuda"), ("'cuda'", "device = 'cpu'")),
        (("--loss", "cross_entropy"), ("cross_entropy", "multi-label")),
        (("--max-length", "64"), ("max_length = 64", "32")),
        (("--batch-size", "30", "--gradient-accumulation", "4"), ("30", "4")),
        (("--training.learning_rat", "1"), ("Did you mean 'training.learning_rate'",)),
        (("--text", "bdy"), ("'bdy'", "Did you mean 'body'")),
        (("--label-names", "joy,anger,fear"), ("surprise",)),
    ],
)
@pytest.mark.parametrize("dry", [True, False], ids=["planned", "trained"])
def test_what_cannot_be_is_one_paragraph_and_leaves_nothing(
    shell: Any, tickets: Path, tiny_encoder: Path, no_data: None, monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], said: tuple[str, ...], dry: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    given = TRAIN if "--encoder" in arguments else (*TRAIN, "--encoder", tiny_encoder)
    code, out, err = shell(*given, *arguments, *(["--dry-run"] if dry else []))
    if dry and "--encoder" in arguments:  # the rest can be planned without it
        assert code == 0, err
        assert "is not here and cannot be fetched" in " ".join(out.split())
        return
    assert code == 2
    assert "Traceback" not in err
    paragraph = err.strip().splitlines()[-1]
    for part in said:
        assert part in paragraph
    assert not list((tickets / "runs").glob("*"))


@pytest.mark.parametrize(
    ("verb", "package"),
    [("train", "torch"), ("dry", "torch"), ("pretrain", "torch"), ("train", "transformers")],
)
def test_without_the_extra_one_line_says_what_to_install(
    tickets: Path, verb: str, package: str
) -> None:
    commands = {
        "train": TRAIN,
        "dry": (*TRAIN, "--dry-run"),
        "pretrain": ("pretrain", "--text", "tickets.csv", "--output", "made"),
    }
    code = f"import sys\nsys.modules[{package!r}] = None\nfrom emoscope.cli import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code, *commands[verb]], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert 'pip install "emoscope[train]"' in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert [path.name for path in tickets.iterdir() if path.name != "runs"] == ["tickets.csv"]


def test_pretraining_takes_several_files_and_starts_a_classifier(shell: Any, tickets: Path) -> None:
    (tickets / "a.txt").write_text("so glad today\nso angry today\n" * 2, encoding="utf-8")
    (tickets / "b.txt").write_text("afraid of the dark\nwe are glad\n", encoding="utf-8")
    small = ("--hidden-size", 16, "--layers", 1, "--vocabulary-size", 200, "--max-steps", 1)
    code, out, err = shell("pretrain", "--text", "a.txt", "b.txt", "-o", "made", *small)
    assert code == 0, err
    assert "texts    3" in out  # four differ, one of them is held out
    code, _, err = shell(
        "train", "minibert-emotion", *TRAIN[2:], "--pretrained", "made", "--name", "after",
        "--max-steps", 2,
    )  # fmt: skip
    assert code == 0, err
    config = json.loads((tickets / "runs" / "after" / "model" / "config.json").read_text())
    assert (config["model_type"], config["hidden_size"]) == ("minibert", 16)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_command_resumes_to_the_metrics_of_an_unbroken_one(
    shell: Any, tickets: Path, tiny_encoder: Path, how: signal.Signals
) -> None:
    long = (*TRAIN, "--encoder", tiny_encoder, "--epochs", 6, "--checkpoint-steps", 2)
    command = [*map(str, long), "--name", "broken"]
    child = subprocess.Popen(
        # a shell's background jobs are deaf to interrupts, and so are their children
        [sys.executable, "-c", "import signal; "
         "signal.signal(signal.SIGINT, signal.default_int_handler); "
         "from emoscope.cli import main; main()", *command],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.PIPE,
    )  # fmt: skip
    checkpoints = tickets / "runs" / "broken.unfinished" / "checkpoints"
    deadline = time.monotonic() + 240
    while len(list(checkpoints.glob("checkpoint-*"))) < 2:
        assert child.poll() is None, child.stderr.read().decode()
        assert time.monotonic() < deadline, "no checkpoint came"
        time.sleep(0.01)
    child.send_signal(how)
    _, err = child.communicate()
    assert child.returncode == (130 if how == signal.SIGINT else -how), err.decode()
    assert b"Traceback" not in err
    assert not (tickets / "runs" / "broken").exists()

    if how == signal.SIGKILL:  # as after a power cut: the newest checkpoint is not whole
        newest = max(checkpoints.glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1]))
        (newest / "model.safetensors").write_bytes(b"")
    code, _, err = shell(*command)
    assert code == 2
    assert "--resume" in err
    code, _, err = shell(*command, "--resume", "--learning-rate", "1e-3")
    assert code == 2
    assert "training.learning_rate was 0.005 and is 0.001" in err
    code, _, err = shell(*command, "--resume")
    assert code == 0, err
    if how == signal.SIGKILL:
        assert f"the newest whole checkpoint ({newest.name}: " in " ".join(err.split())
    code, _, err = shell(*long, "--name", "whole")
    assert code == 0, err
    broken, whole = (
        json.loads((tickets / "runs" / name / "metrics.json").read_text(encoding="utf-8"))
        for name in ("broken", "whole")
    )
    assert broken["splits"] == whole["splits"]
