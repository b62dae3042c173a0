from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from emoscope.training.losses.bce import BinaryCrossEntropy  # noqa: E402
from emoscope.training.regularised_loss import Forward, disagreement, drop_tokens, mix  # noqa: E402


def test_dropped_tokens_are_ordinary_ones():
    ids = torch.tensor([[2, 10, 11, 12, 3, 0, 0]] * 500)
    dropped = drop_tokens(ids, 0.3, mask_id=4, special_ids=(0, 2, 3, 4))
    assert (dropped[:, [0, 4, 5, 6]] == ids[:, [0, 4, 5, 6]]).all()
    share = (dropped[:, 1:4] == 4).float().mean().item()
    assert share == pytest.approx(0.3, abs=0.05)
    assert ids[0, 1] == 10, "the batch itself is left alone"


def test_disagreement_of_bernoullis_by_hand():
    # p = 1/2 and q = 3/4: half of (p - q)(logit p - logit q)
    scores = torch.tensor([[0.0], [math.log(3)]])
    assert disagreement(scores, "multi_label").item() == pytest.approx(0.5 * 0.25 * math.log(3))


def test_disagreement_of_choices_equals_torch_divergences():
    z, w = torch.randn(6, 4), torch.randn(6, 4)
    lz, lw = z.log_softmax(-1), w.log_softmax(-1)
    kl = torch.nn.functional.kl_div
    expected = 0.5 * (
        kl(lz, lw, log_target=True, reduction="batchmean")
        + kl(lw, lz, log_target=True, reduction="batchmean")
    )
    torch.testing.assert_close(disagreement(torch.cat([z, w]), "single_label"), expected)


def test_agreeing_passes_cost_nothing():
    z = torch.randn(3, 4)
    for task in ("multi_label", "single_label"):
        assert disagreement(torch.cat([z, z]), task).item() == pytest.approx(0.0, abs=1e-7)


def test_disagreement_is_finite_for_extreme_scores():
    z = torch.full((2, 3), 1e4)
    for task in ("multi_label", "single_label"):
        assert torch.isfinite(disagreement(torch.cat([z, -z]), task))


def test_mixing_keeps_the_share_in_embeddings_and_targets(monkeypatch):
    monkeypatch.setattr(torch.distributions.Beta, "sample", lambda self: torch.tensor(0.25))
    monkeypatch.setattr(torch, "randperm", lambda n, device=None: torch.tensor([1, 0]))
    embeddings = torch.tensor([[[1.0], [1.0]], [[3.0], [9.0]]])  # (2, 2, 1), the last is padding
    mask = torch.tensor([[1, 1], [1, 0]])
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    mixed, seen, labels = mix(embeddings, mask, targets, alpha=0.4)
    # the share 0.25 is turned to 0.75, so that the text itself leads
    assert mixed.squeeze(-1).tolist() == [[1.5, 0.75], [2.5, 0.25]]
    assert seen.tolist() == [[1, 1], [1, 1]]
    assert labels.tolist() == [[0.75, 0.25], [0.25, 0.75]]


class Spy(torch.nn.Module):
    """Remembers what it was given and answers with these scores."""

    def __init__(self, scores: torch.Tensor) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(20, 3)
        self.scores = scores
        self.given: dict[str, torch.Tensor] = {}

    def get_input_embeddings(self) -> torch.nn.Embedding:
        return self.words

    def forward(self, **given: torch.Tensor) -> SimpleNamespace:
        self.given = given
        return SimpleNamespace(logits=self.scores)


BATCH = {
    "input_ids": torch.tensor([[2, 7, 8, 3], [2, 9, 3, 0]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]]),
    "labels": torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
}
BCE = BinaryCrossEntropy()


def test_without_options_it_is_the_loss_of_the_batch():
    spy = Spy(torch.randn(2, 2))
    loss = Forward(BCE, "multi_label").loss(spy, BATCH, spy)
    torch.testing.assert_close(loss, BCE(spy.scores, BATCH["labels"]))
    assert torch.equal(spy.given["input_ids"], BATCH["input_ids"])


def test_r_drop_passes_twice_and_adds_the_disagreement():
    spy = Spy(torch.randn(4, 2))
    loss = Forward(BCE, "multi_label", r_drop=0.7).loss(spy, BATCH, spy)
    twice = torch.cat([BATCH["labels"]] * 2)
    expected = BCE(spy.scores, twice) + 0.7 * disagreement(spy.scores, "multi_label")
    torch.testing.assert_close(loss, expected)
    assert torch.equal(spy.given["input_ids"], torch.cat([BATCH["input_ids"]] * 2))


def test_token_dropout_masks_what_the_model_sees():
    spy = Spy(torch.zeros(2, 2))
    options = {"token_dropout": 0.999, "mask_id": 4, "special_ids": (0, 2, 3)}
    Forward(BCE, "multi_label", **options).loss(spy, BATCH, spy)
    assert spy.given["input_ids"].tolist() == [[2, 4, 4, 3], [2, 4, 3, 0]]


def test_mixup_gives_mixed_vectors_and_asks_for_mixed_labels(monkeypatch):
    monkeypatch.setattr(torch.distributions.Beta, "sample", lambda self: torch.tensor(0.75))
    monkeypatch.setattr(torch, "randperm", lambda n, device=None: torch.tensor([1, 0]))
    spy = Spy(torch.randn(2, 2))
    loss = Forward(BCE, "multi_label", mixup=0.4).loss(spy, BATCH, spy)
    assert "input_ids" not in spy.given
    vectors, mask = spy.words(BATCH["input_ids"]), BATCH["attention_mask"]
    mixed, seen, labels = mix(vectors, mask, BATCH["labels"], 0.4)
    torch.testing.assert_close(spy.given["inputs_embeds"], mixed)
    assert torch.equal(spy.given["attention_mask"], seen)
    torch.testing.assert_close(loss, BCE(spy.scores, labels))
