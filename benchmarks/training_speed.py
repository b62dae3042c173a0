"""One epoch of minilm-goemotions beside transformers' Trainer with its defaults, padded to 128.

    python benchmarks/training_speed.py --texts 4096 --threads 3 > benchmarks/training_speed.md

The same model, the same train texts, the same validation texts, the same judge (thresholds fitted
and judged on different halves of validation), the same processor, one after the other. The Trainer
computes in fp32, as it does unless told otherwise; the recipe in what this processor does well.
Times are of training alone: tokenising, evaluation and saving are left out on both sides.

Three rows: the Trainer's defaults (batches of 8, learning rate 5e-5); the same with the recipe's
batch size and learning rate, so that batching and padding are told apart; and the recipe.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch
import transformers

from emoscope.data.examples import Examples
from emoscope.data.load import load_examples
from emoscope.models.encoder import load_encoder
from emoscope.models.quiet import quiet_transformers
from emoscope.training.batches import tokenise
from emoscope.training.device import choose_device, choose_precision
from emoscope.training.fit_encoder import train_encoder
from emoscope.training.recipe import load_recipe
from emoscope.training.validation_metrics import validation_metrics

PADDED = 128


@dataclass(frozen=True)
class Result:
    name: str
    seconds: float
    steps: int
    macro_f1: float
    micro_f1: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=4096, help="train texts to learn from")
    parser.add_argument("--validation", type=int, default=2048, help="validation texts to judge on")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--data", type=Path, default=None, help="where GoEmotions lies")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)

    recipe = load_recipe("minilm-goemotions", {"epochs": "1", "device": "cpu"})
    examples = subset(load_examples(recipe.data, asked.data), asked.texts, asked.validation)
    sizes = {"per_device_train_batch_size": recipe.training.batch_size}
    rates = {"learning_rate": recipe.training.learning_rate}
    with quiet_transformers():
        results = [
            stock("Trainer, its defaults, padded to 128", recipe.model, examples, asked),
            stock(
                "Trainer, the recipe's batch size and rate, padded to 128",
                recipe.model, examples, asked, **sizes, **rates,
            ),
            ours("emoscope, the recipe, {precision}", recipe, examples, asked),
        ]  # fmt: skip
    print(report(results, asked))


def subset(examples: Examples, n_train: int, n_validation: int) -> Examples:
    """The first texts of train and validation, which are in no order."""
    wanted = {"train": n_train, "validation": n_validation}
    rows = [np.flatnonzero(examples.splits == split)[:n] for split, n in wanted.items()]
    return examples.select(np.concatenate(rows))


class Padded(torch.utils.data.Dataset):
    """Every text as 128 tokens, as ``tokenizer(padding="max_length")`` makes them."""

    def __init__(self, part: Examples, tokenizer: transformers.PreTrainedTokenizerFast) -> None:
        self.ids = np.full((len(part), PADDED), tokenizer.pad_token_id, dtype=np.int64)
        self.mask = np.zeros((len(part), PADDED), dtype=np.int64)
        for row, tokens in enumerate(tokenise(tokenizer, part.texts, PADDED)):
            self.ids[row, : len(tokens)] = tokens
            self.mask[row, : len(tokens)] = 1
        self.labels = part.labels.astype(np.float32)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: int) -> dict[str, torch.Tensor]:
        item = {
            "input_ids": self.ids[row], "attention_mask": self.mask[row], "labels": self.labels[row]
        }  # fmt: skip
        return {name: torch.from_numpy(value) for name, value in item.items()}


def stock(
    name: str, model, examples: Examples, asked: argparse.Namespace, **arguments: float
) -> Result:
    train, validation = examples.split("train"), examples.split("validation")
    transformers.set_seed(asked.seed)
    loaded = load_encoder(
        model.encoder, examples.taxonomy.labels, examples.task, pooling=model.pooling
    )
    with tempfile.TemporaryDirectory() as folder:
        trainer = transformers.Trainer(
            model=loaded.model,
            args=transformers.TrainingArguments(
                output_dir=folder, num_train_epochs=1, seed=asked.seed, use_cpu=True,
                save_strategy="no", report_to="none", disable_tqdm=True, log_level="error",
                dataloader_pin_memory=False, **arguments,
            ),
            train_dataset=Padded(train, loaded.tokenizer),
        )  # fmt: skip
        trainer.remove_callback(transformers.PrinterCallback)
        done = trainer.train()
        scores = trainer.predict(Padded(validation, loaded.tokenizer)).predictions
    return judged(name, done.metrics["train_runtime"], done.global_step, scores, validation)


def ours(name: str, recipe, examples: Examples, asked: argparse.Namespace) -> Result:
    validation = examples.split("validation")
    with tempfile.TemporaryDirectory() as folder:
        trained = train_encoder(
            recipe.training, recipe.model, examples, Path(folder), seed=asked.seed
        )
        step = trained.history[-1].step
        state = Path(folder) / "checkpoints" / f"checkpoint-{step}" / "trainer_state.json"
        log = json.loads(state.read_text(encoding="utf-8"))["log_history"]
    seconds = max(entry["seconds"] for entry in log if "loss" in entry)  # before the evaluation
    settings = recipe.training
    precision = choose_precision(settings.precision, choose_device(settings.device))
    name = name.format(precision=precision)
    scores = trained.scorer.logits(validation.texts)
    return judged(name, seconds, step, scores, validation)


def judged(name: str, seconds: float, steps: int, scores: np.ndarray, part: Examples) -> Result:
    found = validation_metrics(part.with_scores(scores))
    return Result(name, seconds, steps, found["macro_f1"], found["micro_f1"])


def report(results: list[Result], asked: argparse.Namespace) -> str:
    first = results[0].seconds
    rows = [
        f"| {r.name} | {r.steps:,} | {r.seconds:.0f} s | {first / r.seconds:.1f} | "
        f"{r.macro_f1:.3f} | {r.micro_f1:.3f} |"
        for r in results
    ]
    return "\n".join(
        [
            "# Training speed",
            "",
            f"One epoch of `minilm-goemotions` over {asked.texts:,} train texts, "
            f"{asked.threads} threads; F1 on {asked.validation:,} validation texts, thresholds "
            "fitted and judged on different halves of them.",
            "",
            f"{date.today().isoformat()}, {platform.system()} {platform.machine()}, torch "
            f"{torch.__version__}, transformers {transformers.__version__}. Made with "
            f"`python benchmarks/training_speed.py --texts {asked.texts} --validation "
            f"{asked.validation} --threads {asked.threads} --seed {asked.seed}`.",
            "",
            "| | steps | seconds | times as fast | validation macro-F1 | validation micro-F1 |",
            "| --- | --- | --- | --- | --- | --- |",
            *rows,
        ]
    )


if __name__ == "__main__":
    main()
