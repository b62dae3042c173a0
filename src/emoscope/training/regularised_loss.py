"""One training pass over a batch: scores, loss, and the regularisers that change either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from emoscope.taxonomy import Task
from emoscope.training.losses import Loss


@dataclass(frozen=True)
class Forward:
    """The loss of a batch, with token dropout, mixup and R-Drop where they are asked for."""

    criterion: Loss
    task: Task
    token_dropout: float = 0.0
    mask_id: int = 0
    """Token that stands for a dropped one."""
    special_ids: tuple[int, ...] = ()
    """Tokens that are never dropped: padding, start, end."""
    mixup: float = 0.0
    r_drop: float = 0.0

    def loss(
        self, model: nn.Module, batch: dict[str, torch.Tensor], unwrapped: Any
    ) -> torch.Tensor:
        """Scalar loss of ``input_ids``, ``attention_mask`` (b, t) and ``labels`` (b, n_labels).

        ``model`` may be wrapped for several processes; ``unwrapped`` is the one inside.
        """
        ids, mask, targets = batch["input_ids"], batch["attention_mask"], batch["labels"]
        if self.r_drop:  # both passes in one batch: dropout differs between the halves
            ids, mask, targets = (torch.cat([x, x]) for x in (ids, mask, targets))
        if self.token_dropout:
            ids = drop_tokens(ids, self.token_dropout, self.mask_id, self.special_ids)
        if self.mixup:
            embeddings = unwrapped.get_input_embeddings()(ids)
            mixed, mask, targets = mix(embeddings, mask, targets, self.mixup)
            scores = model(inputs_embeds=mixed, attention_mask=mask).logits.float()
        else:
            scores = model(input_ids=ids, attention_mask=mask).logits.float()
        loss = self.criterion(scores, targets)
        if self.r_drop:
            loss = loss + self.r_drop * disagreement(scores, self.task)
        return loss


def mix(
    embeddings: torch.Tensor, mask: torch.Tensor, targets: torch.Tensor, alpha: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mix each text with another of its batch.

    Shapes: embeddings (b, t, d), mask (b, t), targets (b, n_labels).

    One share from Beta(alpha, alpha) for the batch, at least one half, so that the text itself
    leads (Guo, Mao, Zhang 2019, "Augmenting Data with Mixup for Sentence Classification",
    wordMixup: padding counts as zeros).
    """
    share = float(torch.distributions.Beta(alpha, alpha).sample())
    share = max(share, 1.0 - share)
    other = torch.randperm(len(targets), device=targets.device)
    kept = embeddings * mask.unsqueeze(-1).to(embeddings.dtype)
    return (
        share * kept + (1.0 - share) * kept[other],
        mask | mask[other],
        share * targets + (1.0 - share) * targets[other],
    )


def drop_tokens(
    ids: torch.Tensor, share: float, mask_id: int, special_ids: tuple[int, ...]
) -> torch.Tensor:
    """Replace a random ``share`` of the ordinary tokens of ``ids`` (b, t) by ``mask_id``."""
    dropped = torch.rand(ids.shape, device=ids.device) < share
    for special in special_ids:
        dropped &= ids != special
    return ids.masked_fill(dropped, mask_id)


def disagreement(scores: torch.Tensor, task: Task) -> torch.Tensor:
    """Symmetric Kullback-Leibler divergence between the two halves of ``scores`` (2b, n_labels).

    R-Drop (Liang et al., 2021), equation 2, the mean of both directions. Multi-label: of each
    label's Bernoulli, meaned over labels as binary cross-entropy is. Scalar, mean over the b
    texts.
    """
    z, w = scores.float().chunk(2)
    if task == "single_label":
        lz, lw = functional.log_softmax(z, -1), functional.log_softmax(w, -1)
        return 0.5 * ((lz.exp() - lw.exp()) * (lz - lw)).sum(-1).mean()
    # KL(p|q) + KL(q|p) of two Bernoullis is (p - q)(logit p - logit q)
    return 0.5 * ((torch.sigmoid(z) - torch.sigmoid(w)) * (z - w)).mean()
