"""There is one way from texts to labels: the same costs and answers wherever it is used."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import emoscope.loading.load_model
from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions
from emoscope.cli.app import app
from emoscope.decisions import Policy
from emoscope.inference.classifier import EmotionClassifier
from emoscope.scorers.onnx_session import OnnxSession
from emoscope.tokenizers.window_tokenizer import WindowTokenizer
from emoscope.trends import TrendOptions, measure_trends

TEXT = "thank you so much, this is wonderful"


@pytest.fixture(scope="module")
def classifier() -> EmotionClassifier:
    """The model that ships."""
    return emoscope.load(threads=1)


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts texts that are tokenised, windows that are scored, and decisions of policies."""
    found: Counter[str] = Counter()

    def count(owner: Any, name: str, what: str, size: Callable[..., int]) -> None:
        plain = getattr(owner, name)

        def counting(*arguments: Any) -> Any:
            found[what] += size(*arguments)
            return plain(*arguments)

        monkeypatch.setattr(owner, name, counting)

    count(WindowTokenizer, "bodies", "tokenised", lambda self, texts: len(texts))
    count(OnnxSession, "run", "scored", lambda self, ids, mask: len(ids))
    count(Policy, "_decide", "decided", lambda *_: 1)
    return found


@pytest.fixture
def shell(
    classifier: EmotionClassifier, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> Callable[..., bytes]:
    """Run a command in this process with the model that is open; gives its standard output."""
    monkeypatch.setattr(emoscope.loading.load_model, "load_with", lambda *_: classifier)

    def run(*words: str, stdin: bytes = b"") -> bytes:
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin)))
        monkeypatch.setattr(sys, "stdin", stream)
        capfdbinary.readouterr()
        app(words, standalone_mode=False)
        sys.stdout.flush()
        return bytes(capfdbinary.readouterr().out)

    return run


def once(sets: int) -> dict[str, int]:
    return {"tokenised": 1, "scored": 1, "decided": sets}


def test_python(classifier: EmotionClassifier, costs: Counter[str]) -> None:
    for ask in (
        classifier,
        classifier.predict_proba,
        lambda text: list(classifier.stream([text])),
        lambda text: classifier.predict([text], top_k=2),
    ):
        costs.clear()
        ask(TEXT)
        assert costs == once(1)
    costs.clear()
    classifier.answer(TEXT, ["ekman", "sentiment"])
    assert costs == once(3)


@pytest.mark.parametrize(
    ("words", "sets"),
    [
        (["--format", "bars"], 3),
        (["--format", "bars", "--rollup", "ekman"], 2),
        (["--format", "table"], 1),
        (["--format", "jsonl"], 1),
        (["--format", "csv"], 1),
        (["--format", "csv", "--wide"], 1),
        (["--format", "csv", "--rollup", "ekman"], 2),
        (["--format", "jsonl", "--rollup", "ekman"], 2),
    ],
)
def test_predict_a_text(
    shell: Callable[..., bytes], costs: Counter[str], words: list[str], sets: int
) -> None:
    assert b"thank" in shell("predict", TEXT, *words)
    # coarse thresholds stand on fine probabilities, and the union on fine labels
    assert costs == once(sets)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_label_files(
    classifier: EmotionClassifier, costs: Counter[str], tmp_path: Path, suffix: str
) -> None:
    source = tmp_path / "t.txt"
    source.write_text(TEXT + "\n")
    label_files(classifier, [source], None, LabelOptions(output_format="csv"))
    assert costs == once(1)
    costs.clear()
    options = LabelOptions(rollups=("ekman",))
    label_files(classifier, [source], tmp_path / f"o{suffix}", options)
    probes = 2  # whose scores tell whether a job that goes on has the same graph
    assert costs == {"tokenised": 1 + probes, "scored": 1 + probes, "decided": 2}


def test_trends(classifier: EmotionClassifier, costs: Counter[str], tmp_path: Path) -> None:
    source = tmp_path / "t.csv"
    source.write_text(f'day,text\n2024-01-02,"{TEXT}"\n')
    measure_trends(source, TrendOptions(time="day"), classifier)
    assert costs == once(1)


def test_explain(classifier: EmotionClassifier, costs: Counter[str]) -> None:
    calls = []
    plain = classifier.scorer.score_parts  # type: ignore[attr-defined]

    class Watched:
        labels, task, logits = classifier.labels, classifier.task, classifier.scorer.logits

        def score_parts(self, texts: Sequence[str]) -> Iterator[Any]:
            calls.append(len(texts))
            return iter(plain(texts))

    watched = EmotionClassifier(Watched(), classifier.policy, classifier.taxonomy)
    watched.explain("so glad")
    assert calls == [3]
    assert costs == {"tokenised": 3, "scored": 3, "decided": 1}


def test_service(classifier: EmotionClassifier, costs: Counter[str]) -> None:
    for path, body, sets in (
        ("/v1/predict", {"inputs": TEXT}, 1),
        ("/predict", {"inputs": TEXT}, 1),
        ("/v1/emotions", {"texts": TEXT}, 3),
    ):
        answer = ask_service(classifier, path, [body], costs)[0]
        if answer is not None:
            assert costs == once(sets), path


def ask_service(
    classifier: EmotionClassifier, path: str, bodies: Sequence[Any], costs: Counter[str]
) -> list[Any]:
    """JSON answers of the service; None where it has no such path, which is its to decide."""
    pytest.importorskip("fastapi")
    client_of = pytest.importorskip("starlette.testclient").TestClient
    from emoscope.serve import ServeSettings, create_app

    settings = ServeSettings(max_characters=100_000)
    with client_of(create_app(classifier, settings), base_url="http://127.0.0.1") as client:
        costs.clear()
        found = [client.post(path, json=body) for body in bodies]
    return [None if each.status_code == 404 else each.json() for each in found]


def odd_texts() -> list[str]:
    """Three hundred texts of the kinds that break things; seeded."""
    emoji = "\U0001f469\u200d\U0001f467"
    made = [
        "", " ", "\t", "\u200b", "\ufeff", "\u3000", "a", ".", "!!!", "0", "thank you", TEXT,
        "joy", "neutral", "joy|fear", "labels", "null", "NaN", '"', "''", '""quoted""', "a,b;c\td",
        "\U0001f602" * 4, emoji, "\u2764\ufe0f\u200d\U0001f525 love", "e\u0301" * 40,
        "\u0645\u0631\u062d\u0628\u0627 \u202eabc", "\u6211\u975e\u5e38\u9ad8\u5174",
        "Ich bin sehr traurig dar\u00fcber",
        "\u042f \u043e\u0447\u0435\u043d\u044c \u0440\u0430\u0434",
        "\u001b[31mred\u001b[0m", "bell\u0007", "\u009b31m", "del\u007f", "[bold]x[/bold]", "=1+1",
        "word " * 400, "x" * 5000, "so happy! " * 60, "{", "{}", "[1, 2]", "\\", "\\n", "\u2028x",
    ]  # fmt: skip
    seeded = random.Random(20)
    words = ["happy", "sad", "thanks", "why", "na\u00efve", "\U0001f622", "\u200d", "\u0301",
             "\u00df", "\u4e2d", "-", "\u00a0", ",",
             '"', "\u0130", "\uff21", "\u05d0", "ANGRY", "i'm"]  # fmt: skip
    while len(made) < 220:
        made.append(" ".join(seeded.choices(words, k=seeded.randint(2, 12))))
    while len(made) < 300:
        codes = [seeded.choice((0x7F, 0x2FF, 0xFFFF, 0x1FFFF)) for _ in range(12)]
        letters = [chr(seeded.randint(1, code)) for code in codes]
        made.append("".join(c for c in letters if unicodedata.category(c) != "Cs"))
    return made


def normal(
    row: dict[str, Any], prefix: str = "", as_given: Callable[[Any], Any] = dict
) -> tuple[Any, ...]:
    """Labels, top label, notes and six-digit probabilities, from whatever form."""

    def names(value: Any) -> list[str]:
        return value if isinstance(value, list) else [name for name in value.split("|") if name]

    numbers = row[prefix + "probabilities"]
    numbers = json.loads(numbers) if isinstance(numbers, str) else numbers
    return (
        names(row[prefix + "labels"]), row[prefix + "top_label"], names(row["notes"]),
        # texts that are scored beside others differ in the last digit: padding, order of sums
        as_given({name: round(float(p), 6) for name, p in numbers.items()}),
    )  # fmt: skip


def nearly(numbers: dict[str, float]) -> Any:
    return pytest.approx(numbers, abs=2e-6)


@pytest.mark.slow
def test_all_ways_give_the_same(
    classifier: EmotionClassifier,
    shell: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    texts = odd_texts()
    assert len(texts) == 300
    expected = [normal(each.to_json(), "", nearly) for each in classifier(texts)]
    coarse = [normal(each.to_json(), "", nearly) for each in classifier.rollup("ekman")(texts)]

    written = shell("predict", "--format", "csv", "--rollup", "ekman", "--", *texts).decode()
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    assert [row["text"] for row in rows] == texts
    assert [normal(row) for row in rows] == expected
    assert [normal(row, "ekman_") for row in rows] == coarse

    written = shell("predict", "--format", "jsonl", "--", *texts).decode()
    assert [normal(json.loads(line)) for line in written.split("\n")[:-1]] == expected

    source = tmp_path / "t.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    for name in ("o.csv", "o.jsonl"):
        label_files(classifier, [source], tmp_path / name, LabelOptions(rollups=("ekman",)))
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "o.jsonl").read_bytes().split(b"\n")[:-1]]
    for of_file in (rows, lines):
        assert [row["text"] for row in of_file] == texts
        for row, own, ekman in zip(of_file, expected, coarse, strict=True):
            if row["error"]:  # a row without content is marked, as it may be a gap in the data
                assert own[2] == ["empty_text"]
                continue
            assert normal(row) == own
            assert normal(row, "ekman_") == ekman

    bodies = [{"texts": texts[start : start + 50]} for start in range(0, 300, 50)]
    answers = ask_service(classifier, "/v1/emotions", bodies, Counter())
    results = [result for answer in answers for result in answer["results"]]
    for result, own, ekman in zip(results, expected, coarse, strict=True):
        labels = [held["label"] for held in result["labels"]]
        found = labels, result["top_label"], result["notes"], result["probabilities"]
        assert own == found
        assert result["rollups"]["ekman"]["labels"] == ekman[0]
        assert ekman[3] == result["rollups"]["ekman"]["probabilities"]


@pytest.mark.slow
def test_a_text_and_a_file_have_the_same_columns(
    classifier: EmotionClassifier, shell: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text(f'text\n"{TEXT}"\n')
    for words in ([], ["--wide"], ["--rollup", "ekman"], ["--wide", "--rollup", "sentiment"]):
        for form in ("csv", "jsonl"):
            as_text = shell("predict", TEXT, "--format", form, *words)
            as_file = shell("predict", str(tmp_path / "t.csv"), "--format", form, *words)
            assert as_text == as_file
