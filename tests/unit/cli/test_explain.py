from __future__ import annotations

import json

import typer
from typer.testing import CliRunner

from emoscope.cli.explain import bars, explain, highlighted
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.explain import Explanation, WordContribution

app = typer.Typer()
app.command()(explain)


def test_text_words_and_bars_are_printed(loaded: EmotionClassifier) -> None:
    done = CliRunner().invoke(app, ["what pure joy"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "  what pure joy"
    assert lines[2] == "  joy 88.1% (leave-one-out)"
    assert lines[3].split() == ["joy", "+76.2", "points", "█" * 30]
    assert len(lines) == 4  # the other words move nothing


def test_json_is_one_line(loaded: EmotionClassifier) -> None:
    done = CliRunner().invoke(app, ["so joy", "--json", "--label", "fear"])
    assert json.loads(done.stdout) == loaded.explain("so joy", "fear").to_json()
    assert done.stdout.count("\n") == 1


def test_coarse_labels(loaded: EmotionClassifier) -> None:
    done = CliRunner().invoke(app, ["so joy", "--json", "--rollup", "sentiment"])
    assert json.loads(done.stdout)["label"] == "positive"


def test_standard_input(loaded: EmotionClassifier) -> None:
    done = CliRunner().invoke(app, ["--json"], input="pure joy\n")
    assert json.loads(done.stdout)["text"] == "pure joy"


def test_words_for_are_green_and_against_red(emotion_classifier: EmotionClassifier) -> None:
    text = highlighted(emotion_classifier.explain("joy not fear", "joy"))
    styles = {text.plain[s.start : s.end]: s.style for s in text.spans}
    assert styles == {"joy": "bold black on green", "fear": "bold white on red"}


def test_markup_in_a_text_is_text(goemotions_classifier: EmotionClassifier) -> None:
    assert highlighted(goemotions_classifier.explain("[red]joy[/red]")).plain == "  [red]joy[/red]"


def test_no_words(goemotions_classifier: EmotionClassifier) -> None:
    assert [line.plain for line in bars(goemotions_classifier.explain(""))] == [
        "  neutral 100.0% (leave-one-out)",
        "  no word moves it by itself",
    ]


def test_only_the_strongest_words_get_a_bar() -> None:
    words = tuple(WordContribution(f"w{i}", 3 * i, 3 * i + 2, 0.3 - 0.01 * i) for i in range(14))
    lines = bars(Explanation("", "joy", 0.9, words, words_each=2))
    assert lines[0].plain == "  joy 90.0% (leave-one-out, 2 words at a time)"
    assert [line.plain.split()[0] for line in lines[1:-1]] == [f"w{i}" for i in range(12)]
    assert lines[-1].plain == "  and 2 more words"


def test_weak_words_keep_their_colour() -> None:
    words = (WordContribution("a", 0, 1, 0.5), WordContribution("b", 2, 3, 0.02))
    text = highlighted(Explanation("a b", "joy", 0.9, words, words_each=1))
    assert [text.plain[s.start : s.end] for s in text.spans] == ["a"]
