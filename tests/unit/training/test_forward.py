from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from emoscope.training.forward import disagreement, drop_tokens, mix  # noqa: E402


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
