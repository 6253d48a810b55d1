"""The network of *direct* in torch: a pretrained encoder, its token states pooled, one shared layer, and the heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from goldenhour.students.direct.layout import Layout

# how much each part of the loss weighs; chosen on the dev split
USE, DIRECTION, MOVES, SIZE, CHOICE = 2.0, 2.0, 0.5, 0.6, 1.0
LABEL_SMOOTHING = 0.1
UNIT = 30.0  # a usual size of a change: heads speak in multiples of it
HIDDEN = 512


class Network(nn.Module):
    """Token ids and mask, (n, length) int64 → the outputs of ``layout.OUTPUTS``, or logits for the loss.

    ``meanings``: the width of the embeddings of rationales that are to be foretold in training; 0 if none are.
    """

    def __init__(self, encoder: nn.Module, layout: Layout, dropout: float = 0.2, meanings: int = 0):
        super().__init__()
        self.encoder = encoder
        width = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        sizes = layout.sizes
        self._widths = [sizes["uses"], sizes["numbers"], sizes["moves"], sizes["choices"]]
        self.shared = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, HIDDEN), nn.GELU(), nn.Dropout(dropout))
        self.heads = nn.Linear(HIDDEN, sum(self._widths))
        # made last, so that the other heads begin alike with and without it; no part of ``forward``, so never served
        self.meaning = nn.Linear(width, meanings) if meanings else None
        self.spans = [span for _, span in layout.choices]
        self.keys: Tensor  # (rows, width): what ``remember`` was given; no part of what is learnt
        self.register_buffer("keys", torch.zeros(0, width), persistent=False)

    def remember(self, keys: Tensor) -> None:
        """Compare every text with examples from now on: ``keys`` (rows, width) are their mean token states."""
        self.keys = functional.normalize(keys)

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """(mean, largest) of the token states, (n, width) each."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        # a large finite number: -inf would be NaN in half precision
        return mean, (states - (1 - mask) * 1e4).max(1).values

    def logits(self, mean: Tensor, largest: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(use logits, numbers in units of UNIT, move logits, option logits)."""
        outputs = self.heads(self.shared(torch.cat([mean, largest], 1)))
        uses, sizes, moves, options = outputs.split(self._widths, 1)
        return uses, sizes * torch.sigmoid(moves), moves, options

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Probabilities of use, numbers in the toolset's units from neutral, of moving, and of options; likeness.

        The likeness (n, rows) is the cosine to each key.
        """
        mean, largest = self.pooled(input_ids, attention_mask)
        uses, numbers, moves, options = self.logits(mean, largest)
        choices = torch.cat([*(options[:, span].softmax(1) for span in self.spans), options[:, :0]], 1)
        return uses.sigmoid(), numbers * UNIT, moves.sigmoid(), choices, functional.normalize(mean) @ self.keys.T


def loss(network: Network, layout: Layout, batch: Mapping[str, Any], rationale_loss: float = 0.0) -> Tensor:
    """The loss of a batch with the targets of ``layout.targets``; ``known`` (n, T): what tools a row says anything of.

    Only the direction of a tool's numbers counts in the paper's score: hence one minus their cosine, beside which a
    small Huber loss (1964) keeps their size. Both, and the choice, count over the rows that use the tool.

    ``rationale_loss``: what one minus the cosine to ``meanings`` (n, width) counts beside, over the rows where they are
    not 0: the mean state of an intent must say why it is answered so (after Hsieh et al. 2023, who have it written).
    """
    mean, largest = network.pooled(batch["input_ids"], batch["attention_mask"])
    uses, numbers, moves, options = network.logits(mean, largest)
    known, used = batch["known"], batch["uses"] * batch["known"]
    total = USE * _mean(functional.binary_cross_entropy_with_logits(uses, batch["uses"], reduction="none"), known)
    of_number = torch.as_tensor(layout.tool_of_number, device=uses.device)
    for tool in range(len(layout.tools)):
        places, rows = of_number == tool, used[:, tool]
        target, predicted, moved = batch["numbers"][:, places], numbers[:, places], batch["moves"][:, places]
        gate = functional.binary_cross_entropy_with_logits(moves[:, places], moved, reduction="none").mean(1)
        size = functional.smooth_l1_loss(predicted * UNIT, target, reduction="none", beta=5.0).mean(1) / UNIT
        total = total + MOVES * _mean(gate, rows) + SIZE * _mean(size, rows)
        if target.shape[1] > 1:
            total = total + DIRECTION * _mean(1 - functional.cosine_similarity(predicted, target), rows)
    for slot, span in layout.choices:
        target = batch["choices"][:, span]
        target = (1 - LABEL_SMOOTHING) * target + LABEL_SMOOTHING / target.shape[1]
        surprise = -(target * options[:, span].log_softmax(1)).sum(1)
        total = total + CHOICE * _mean(surprise, used[:, layout.tools.index(slot.tool)])
    if network.meaning is not None:
        wanted = batch["meanings"]
        apart = 1 - functional.cosine_similarity(network.meaning(mean), wanted)
        total = total + rationale_loss * _mean(apart, (wanted != 0).any(1).to(apart.dtype))
    return total


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean; 0 where nothing weighs anything."""
    return (values * weights).sum() / weights.sum().clamp(min=1)
