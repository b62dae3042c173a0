from __future__ import annotations

import json
import math
import os
import signal
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")

import torch
import transformers
from safetensors import SafetensorError
from safetensors.torch import load_file

from emoscope.errors import NoExamples, TrainingError
from emoscope.models.minibert import MiniBertForMaskedLM, MiniBertForSequenceClassification
from emoscope.models.minibert_config import MiniBertConfig
from emoscope.models.vocabulary import VocabularyOptions, train_vocabulary
from emoscope.training.pretrain import PretrainOptions, _encoded, pretrain
from emoscope.training.pretrain_trainer import PretrainTrainer

# every word tells the other two of its sentence
TRIOS = ("red apples fall", "blue rivers run", "green frogs jump", "white owls sleep")
TEXTS = [f"{a} and {b}" for a in TRIOS for b in TRIOS] * 8
SMALL = {"embedding_size": 32, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
OPTIONS = PretrainOptions(epochs=15, batch_size=32, learning_rate=1e-2, held_out=0.1)
VOCABULARY = VocabularyOptions(size=200, max_length=16)


def tiny() -> MiniBertConfig:
    return MiniBertConfig(
        **SMALL, num_attention_heads=2, embedding_dropout=0.0, hidden_dropout_prob=0.0
    )


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("pretrained") / "new"
    return pretrain(TEXTS, folder, config=tiny(), vocabulary=VOCABULARY, options=OPTIONS)


def test_learns_to_guess_words_from_their_neighbours(pretrained):
    vocabulary = len(transformers.AutoTokenizer.from_pretrained(pretrained.folder))
    assert pretrained.untrained_loss == pytest.approx(math.log(vocabulary), rel=0.1)
    # "and" is one word in seven, the twelve others one in fourteen: who knows no more than how
    # frequent words are pays their entropy
    entropy = -(math.log(1 / 7) + 6 * math.log(1 / 14)) / 7
    assert pretrained.loss < entropy - 0.3
    assert pretrained.texts == len(TEXTS) - round(len(TEXTS) * 0.1)


def test_folder_starts_a_classifier(pretrained):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(pretrained.folder)
    assert isinstance(model, MiniBertForSequenceClassification)
    masked = transformers.AutoModelForMaskedLM.from_pretrained(pretrained.folder)
    assert torch.equal(model.get_input_embeddings().weight, masked.decoder.weight)
    assert model.config.vocab_size == len(
        transformers.AutoTokenizer.from_pretrained(pretrained.folder)
    )


def test_saved_tokenizer_neither_cuts_nor_pads(pretrained):
    saved = json.loads((pretrained.folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert saved["truncation"] is None
    assert saved["padding"] is None


def test_record_says_what_was_done(pretrained):
    record = json.loads((pretrained.folder / "pretraining.json").read_text(encoding="utf-8"))
    assert record["loss"] == pretrained.loss
    assert record["options"]["learning_rate"] == 1e-2
    assert record["vocabulary"]["size"] == 200
    assert sorted(record["versions"]) == ["torch", "transformers"]
    assert not list(pretrained.folder.glob("*.bin"))


@pytest.mark.slow
def test_same_seed_gives_the_same_weights(tmp_path: Path):
    options = PretrainOptions(max_steps=3, batch_size=16)
    losses = [
        pretrain(
            TEXTS, tmp_path / str(i), config=tiny(), vocabulary=VOCABULARY, options=options
        ).loss
        for i in range(2)
    ]
    assert losses[0] == losses[1]


def test_configuration_given_stays_as_it_was(tmp_path: Path):
    config = tiny()
    pretrain(
        TEXTS, tmp_path / "new", config=config, vocabulary=VOCABULARY,
        options=PretrainOptions(max_steps=1),
    )  # fmt: skip
    assert config.vocab_size == MiniBertConfig().vocab_size


def test_long_texts_go_on_in_further_rows():
    tokenizer = train_vocabulary(TEXTS, VocabularyOptions(size=200, max_length=4))
    rows = _encoded(tokenizer, ["red apples fall and blue", "owls"])
    words = [tokenizer.convert_ids_to_tokens(row["input_ids"]) for row in rows]
    assert words == [
        ["[CLS]", "red", "apples", "fall"],
        ["[CLS]", "and", "blue"],
        ["[CLS]", "owls"],
    ]
    assert rows[0]["special_tokens_mask"] == [1, 0, 0, 0]


def test_bad_input(tmp_path: Path):
    with pytest.raises(NoExamples, match=r"at least two texts.*there are 1"):
        pretrain(["one", " "], tmp_path / "new")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")
    with pytest.raises(TrainingError, match="overwrites nothing"):
        pretrain(TEXTS, tmp_path / "full")
    with pytest.raises(TrainingError, match="Cannot make the folder"):
        pretrain(TEXTS, tmp_path / "full" / "file" / "new")


def test_a_loss_that_is_no_number_is_told_and_nothing_is_saved(tmp_path: Path):
    wild = PretrainOptions(max_steps=4, batch_size=64, learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"diverged.*Lower the learning rate \(now 1e\+30\)"):
        pretrain(TEXTS, tmp_path / "new", config=tiny(), vocabulary=VOCABULARY, options=wild)
    assert not list(tmp_path.iterdir())


def test_out_of_memory_says_what_to_lower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def too_large(*args: object, **kwargs: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 GiB")

    monkeypatch.setattr(transformers.Trainer, "training_step", too_large)
    with pytest.raises(
        TrainingError, match=r"batch size \(now 7\) or the length \(now 16 tokens\)"
    ):
        pretrain(
            TEXTS, tmp_path / "new", config=tiny(), vocabulary=VOCABULARY,
            options=PretrainOptions(batch_size=7),
        )  # fmt: skip


@pytest.mark.parametrize(
    "full", [OSError(28, "No space left on device"), SafetensorError("No space left on device")]
)
def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: Exception):
    def fails(*args: object, **kwargs: object) -> None:
        raise full

    monkeypatch.setattr(MiniBertForMaskedLM, "save_pretrained", fails)
    with pytest.raises(TrainingError, match=r"Cannot save.*No space left.*Free some space"):
        pretrain(
            TEXTS, tmp_path / "new", config=tiny(), vocabulary=VOCABULARY,
            options=PretrainOptions(max_steps=1),
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def asked_to_stop(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send a signal in the middle of a step, to a handler that leaves."""
    training_step, calls = PretrainTrainer.training_step, iter(range(1, 1000))

    def asked(self, *args, **kwargs):
        loss = training_step(self, *args, **kwargs)
        if next(calls) == step:
            os.kill(os.getpid(), signal.SIGUSR2)
        return loss

    monkeypatch.setattr(PretrainTrainer, "training_step", asked)


@pytest.mark.slow
@pytest.mark.parametrize("step", [4, 6], ids=["in an epoch", "between two"])
def test_a_resumed_pretraining_is_an_unbroken_one(tmp_path: Path, step: int, monkeypatch):
    options = PretrainOptions(epochs=3, batch_size=20, held_out=0.1)  # six steps an epoch
    config = tiny()
    config.hidden_dropout_prob = 0.1

    def run(folder: Path, *, resume: bool = False):
        return pretrain(
            TEXTS, folder, config=config, vocabulary=VOCABULARY, options=options, resume=resume
        )

    former = signal.signal(signal.SIGUSR2, lambda number, frame: sys.exit("requeued"))
    asked_to_stop(step, monkeypatch)
    with pytest.raises(SystemExit, match="requeued"):
        run(tmp_path / "broken")
    monkeypatch.undo()
    signal.signal(signal.SIGUSR2, former)
    unfinished = tmp_path / "broken.unfinished"
    assert [path.name for path in (unfinished / "checkpoints").glob("checkpoint-*")] == [
        f"checkpoint-{step}"
    ]
    assert not list(unfinished.rglob("*.bin")), "no pickled arguments"
    with pytest.raises(TrainingError, match=r"unfinished pretraining.*--resume"):
        run(tmp_path / "broken")
    resumed, unbroken = run(tmp_path / "broken", resume=True), run(tmp_path / "unbroken")
    assert (resumed.loss, resumed.untrained_loss) == (unbroken.loss, unbroken.untrained_loss)
    weights = [load_file(found.folder / "model.safetensors") for found in (resumed, unbroken)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[1])
    names = [sorted(p.name for p in found.folder.iterdir()) for found in (resumed, unbroken)]
    assert names[0] == names[1]
    assert not unfinished.exists()


def test_other_texts_or_options_are_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    options = PretrainOptions(max_steps=2, batch_size=20)

    def run(texts=TEXTS, options=options, *, resume: bool = True):
        pretrain(
            texts, tmp_path / "new", config=tiny(), vocabulary=VOCABULARY, options=options,
            resume=resume,
        )  # fmt: skip

    former = signal.signal(signal.SIGUSR2, lambda number, frame: sys.exit("requeued"))
    asked_to_stop(1, monkeypatch)
    with pytest.raises(SystemExit):
        run(resume=False)
    monkeypatch.undo()
    signal.signal(signal.SIGUSR2, former)
    with pytest.raises(TrainingError, match=r"options\.seed was 0 and is 1"):
        run(options=PretrainOptions(max_steps=2, batch_size=20, seed=1))
    with pytest.raises(TrainingError, match=r"texts was .128 texts"):
        run(TEXTS[1:])
    run()
    assert (tmp_path / "new" / "model.safetensors").is_file()


@pytest.mark.parametrize("options", [{"max_steps": 8}, {"epochs": 2}])
def test_what_failed_after_the_last_step_learns_nothing_more(tmp_path: Path, monkeypatch, options):
    chosen = PretrainOptions(batch_size=20, **options)

    def run(folder: Path, *, resume: bool = False):
        return pretrain(
            TEXTS, folder, config=tiny(), vocabulary=VOCABULARY, options=chosen, resume=resume
        )

    def fails(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emoscope.training.pretrain._save", fails)
    with pytest.raises(TrainingError, match=r"No space left.*go on with --resume"):
        run(tmp_path / "new")
    monkeypatch.undo()
    assert run(tmp_path / "new", resume=True).loss == run(tmp_path / "once").loss
