"""CTC with a factorised blank on a large alphabet, and the framewise supervision by known character places.

The class layer is the costly part of training. Three things keep it cheap: it is computed only at frames that may hold
a character, in half precision and in memory that is kept from step to step; only the columns of a line's labels leave
it; and CTC runs on the compact alphabet {blank, labels of this line}.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_ALIGN = 32
"""Columns added to the class layer's factors: one for the bias, the rest for whole tiles of the matrix unit."""

_SMALLEST = 1e-37
IMPOSSIBLE = -1e4


class _Memory:
    """Large arrays that one step gives back and the next takes, so that the system need not find them anew."""

    def __init__(self) -> None:
        self._spare: list[Tensor] = []

    def take(self, size: int) -> Tensor:
        """At least ``size`` values."""
        flat = self._spare.pop() if self._spare else torch.empty(0, dtype=torch.bfloat16)
        return flat if len(flat) >= size else torch.empty(size + size // 4, dtype=torch.bfloat16)

    def give_back(self, flat: Tensor) -> None:
        """Take note that an array is not needed any more."""
        if not self._spare:
            self._spare.append(flat)


_memory = _Memory()


class _ColumnLogSoftmax(torch.autograd.Function):
    """log softmax(hidden @ weight.T + bias) at a few columns of each row.

    The bias rides along as one more column of both factors, so that every product and its gradients are one matrix
    product. The upstream gradient of a row is never positive in sum, because every column wanted is a reason for the
    row's loss to fall; dividing by it keeps what is stored between -1 and 1, which bfloat16 holds well.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, lines: Tensor, columns: Tensor) -> Tensor:
        low, low_weight = _with_column(hidden, 1), _with_column(weight, bias)
        size = len(hidden) * len(weight)
        ctx.memory = _memory.take(size)
        probs = ctx.memory[:size].view(len(hidden), len(weight))
        torch.mm(low, low_weight.t(), out=probs)
        torch.softmax(probs, 1, out=probs)
        wanted = probs.gather(1, columns[lines]).float().clamp_min_(_SMALLEST)
        ctx.save_for_backward(low, low_weight, lines, columns, probs, wanted)
        result: Tensor = wanted.log()
        return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        low, low_weight, lines, columns, probs, wanted = ctx.saved_tensors
        width = low.shape[1] - _ALIGN
        scale = -grad.sum(1, keepdim=True)
        share = -grad / torch.where(scale == 0, 1, scale)
        first = (columns[:, :, None] == columns[:, None, :]).to(torch.int8).argmax(2)[lines]
        shares = torch.zeros_like(share).scatter_add_(1, first, share).gather(1, first)
        places = columns[lines] + torch.arange(len(lines))[:, None] * probs.shape[1]
        probs.view(-1).index_copy_(0, places.reshape(-1), (wanted - shares).to(torch.bfloat16).reshape(-1))
        grad_hidden = (probs @ low_weight)[:, :width].float() * scale
        both = (probs.t() @ (low * scale.to(torch.bfloat16))).float()
        _memory.give_back(ctx.memory)
        return grad_hidden, both[:, :width], both[:, width], None, None


def _with_column(matrix: Tensor, column: Tensor | int) -> Tensor:
    """[N, d] as bfloat16 [N, d + _ALIGN]: a column more, then zeros."""
    rows, width = matrix.shape
    result = torch.zeros(rows, width + _ALIGN, dtype=torch.bfloat16)
    result[:, :width], result[:, width] = matrix, column
    return result


def column_log_softmax(hidden: Tensor, weight: Tensor, bias: Tensor, lines: Tensor, columns: Tensor) -> Tensor:
    """Log-probabilities of the classes that a row's line is about.

    Products and probabilities are in bfloat16, sums in float32. The backward pass may run once, and takes for granted
    that the gradients of a row have a sum that is not positive.

    Args:
        hidden: [N, d].
        weight: [C, d].
        bias: [C].
        lines: int64 [N], line of each row.
        columns: int64 [B, L], classes wanted in the rows of each line; repeats allowed.

    Returns:
        float32 [N, L], natural log, not below -86.
    """
    result: Tensor = _ColumnLogSoftmax.apply(hidden, weight, bias, lines, columns)  # type: ignore[no-untyped-call]
    return result


class _CompactCtc(torch.autograd.Function):
    """-log P(labels) with the true gradient with respect to log-probabilities that need not sum to one.

    ``torch.nn.functional.ctc_loss`` returns ``exp(log_probs) - occupancy``, which is right only behind a full
    log-softmax; the occupancy (Graves 2006, eq. 14) is recovered from it.
    """

    @staticmethod
    def forward(ctx: Any, log_probs: Tensor, labels: Tensor, frames: Tensor, lengths: Tensor) -> Tensor:
        with torch.enable_grad():
            inner = log_probs.detach().requires_grad_()
            losses = functional.ctc_loss(inner, labels, frames, lengths, reduction="none", zero_infinity=True)
            (grad,) = torch.autograd.grad(losses.sum(), inner)
        usable = (losses > 0) & (losses < -IMPOSSIBLE / 2)
        inside = torch.arange(len(log_probs))[:, None] < frames
        occupancy = (inner.detach().exp() - grad) * (usable & inside)[..., None]
        ctx.save_for_backward(occupancy)
        return losses.detach() * usable

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        (occupancy,) = ctx.saved_tensors
        return -occupancy * grad[None, :, None], None, None, None


def compact(labels: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Give each line an alphabet of its own.

    Args:
        labels: int64 [B, S], class numbers, anything beyond a line's length.
        lengths: int64 [B].

    Returns:
        columns: int64 [B, S], the line's distinct classes in order of first use (rest repeats the first).
        compacted: int64 [B, S], the labels as 1 + position in ``columns``.
    """
    same = labels[:, :, None] == labels[:, None, :]
    valid = torch.arange(labels.shape[1])[None, :] < lengths[:, None]
    first = (same & valid[:, None, :]).to(torch.int8).argmax(2)
    return torch.where(valid, labels, labels[:, :1]), torch.where(valid, first + 1, 1)


def ctc_terms(
    blank: Tensor, char_log_probs: Tensor, active: Tensor, labels: Tensor, frames: Tensor, lengths: Tensor
) -> Tensor:
    """-log P(labels) of each line.

    Args:
        blank: float32 [B, T], blank logits.
        char_log_probs: float32 [B, T, S], log P(label s of the line | not blank, t); see :func:`compact`.
        active: bool [B, T], frames at which characters may be emitted at all.
        labels: int64 [B, S] compacted labels.
        frames: int64 [B].
        lengths: int64 [B].

    Returns:
        float32 [B], nats; zero for a line that cannot be aligned.
    """
    chars = functional.logsigmoid(-blank)[..., None] + char_log_probs
    chars = torch.where(active[..., None], chars, IMPOSSIBLE)
    log_probs = torch.cat([functional.logsigmoid(blank)[..., None], chars], dim=2).transpose(0, 1)
    result: Tensor = _CompactCtc.apply(log_probs, labels, frames, lengths)  # type: ignore[no-untyped-call]
    return result
