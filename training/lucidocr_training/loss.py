"""CTC with a factorised blank on a large alphabet, and the framewise supervision by known character places.

The class layer is the costly part of training. Three things keep it cheap, all exact: the softmax is evaluated in
row chunks and only for the columns that a line's labels need, its backward pass recomputes a chunk instead of storing
it, and CTC runs on the compact alphabet {blank, labels of this line}.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

CHUNK = 512
IMPOSSIBLE = -1e4


class _ColumnLogSoftmax(torch.autograd.Function):
    """log softmax(hidden @ weight.T + bias) at a few columns of each row."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor, columns: Tensor) -> Tensor:
        low, low_weight = hidden.to(torch.bfloat16), weight.to(torch.bfloat16)
        low_bias = bias.to(torch.bfloat16)
        result = torch.empty(columns.shape, dtype=torch.float32)
        norm = torch.empty(hidden.shape[0], dtype=torch.float32)
        for start in range(0, hidden.shape[0], CHUNK):
            rows = slice(start, start + CHUNK)
            logits = torch.addmm(low_bias, low[rows], low_weight.t())
            norm[rows] = torch.logsumexp(logits.float(), dim=1)
            result[rows] = logits.gather(1, columns[rows]).float() - norm[rows, None]
        ctx.save_for_backward(low, low_weight, low_bias, columns, norm)
        return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        low, low_weight, low_bias, columns, norm = ctx.saved_tensors
        grad_hidden = torch.empty(low.shape, dtype=torch.float32)
        grad_weight = torch.zeros(low_weight.shape, dtype=torch.float32)
        grad_bias = torch.zeros(low_bias.shape, dtype=torch.float32)
        for start in range(0, low.shape[0], CHUNK):
            rows = slice(start, start + CHUNK)
            logits = torch.addmm(low_bias, low[rows], low_weight.t()).float()
            upstream = grad[rows]
            delta = logits.sub_(norm[rows, None]).exp_().mul_(-upstream.sum(1, keepdim=True))
            delta.scatter_add_(1, columns[rows], upstream)
            grad_bias += delta.sum(0)
            narrow = delta.to(torch.bfloat16)
            grad_hidden[rows] = narrow @ low_weight
            grad_weight += (narrow.t() @ low[rows]).float()
        return grad_hidden, grad_weight, grad_bias, None


def column_log_softmax(hidden: Tensor, weight: Tensor, bias: Tensor, columns: Tensor) -> Tensor:
    """Log-probabilities of chosen classes, without ever holding a full [rows, classes] array.

    Products are in bfloat16, sums in float32.

    Args:
        hidden: [N, d].
        weight: [C, d].
        bias: [C].
        columns: int64 [N, L], classes wanted in each row; repeats allowed.

    Returns:
        float32 [N, L], natural log.
    """
    result: Tensor = _ColumnLogSoftmax.apply(hidden, weight, bias, columns)  # type: ignore[no-untyped-call]
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
