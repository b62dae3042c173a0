from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
io = pytest.importorskip("skops.io")

from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import FeatureUnion, Pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer  # noqa: E402

from emoscope.errors import ModelFolderError  # noqa: E402
from emoscope.model_folder.file_names import LINEAR_FILE  # noqa: E402
from emoscope.scorers.linear import LinearScorer  # noqa: E402
from emoscope.scorers.scorer import NotingScorer, Scored  # noqa: E402

TEXTS = ["good day", "good cat", "bad day", "bad cat"]
NAMES = ("good", "bad")


def pipeline() -> Pipeline:
    union = FeatureUnion([("words", TfidfVectorizer())])
    classifier = LogisticRegression()
    classifier.fit(union.fit_transform(TEXTS), [0, 0, 1, 1])
    return Pipeline([("features", union), ("classifier", classifier)])


@pytest.fixture
def scorer() -> LinearScorer:
    return LinearScorer(pipeline(), NAMES, "single_label")


def test_save_and_load_give_equal_scores(tmp_path: Path, scorer: LinearScorer) -> None:
    scorer.save(tmp_path)
    again = LinearScorer.load(tmp_path, NAMES, "single_label")
    np.testing.assert_array_equal(again.logits(TEXTS), scorer.logits(TEXTS))


def test_no_text_gives_no_row(scorer: LinearScorer) -> None:
    assert scorer.logits([]).shape == (0, 2)


def test_many_texts_are_scored_in_chunks(
    scorer: LinearScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = scorer.logits(TEXTS * 5)
    monkeypatch.setattr("emoscope.scorers.linear._CHUNK", 3)
    np.testing.assert_array_equal(scorer.logits(TEXTS * 5), whole)


def test_texts_are_normalised(scorer: LinearScorer) -> None:
    np.testing.assert_array_equal(scorer.logits(["good\u200b  day"]), scorer.logits(["good day"]))


def test_a_text_of_unknown_words_is_noted(scorer: LinearScorer) -> None:
    assert isinstance(scorer, NotingScorer)
    assert list(
        Scored.join(
            list(scorer.score_parts(["good day", "xyzzy plugh", "", "good xyzzy plugh frotz"]))
        ).notes
    ) == [
        (),
        ("low_coverage",),
        (),
        ("low_coverage",),
    ]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=rf"lacks the file {LINEAR_FILE}"):
        LinearScorer.load(tmp_path, NAMES, "single_label")


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip", b"plain text"])
def test_damaged_file(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / LINEAR_FILE).write_bytes(damage)
    with pytest.raises(ModelFolderError, match="damaged"):
        LinearScorer.load(tmp_path, NAMES, "single_label")


def test_truncated_file(tmp_path: Path, scorer: LinearScorer) -> None:
    scorer.save(tmp_path)
    path = tmp_path / LINEAR_FILE
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ModelFolderError, match="damaged"):
        LinearScorer.load(tmp_path, NAMES, "single_label")


def test_foreign_types_are_refused_unread(tmp_path: Path) -> None:
    """A pipeline that would call a function of somebody's choice is never built."""
    hostile = Pipeline([("features", FunctionTransformer(print)), ("classifier", "passthrough")])
    io.dump(hostile, tmp_path / LINEAR_FILE)
    with pytest.raises(ModelFolderError, match=r"types that emoscope does not load: .*print"):
        LinearScorer.load(tmp_path, NAMES, "single_label")


def test_a_file_cannot_declare_its_own_types_safe(tmp_path: Path, scorer: LinearScorer) -> None:
    scorer.save(tmp_path)
    path = tmp_path / LINEAR_FILE
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    schema["__class__"], schema["__module__"] = "system", "os"
    members["schema.json"] = json.dumps(schema).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ModelFolderError):
        LinearScorer.load(tmp_path, NAMES, "single_label")


def test_wrong_number_of_labels(scorer: LinearScorer, tmp_path: Path) -> None:
    scorer.save(tmp_path)
    with pytest.raises(ModelFolderError, match="scores 2 labels, but the manifest names 1"):
        LinearScorer.load(tmp_path, ("good",), "single_label")


@pytest.mark.slow
def test_an_archive_that_unpacks_to_gigabytes(tmp_path: Path, scorer: LinearScorer) -> None:
    scorer.save(tmp_path)
    with (
        zipfile.ZipFile(tmp_path / LINEAR_FILE, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("big.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))
    with pytest.raises(ModelFolderError, match="unpack to 314,"):
        LinearScorer.load(tmp_path, NAMES, "single_label")


def test_an_array_that_says_it_is_huge(tmp_path: Path, scorer: LinearScorer) -> None:
    scorer.save(tmp_path)
    path = tmp_path / LINEAR_FILE
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, _huge(content) if name.endswith(".npy") else content)
    with pytest.raises(ModelFolderError, match="damaged"):
        LinearScorer.load(tmp_path, NAMES, "single_label")


def _huge(array: bytes) -> bytes:
    """An .npy file whose header names 10^15 numbers, with the same content behind it."""
    import io as streams

    header = streams.BytesIO()
    facts = {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    np.lib.format.write_array_header_1_0(header, facts)  # type: ignore[arg-type]
    return header.getvalue() + array[128:]


def test_a_pipeline_of_other_parts(tmp_path: Path) -> None:
    io.dump(Pipeline([("words", TfidfVectorizer())]), tmp_path / LINEAR_FILE)
    with pytest.raises(ModelFolderError, match="damaged"):
        LinearScorer.load(tmp_path, NAMES, "single_label")


def test_a_pipeline_that_was_never_fitted(tmp_path: Path, scorer: LinearScorer) -> None:
    for step in scorer.pipeline.named_steps["features"].transformer_list:
        vars(step[1]).pop("vocabulary_", None)
    scorer.save(tmp_path)
    with pytest.raises(ModelFolderError, match="damaged"):
        LinearScorer.load(tmp_path, NAMES, "single_label")
