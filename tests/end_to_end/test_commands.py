"""The commands as a person types them, from training to labels, and everything typed wrong."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

from emoscope.cli import main


class Shell:
    """Runs ``emoscope`` in this process and keeps what it said."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys, self._patch = capsys, patch

    def __call__(self, *arguments: object, stdin: bytes | None = None) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        self._patch.setattr(sys, "argv", ["emoscope", *map(str, arguments)])
        if stdin is not None:
            self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as leave:
            code = int(leave.code or 0)
        said = self._capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


FAST = ("--policy.repeats", 1, "--policy.folds", 2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the corpus that ships."""
    from emoscope.training.recipe import load_recipe
    from emoscope.training.train import train

    recipe = load_recipe(
        "tfidf-5k-goemotions",
        {
            "data.name": "everyday",
            "sample": "600",
            "name": "made",
            "repeats": "1",
            "folds": "2",
            "strength": "20",
        },
    )
    run = train(recipe, runs=tmp_path_factory.mktemp("runs"))
    assert run is not None
    return run.folder


def test_train_falls_back_to_the_sample_and_says_so(
    shell: Shell, tmp_path: Path, no_data: None
) -> None:
    code, out, err = shell("train", "tfidf-5k-goemotions", "--runs", tmp_path, *FAST)
    assert code == 0
    assert "everyday" in err
    assert "macro-F1" in out
    assert str(tmp_path / "tfidf-5k-goemotions" / "model") in out


def test_predict_writes_json_lines_in_a_pipe(shell: Shell, trained: Path) -> None:
    code, out, _ = shell("predict", "--model", trained, "thank you so much", "")
    assert code == 0
    first, second = (json.loads(line) for line in out.splitlines())
    assert first["text"] == "thank you so much"
    assert set(first) == {"text", "labels", "top_label", "notes", "error", "probabilities"}
    assert second["labels"] == ["neutral"]
    assert second["notes"] == ["empty_text"]


def test_predict_reads_standard_input_one_text_a_line(shell: Shell, trained: Path) -> None:
    code, out, _ = shell(
        "predict", "--model", trained, stdin="thanks!\r\nso sad\n\nbroken \xff".encode("latin-1")
    )
    assert code == 0
    texts = [json.loads(line)["text"] for line in out.splitlines()]
    assert texts == ["thanks!", "so sad", "", "broken \ufffd"]


def test_predict_takes_a_text_longer_than_a_file_name(shell: Shell, trained: Path) -> None:
    code, out, _ = shell("predict", "--model", trained, "so happy " * 2000)
    assert code == 0
    assert json.loads(out)["text"].startswith("so happy")


def test_predict_labels_a_file_row_by_row(shell: Shell, trained: Path, tmp_path: Path) -> None:
    table = file_of(tmp_path, "posts.csv", b'id,body\n1,"so happy, today"\n2,\n3,I hate this\n')
    out_file = tmp_path / "labelled.csv"
    code, _, err = shell(
        "predict", table, "-o", out_file, "--text", "body", "--model", trained,
        "--rollup", "ekman",
    )  # fmt: skip
    assert code == 0, err
    with out_file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["top_label"]
    assert rows[1]["labels"] == ""
    assert rows[1]["error"]
    assert "1 row could not be read" in err
    code, _, err = shell("predict", table, "-o", out_file, "--text", "body", "--model", trained)
    assert code == 2  # it is there already
    code, _, err = shell(
        "predict", table, "-o", tmp_path / "o.csv", "--text", "txt", "--model", trained
    )
    assert code == 2
    assert "'txt'" in err


def test_predict_csv_has_one_column_a_label(shell: Shell, trained: Path) -> None:
    code, out, _ = shell(
        "predict", "--model", trained, "--format", "csv", "--wide", 'say "hi", friend'
    )
    assert code == 0
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["text"] == 'say "hi", friend'
    assert 0 <= float(row["probability_joy"]) <= 1


def test_predict_bars_show_labels_thresholds_and_groups(shell: Shell, trained: Path) -> None:
    code, out, _ = shell("predict", "--model", trained, "--format", "bars", "thank you so much")
    assert code == 0
    assert "●" in out
    assert "█" in out
    assert "from " in out
    assert "ekman:" in out
    assert "sentiment:" in out


def test_predict_in_coarse_labels(shell: Shell, trained: Path) -> None:
    code, out, _ = shell("predict", "--model", trained, "--rollup", "sentiment", "thanks")
    assert code == 0
    assert list(json.loads(out)["sentiment_probabilities"]) == [
        "positive", "negative", "ambiguous", "neutral",
    ]  # fmt: skip


def test_top_k_and_threshold_change_the_decision(shell: Shell, trained: Path) -> None:
    _, out, _ = shell("predict", "--model", trained, "--top-k", 3, "thanks")
    assert len(json.loads(out)["labels"]) == 3
    _, out, _ = shell("predict", "--model", trained, "--threshold", 0, "thanks")
    assert len(json.loads(out)["labels"]) == 28


def test_evaluate_repeats_the_numbers_of_the_run(
    shell: Shell, trained: Path, tmp_path: Path
) -> None:
    # a subset to train on is no subset to judge on, unless it is asked for again
    code, out, _ = shell(
        "evaluate", trained, "--json", "--out", tmp_path / "judged", "--sample", "600"
    )
    assert code == 0
    fine = json.loads(out)["fine"]["headline"]
    saved = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    assert fine == saved["splits"]["test"]["fine"]["headline"]
    assert (tmp_path / "judged" / "per_label.csv").is_file()


def test_evaluate_on_an_own_file(shell: Shell, trained: Path, tmp_path: Path) -> None:
    table = tmp_path / "judge.csv"
    table.write_text(
        'body,mood\n"thank you, that helped",gratitude\nI miss her,"sadness,grief"\n',
        encoding="utf-8",
    )
    code, out, err = shell(
        "evaluate", trained, "--data", table, "--text", "body", "--labels", "mood",
    )  # fmt: skip
    assert code == 0, err
    assert "2 test texts" in out


def test_evaluate_splits_the_training_file_as_training_did(shell: Shell, tmp_path: Path) -> None:
    table = file_of(tmp_path, "data.csv", GOOD)
    code, out, err = shell("train", "--data", table, "--runs", tmp_path / "runs", *FAST)
    assert code == 0, err
    assert "4 test texts" in out
    code, out, err = shell("evaluate", tmp_path / "runs" / "data", "--data", table)
    assert code == 0, err
    assert "4 test texts" in out


def test_info_shows_origin_and_thresholds(shell: Shell, trained: Path) -> None:
    code, out, _ = shell("info", trained)
    assert code == 0
    assert "linear" in out
    assert "threshold" in out
    code, out, _ = shell("info", trained, "--json")
    assert json.loads(out)["format_version"] == 1


def test_recipes_lists_them_all(shell: Shell) -> None:
    code, out, _ = shell("recipes")
    assert code == 0
    assert "tfidf-goemotions" in out
    pytest.importorskip("tomli_w")
    code, out, _ = shell("recipes", "tfidf-5k-goemotions")
    assert "max_features = 5000" in out


@pytest.mark.parametrize("verb", ["predict", "train", "evaluate", "info", "recipes", "data"])
def test_help_of_every_verb(shell: Shell, verb: str) -> None:
    code, out, _ = shell(verb, "--help")
    assert code == 0
    assert "Usage" in out


def file_of(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


GOOD = b"text,labels\n" + b"".join(
    b"happy number %d,joy\nsad number %d,sadness\n" % (i, i) for i in range(20)
)


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (GOOD, ("--text", "txt"), ("no column 'txt'", "'text'")),
        (GOOD, ("--labels", "lables"), ("'lables'", "'labels'")),
        (GOOD, ("--label-names", "joy,fear"), ("sadness",)),
        (b"text,labels\nhello,7\nbye,1\n", ("--label-names", "joy,fear"), ("7",)),
        (b"", (), ("empty",)),
        (b"text,labels\n", (), ("data.csv",)),
        (b"text,labels\n,joy\n  ,fear\n", (), ("empty",)),
        (b"text,labels\ncaf\xe9,joy\nok,fear\n", (), ("UTF-8",)),
        (GOOD.replace(b"sadness", b"joy"), (), ("joy",)),
        (
            b"text,labels,split\na,joy,train\nb,fear,train\nc,grief,test\nd,joy,validation\n",
            ("--split-column", "split"),
            ("grief", "train"),
        ),
    ],
)
def test_bad_data_is_one_paragraph_that_names_it(
    shell: Shell, tmp_path: Path, content: bytes, options: tuple[str, ...], said: tuple[str, ...]
) -> None:
    table = file_of(tmp_path, "data.csv", content)
    code, _, err = shell("train", "--data", table, "--runs", tmp_path / "runs", *options, *FAST)
    assert code == 2
    paragraph = err.strip().splitlines()[-1]
    assert paragraph.startswith("emoscope: ")
    for part in said:
        assert part in paragraph
    assert "Traceback" not in err
    assert not list((tmp_path / "runs").glob("*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "--data", "no/such.csv"), "no/such.csv"),
        (("train", "tfidf-goemotoins"), "Did you mean 'tfidf-goemotions'"),
        (("train", "tfidf-goemotions", "--strenght", "3"), "Did you mean 'model.strength'"),
        (("train", "tfidf-goemotions", "stray"), "stray"),
        (("recipes", "nope"), "nope"),
        (("info", "no/model"), "no/model"),
        (("predict", "--model", "no/model", "hi"), "no/model"),
        (("evaluate", "no/model"), "no/model"),
    ],
)
def test_wrong_names(shell: Shell, arguments: tuple[str, ...], said: str, no_data: None) -> None:
    code, _, err = shell(*arguments)
    assert code == 2
    assert said in err
    assert "Traceback" not in err


def test_bad_decisions(shell: Shell, trained: Path) -> None:
    for option, value in (("--threshold", "1.5"), ("--top-k", "0"), ("--rollup", "ekmann")):
        code, _, err = shell("predict", "--model", trained, option, value, "hi")
        assert code == 2
        assert "Traceback" not in err


@pytest.mark.parametrize("harm", ["missing", "altered", "newer"])
def test_harmed_model_folders(shell: Shell, trained: Path, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(trained / "model", folder)
    if harm == "missing":
        (folder / "linear.skops").unlink()
    elif harm == "altered":
        (folder / "linear.skops").write_bytes(b"something else")
    else:
        manifest = json.loads((folder / "emoscope.json").read_text(encoding="utf-8"))
        manifest["format_version"] = 99
        (folder / "emoscope.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, _, err = shell("predict", "--model", folder, "hi")
    assert code == 2
    assert {"missing": "lacks", "altered": "SHA-256", "newer": "Upgrade"}[harm] in err
