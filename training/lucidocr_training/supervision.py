"""What the known places of characters teach each frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from lucidocr_training.network import STRIDE


class FrameTargets(NamedTuple):
    """Framewise teaching of a batch.

    Attributes:
        centres: int64 [B, S], frame under each character's centre; meaningless where ``known`` is false.
        known: bool [B, S], characters whose place is known.
        blanks: bool [B, T], frames that must be blank: between two characters, and the margins.
        active: bool [B, T], frames at which a character may be emitted: next to a centre, or, in lines whose
            characters have no known place, all.
    """

    centres: Tensor
    known: Tensor
    blanks: Tensor
    active: Tensor


def frame_targets(edges: Tensor, lengths: Tensor, frames: Tensor, columns: int) -> FrameTargets:
    """Frames that say a character, and frames that say blank.

    Args:
        edges: float32 [B, S, 2], left and right edge of each character in pixels; NaN where unknown.
        lengths: int64 [B].
        frames: int64 [B], frames of each line.
        columns: T, frames of the batch.
    """
    valid = torch.arange(edges.shape[1])[None] < lengths[:, None]
    known = valid & ~edges[..., 0].isnan()
    placed = known[:, 0]
    filled = edges.nan_to_num(0.0)
    centres = (filled.mean(2) / STRIDE).long().clamp(min=0).minimum(frames[:, None] - 1)

    positions = torch.arange(columns)[None]
    at_centre = _marks(centres, known, columns)
    near = at_centre.clone()
    near[:, :-1] |= at_centre[:, 1:]
    near[:, 1:] |= at_centre[:, :-1]
    middle = ((filled[:, :-1, 1] + filled[:, 1:, 0]) / 2 / STRIDE).long().clamp(min=0).minimum(frames[:, None] - 1)
    between = _marks(middle, known[:, :-1] & known[:, 1:], columns)
    first = filled[..., 0].masked_fill(~known, 1e6).amin(1) / STRIDE
    last = filled[..., 1].masked_fill(~known, -1e6).amax(1) / STRIDE
    margins = (positions + 1 <= first[:, None]) | (positions >= last[:, None])
    inside = positions < frames[:, None]
    blanks = (between | margins) & ~at_centre & placed[:, None] & inside
    active = torch.where(placed[:, None], near, True) & inside
    return FrameTargets(centres, known, blanks, active)


def _marks(frames: Tensor, wanted: Tensor, columns: int) -> Tensor:
    """Flags [B, columns], true at the wanted ones of some frame numbers [B, S]."""
    marks = torch.zeros(len(frames), columns + 1, dtype=torch.bool)
    marks.scatter_(1, torch.where(wanted, frames, columns), True)
    return marks[:, :columns]
