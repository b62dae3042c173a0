"""Training in other processes: killed and resumed, and two at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from emoscope.data.examples import Examples
from emoscope.errors import TrainingError
from emoscope.training.fit_encoder import train_encoder
from emoscope.training.settings import EncoderModel, TrainingSettings

SETTINGS: dict[str, Any] = {
    "epochs": 3,
    "batch_size": 16,
    "learning_rate": 5e-3,
    "max_length": 16,
    "device": "cpu",
    "num_threads": 1,
    "ema": 0.9,
    "token_dropout": 0.1,
    "sampling": "rare_labels",
    "rare_below": 0.3,
    "augmentation": {"swap": 0.2, "share": 0.5},
    "checkpoint_steps": 2,
}

CHILD = """
import json, sys
from pathlib import Path

import numpy as np

from emoscope.data.examples import Examples
from emoscope.taxonomy import make_taxonomy
from emoscope.training.fit_encoder import train_encoder
from emoscope.training.distributed import is_main_process
from emoscope.training.settings import EncoderModel, TrainingSettings

job = json.loads(Path(sys.argv[1]).read_text())
examples = Examples(
    texts=tuple(job["texts"]),
    labels=np.array(job["labels"]),
    taxonomy=make_taxonomy("tiny", job["names"]),
    task="multi_label",
    ids=tuple(map(str, range(len(job["texts"])))),
    splits=np.array(job["splits"]),
    name="tiny",
)
if job["slow"]:
    import time
    from emoscope.training import callbacks
    step_end = callbacks.Flow.on_step_end
    def slowly(self, args, state, control, **kwargs):
        step_end(self, args, state, control, **kwargs)
        time.sleep(0.2)
    callbacks.Flow.on_step_end = slowly
trained = train_encoder(
    TrainingSettings.model_validate(job["settings"]),
    EncoderModel(encoder=job["encoder"]),
    examples,
    Path(job["folder"]),
    seed=5,
)
if is_main_process():
    rows = [[r.step, r.validation_loss, r.macro_f1, r.micro_f1] for r in trained.history]
    answer = {"history": rows}
    Path(job["answer"]).write_text(json.dumps(answer))
"""


def job(tmp_path: Path, name: str, encoder: Path, examples: Examples, **changes: Any) -> Path:
    path = tmp_path / f"{name}.json"
    path.write_text(
        json.dumps(
            {
                "texts": examples.texts,
                "labels": examples.labels.tolist(),
                "names": examples.taxonomy.labels,
                "splits": examples.splits.tolist(),
                "encoder": str(encoder),
                "settings": {**SETTINGS, **changes.pop("settings", {})},
                "folder": str(tmp_path / name),
                "answer": str(tmp_path / f"{name}_answer.json"),
                "slow": changes.pop("slow", False),
            }
        )
    )
    (tmp_path / "child.py").write_text(CHILD)
    return path


def here(examples: Examples, encoder: Path, folder: Path, *, resume: bool = False, **changes: Any):
    return train_encoder(
        TrainingSettings.model_validate({**SETTINGS, **changes}),
        EncoderModel(encoder=str(encoder)),
        examples,
        folder,
        seed=5,
        resume=resume,
    )


def scores_of(trained, examples: Examples):
    return trained.scorer.logits(examples.split("validation").texts)


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_metrics_of_an_unbroken_one(
    tiny_encoder, tiny_examples, tmp_path
):
    path = job(tmp_path, "killed", tiny_encoder, tiny_examples, slow=True)
    checkpoints = tmp_path / "killed" / "checkpoints"
    child = subprocess.Popen(
        [sys.executable, tmp_path / "child.py", path], env=environment(), stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 240
    # step 10 lies inside the second epoch of seven steps or so: neither its start nor its end
    while not any(int(p.name.split("-")[1]) >= 10 for p in checkpoints.glob("checkpoint-*")):
        assert child.poll() is None, child.stderr.read().decode()
        assert time.monotonic() < deadline, "no checkpoint came"
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "killed" / "model").exists()

    resumed = here(tiny_examples, tiny_encoder, tmp_path / "killed", resume=True)
    unbroken = here(tiny_examples, tiny_encoder, tmp_path / "unbroken")
    assert [(r.step, r.train_loss, r.macro_f1) for r in resumed.history] == [
        (r.step, r.train_loss, r.macro_f1) for r in unbroken.history
    ]
    np.testing.assert_array_equal(
        scores_of(resumed, tiny_examples), scores_of(unbroken, tiny_examples)
    )


@pytest.mark.slow
def test_a_run_that_is_asked_to_stop_saves_the_step_it_is_in(
    tiny_encoder, tiny_examples, tmp_path, monkeypatch
):
    from emoscope.training.trainer import EncoderTrainer

    compute_loss, calls = EncoderTrainer.compute_loss, iter(range(1, 1000))

    def asked_in_step_nine(self, *args, **kwargs):
        loss = compute_loss(self, *args, **kwargs)
        if next(calls) == 9:
            os.kill(os.getpid(), signal.SIGUSR2)
        return loss

    def leave(number, frame):
        sys.exit("requeued")

    args = {"checkpoint_steps": None}
    former = signal.signal(signal.SIGUSR2, leave)
    monkeypatch.setattr(EncoderTrainer, "compute_loss", asked_in_step_nine)
    with pytest.raises(SystemExit, match="requeued"):
        here(tiny_examples, tiny_encoder, tmp_path / "asked", **args)
    monkeypatch.undo()
    signal.signal(signal.SIGUSR2, former)
    assert (tmp_path / "asked" / "checkpoints" / "checkpoint-9").is_dir()
    resumed = here(tiny_examples, tiny_encoder, tmp_path / "asked", resume=True, **args)
    unbroken = here(tiny_examples, tiny_encoder, tmp_path / "unbroken", **args)
    for ours, theirs in zip(resumed.history, unbroken.history, strict=True):
        assert ours.train_loss == pytest.approx(theirs.train_loss)
        assert (ours.step, ours.validation_loss, ours.macro_f1, ours.micro_f1) == (
            theirs.step, theirs.validation_loss, theirs.macro_f1, theirs.micro_f1,
        )  # fmt: skip
    np.testing.assert_array_equal(
        scores_of(resumed, tiny_examples), scores_of(unbroken, tiny_examples)
    )


@pytest.mark.slow
def test_two_processes_get_the_metrics_of_one(steady_encoder, tiny_examples, tmp_path):
    # 96 texts make six whole batches, and nothing is drawn that depends on the process: what is
    # left is the order of additions
    exact = {"token_dropout": 0.0, "sampling": "shuffle", "epochs": 2}
    path = job(tmp_path, "two", steady_encoder, tiny_examples, settings=exact)
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port",
        str(29500 + os.getpid() % 1000), str(tmp_path / "child.py"), str(path),
    ]  # fmt: skip
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads((tmp_path / "two_answer.json").read_text())
    one = here(tiny_examples, steady_encoder, tmp_path / "one", **exact)
    assert [row[0] for row in answer["history"]] == [row.step for row in one.history]
    for (_, loss, macro, micro), row in zip(answer["history"], one.history, strict=True):
        assert loss == pytest.approx(row.validation_loss, abs=1e-3)
        assert macro == pytest.approx(row.macro_f1, abs=0.02)
        assert micro == pytest.approx(row.micro_f1, abs=0.02)
    assert (tmp_path / "two" / "model" / "model.safetensors").is_file()
    assert len(list((tmp_path / "two" / "logs").glob("events.*"))) == 1, "only the first logs"


def test_a_finished_run_has_nothing_to_resume(tiny_encoder, tiny_examples, tmp_path):
    first = here(tiny_examples, tiny_encoder, tmp_path, epochs=2)
    again = here(tiny_examples, tiny_encoder, tmp_path, epochs=2, resume=True)
    assert again.history == first.history
    np.testing.assert_array_equal(*(scores_of(r, tiny_examples) for r in (again, first)))


def test_a_changed_recipe_is_named_with_both_values(tiny_encoder, tiny_examples, tmp_path):
    here(tiny_examples, tiny_encoder, tmp_path, epochs=1)
    with pytest.raises(TrainingError, match=r"training\.learning_rate was 0\.005 and is 0\.001"):
        here(tiny_examples, tiny_encoder, tmp_path, epochs=1, resume=True, learning_rate=1e-3)
    fewer = tiny_examples.select(np.arange(1, len(tiny_examples)))
    with pytest.raises(TrainingError, match=r"data\.train was .96 texts.* and is .95 texts"):
        here(fewer, tiny_encoder, tmp_path, epochs=1, resume=True)
    with pytest.raises(TrainingError, match="--resume"):
        here(tiny_examples, tiny_encoder, tmp_path, epochs=1)
