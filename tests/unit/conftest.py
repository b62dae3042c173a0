"""A tiny encoder, tokenizers written by hand, runs made of arrays, a counter of letters."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.data.examples import Examples
from emoscope.decisions import plain_policy
from emoscope.evaluation.evaluated_model import SavedScoresScorer
from emoscope.evaluation.judge import judge
from emoscope.inference.classifier import EmotionClassifier
from emoscope.model_folder.manifest import Manifest, write_manifest
from emoscope.taxonomy import Task, make_taxonomy

FIXTURE = Path(__file__).parents[1] / "fixtures" / "tiny_encoder"


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """A copy of the tiny encoder, to be damaged."""
    return Path(shutil.copytree(FIXTURE, tmp_path / "tiny"))


@pytest.fixture(scope="session")
def describe() -> Callable[..., dict[str, Any]]:
    """Make the content of a ``tokenizer.json`` as BERT's, small letters, by hand."""

    def make(tokens: Iterable[str], **switches: bool | None) -> dict[str, Any]:
        ids = {token: i for i, token in enumerate(tokens)}
        special = [token for token in ids if token.startswith("[") and token.endswith("]")]
        kinds = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
        around = [token for token in ("[CLS]", "[SEP]") if token in ids]
        single: list[dict[str, Any]] = [{"SpecialToken": {"id": t, "type_id": 0}} for t in around]
        single.insert(1, {"Sequence": {"id": "A", "type_id": 0}})
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {"id": ids[token], "content": token, **kinds, "special": True} for token in special
            ],
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": None,
                "lowercase": True,
                **switches,
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": single,
                "pair": [
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 1}},
                ],
                "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in around},
            },
            "decoder": None,
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": ids,
            },
        }

    return make


LABELS = ("anger", "joy", "love", "neutral")
ROLLUPS = {"sentiment": {"anger": "negative", "joy": "positive", "love": "positive"}}
WORDS = ("not", "fine", "really", "why", "so", "it", "they", "good", "bad", "day")


def make_examples(
    task: Task = "multi_label",
    labels: tuple[str, ...] = LABELS,
    n: int = 60,
    splits: tuple[str, ...] = ("train", "validation", "test"),
    rollups: dict[str, dict[str, str]] | None = None,
) -> Examples:
    """``n`` texts a split, each with one label or two."""
    random = np.random.default_rng(3)
    held = np.zeros((n * len(splits), len(labels)), dtype=np.bool_)
    first = random.integers(len(labels), size=len(held))
    held[np.arange(len(held)), first] = True
    if task == "multi_label":
        held[np.arange(len(held)), random.integers(len(labels), size=len(held))] = True
    texts = tuple(
        f"{' '.join(random.choice(WORDS, size=1 + i % 9))} {i}{'?' if i % 3 else '!'}"
        for i in range(len(held))
    )
    return Examples(
        texts=texts,
        labels=held,
        taxonomy=make_taxonomy("tiny", labels, rollups),
        task=task,
        ids=tuple(f"id{i}" for i in range(len(held))),
        splits=np.repeat(splits, n),
        name="tiny",
    )


def make_scores(examples: Examples, split: str, noise: float = 1.5, seed: int = 0) -> Any:
    """Scores that are often right: +1.5 for a true label, -1.5 for another, plus noise."""
    truth = examples.split(split).labels
    random = np.random.default_rng(seed)
    return (3.0 * truth - 1.5 + noise * random.normal(size=truth.shape)).astype(np.float32)


def save_run(
    folder: Path,
    examples: Examples,
    *,
    scored: tuple[str, ...] = ("validation", "test"),
    noise: float = 1.5,
    seed: int = 0,
    history: str | None = None,
    provenance: dict[str, Any] | None = None,
) -> Path:
    """Lay ``folder`` out as training leaves it."""
    policy = plain_policy(examples.taxonomy.labels, examples.task)
    scorer = SavedScoresScorer(examples.taxonomy.labels, examples.task)
    classifier = EmotionClassifier(scorer, policy, examples.taxonomy)
    splits = {}
    for split in scored:
        scores = make_scores(examples, split, noise, seed)
        found = judge(classifier, examples, split, scores=scores, bootstrap=20, seed=5)
        found.save_scores(folder / "scores" / f"{split}.npz")
        splits[split] = found.to_json()
    model = folder / "model"
    model.mkdir(parents=True)
    (model / "weights.bin").write_bytes(b"0" * 1000)
    facts = {"seed": 0, "fit_seconds": 1.5, "recipe": {"name": folder.name}} | (provenance or {})
    write_manifest(
        model,
        Manifest("linear", examples.task, examples.taxonomy, policy.to_json(), provenance=facts),
    )
    (folder / "metrics.json").write_text(json.dumps({"splits": splits}))
    if history is not None:
        (folder / "history.csv").write_text(history)
    return folder


@contextmanager
def without_pixels() -> Iterator[None]:
    """Draw figures without writing their pixels, which takes three seconds a report."""

    def save(figure: Any, folder: Path, name: str) -> tuple[Path, Path]:
        paths = folder / f"{name}.png", folder / f"{name}.svg"
        for path in paths:
            path.write_bytes(b"<svg/>")
        return paths

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emoscope.report.render_figure.save_figure", save)
        yield


@pytest.fixture
def quick_files() -> Iterator[None]:
    with without_pixels():
        yield


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its report; only read it."""
    from emoscope.report.write import write_report

    examples = make_examples(rollups=ROLLUPS)
    folder = save_run(tmp_path_factory.mktemp("written") / "tiny-run", examples)
    with without_pixels():
        write_report(folder, examples)
    return folder


@pytest.fixture
def examples() -> Examples:
    return make_examples(rollups=ROLLUPS)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Call with a name, examples and what :func:`save_run` takes."""

    def made(name: str, given: Examples, **options: Any) -> Path:
        return save_run(tmp_path / name, given, **options)

    return made


@pytest.fixture
def run(make_run: Callable[..., Path], examples: Examples) -> Path:
    return make_run("tiny-run", examples)


@pytest.fixture
def examples_of() -> Callable[..., Examples]:
    """:func:`make_examples`, for tests that need other labels, tasks or splits."""
    return make_examples


LETTERS = make_taxonomy(
    "letters",
    ("joy", "love", "anger", "neutral"),
    {"mood": {"joy": "good", "love": "good", "anger": "bad"}},
)


class LetterScorer:
    """Label i scores the number of its letter in the text, minus one."""

    letters = "jlan"

    def __init__(self) -> None:
        self.labels = LETTERS.labels
        self.task: Task = "multi_label"
        self.sizes: list[int] = []

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.sizes.append(len(texts))
        counts = [[text.count(letter) for letter in self.letters] for text in texts]
        return np.array(counts, dtype=np.float32).reshape(len(texts), 4) - 1.0


@pytest.fixture
def classifier() -> EmotionClassifier:
    """A label holds when its letter stands in the text: j, l, a, n."""
    return EmotionClassifier(LetterScorer(), plain_policy(LETTERS.labels, "multi_label"), LETTERS)


@pytest.fixture
def fake_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A SLURM made of shell scripts: call with programs and what they do.

    Gives the folder in which they write down their last arguments.
    """

    def make(**programs: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name, does in {"srun": "exit 0", **programs}.items():
            path = folder / name
            path.write_text(f'#!/bin/sh\necho "$@" > {folder}/{name}.arguments\n{does}\n')
            path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return folder

    return make


@pytest.fixture
def no_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without SLURM."""
    monkeypatch.setenv("PATH", str(tmp_path))
