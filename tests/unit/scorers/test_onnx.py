from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from emoscope.model_folder.manifest import read_manifest
from emoscope.scorers import onnx as onnx_scorer
from emoscope.scorers import token_batches as batching
from emoscope.scorers.onnx import OnnxScorer
from emoscope.scorers.onnx_session import OnnxSession
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import NotingScorer, Scored
from emoscope.taxonomy import GOEMOTIONS

# Scores of the fixture: every emotion -3, neutral 2; a word of evidence adds to its labels and
# takes 4 from neutral; see tests/fixtures/make_tiny_encoder.py.
GRATITUDE, LOVE, NEUTRAL = (GOEMOTIONS.index(name) for name in ("gratitude", "love", "neutral"))


@pytest.fixture
def scorer(tiny_folder: Path) -> OnnxScorer:
    return OnnxScorer.load(tiny_folder, read_manifest(tiny_folder), RuntimeOptions(threads=2))


def test_scores_by_hand(scorer):
    (row,) = scorer.logits(["Thank you!"])
    expected = np.full(28, -3.0)
    expected[[GRATITUDE, NEUTRAL]] = 3.0, -2.0
    np.testing.assert_array_equal(row, expected.astype(np.float32))


def test_many_texts_keep_their_order_whatever_their_length(scorer):
    texts = ["love", "so so so so much", "thank you", "", "i love you and i thank you", "zork"]
    found = scorer.logits(texts)[:, [GRATITUDE, LOVE, NEUTRAL]]
    assert found.tolist() == [
        [-3, 3, -2], [-3, -3, 2], [3, -3, -2], [-3, -3, 2], [3, 3, -6], [-3, -3, 2],
    ]  # fmt: skip


def test_one_text_scores_as_it_does_among_many(scorer):
    texts = [f"thank {'you ' * n}" for n in range(12)]
    alone = np.concatenate([scorer.logits([text]) for text in texts])
    np.testing.assert_array_equal(scorer.logits(texts), alone)


def test_no_text(scorer):
    assert scorer.logits([]).shape == (0, 28)
    assert scorer.logits([]).dtype == np.float32


def test_repeated_texts_are_scored_once(scorer, monkeypatch: pytest.MonkeyPatch):
    rows = []
    run = OnnxSession.run
    monkeypatch.setattr(
        OnnxSession, "run", lambda s, ids, mask: rows.append(len(ids)) or run(s, ids, mask)
    )
    found = scorer.logits(["thank you", "love", "thank you", "thank you"])
    assert sum(rows) == 2
    assert found[:, GRATITUDE].tolist() == [3, -3, 3, 3]


def test_a_long_text_is_read_in_windows_and_joined_by_the_maximum(scorer):
    # 14 words fit a window of 16; "thank" stands in the first, "love" in the last
    text = "thank " + "you " * 40 + "love"
    for found in (scorer.logits([text])[0], scorer.logits([text, "zork"])[0]):
        assert found[[GRATITUDE, LOVE, NEUTRAL]].tolist() == [3, 3, 2]
    assert Scored.join(list(scorer.score_parts([text]))).notes == (("long_text",),)


@pytest.mark.parametrize("matrix_units", [True, False])
def test_a_short_text_runs_on_one_thread_where_that_is_quickest(
    tiny_folder: Path, matrix_units: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(onnx_scorer, "has_matrix_units", lambda: matrix_units)
    monkeypatch.setattr(onnx_scorer, "SHORT_TOKENS", 5)
    threads: list[int] = []
    opened = OnnxScorer._open

    def noted(self, n: int):
        threads.append(n)
        return opened(self, n)

    monkeypatch.setattr(OnnxScorer, "_open", noted)
    manifest = read_manifest(tiny_folder)
    scorer = OnnxScorer.load(tiny_folder, manifest, RuntimeOptions(threads=2))
    assert scorer.logits(["thank you"])[0, GRATITUDE] == 3
    assert threads == [1 if matrix_units else 2], "one session serves the first short text"
    assert scorer.logits(["thank you you you you you"])[0, GRATITUDE] == 3
    assert threads == ([1, 2] if matrix_units else [2])


def test_stream_reads_ahead_but_little(scorer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batching, "CHUNK_TEXTS", 4)
    taken = 0

    def supply():
        nonlocal taken
        for i in itertools.count():
            taken += 1
            yield "thank you" if i % 2 else "love"

    stream = scorer.score_parts(supply())
    for _ in range(5):
        assert next(stream).scores[:, GRATITUDE].tolist() == [-3, 3, -3, 3]
    assert taken <= 4 * (5 + 3)
    stream.close()


def test_stream_of_everything_at_once_equals_logits(scorer, monkeypatch: pytest.MonkeyPatch):
    texts = [f"{'thank ' * (n % 5)}you" for n in range(50)]
    whole = scorer.logits(texts)
    monkeypatch.setattr(batching, "CHUNK_TEXTS", 7)
    np.testing.assert_array_equal(Scored.join(list(scorer.score_parts(iter(texts)))).scores, whole)


def test_threads_share_one_scorer(scorer):
    texts = [["thank you"], ["love", "love you"], ["zork"] * 5]
    expected = [scorer.logits(t) for t in texts]
    start = threading.Barrier(8)

    def work(i: int) -> bool:
        start.wait()
        return all(np.array_equal(scorer.logits(texts[i % 3]), expected[i % 3]) for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_an_error_in_a_batch_reaches_the_caller(scorer, monkeypatch: pytest.MonkeyPatch):
    def broken(session, ids, mask):
        raise MemoryError("no room")

    monkeypatch.setattr(OnnxSession, "run", broken)
    with pytest.raises(MemoryError, match="no room"):
        scorer.logits(["a", "b"])


def test_both_graphs_give_the_same(tiny_folder: Path):
    manifest = read_manifest(tiny_folder)
    texts = ["thank you", "why ?", "great ! wow"]
    int8, fp32 = (
        OnnxScorer.load(tiny_folder, manifest, RuntimeOptions(graph=graph, threads=1))
        for graph in ("int8", "fp32")
    )
    assert (int8.graph.name, fp32.graph.name) == ("model_quantized.onnx", "model.onnx")
    np.testing.assert_array_equal(int8.logits(texts), fp32.logits(texts))


def test_the_int8_graph_is_first_choice_and_the_other_the_second(tiny_folder: Path):
    manifest = read_manifest(tiny_folder)
    assert OnnxScorer.load(tiny_folder, manifest).graph.name == "model_quantized.onnx"
    (tiny_folder / "onnx" / "model_quantized.onnx").unlink()
    assert OnnxScorer.load(tiny_folder, manifest).graph.name == "model.onnx"


def test_port(scorer):
    assert isinstance(scorer, NotingScorer)
    assert scorer.labels == GOEMOTIONS.labels
    assert scorer.task == "multi_label"
    assert scorer.provider == "CPUExecutionProvider"


@pytest.mark.parametrize(("n_texts", "tokens"), [(2, 4), (40, 4), (4000, 4)])
def test_batches_busy_every_worker_and_stay_small(scorer, n_texts, tokens):
    most = scorer._batch_tokens(n_texts * tokens, tokens)
    assert most == min(batching.BATCH_TOKENS, n_texts * tokens // 2)
