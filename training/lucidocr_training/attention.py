"""The attention head: which part of the feature maps holds a character, asked for by its place alone.

A query knows where a character is and how sure that is, nothing else: it cannot know what was read. The frozen class
layer reads what the attention gathers, so that a head that looks elsewhere reads something else.

The head looks with several eyes, whose attentions are averaged where they are shown. For a character at frame mu, one
eye and a cell (row h, frame x) at most :data:`REACH` frames away, the attention is the softmax over cells of
``q R(x - mu) k(h, x) / sqrt(d) - (x - mu - o)^2 / 2 w^2 + b(h)``: k is linear in the cell's features, q follows from
the deviation of the place, o, w and b are the eye's own habit, and R turns pairs of numbers by angles that grow with
the distance (Su et al. 2021, section 3.2.2). The same picture gets the same attention wherever it stands on the line.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

import torch
from torch import Tensor, nn

from lucidocr_training.glimpses import ROWS, Glimpses

Sight = Literal["maps", "habit", "centre"]
"""What an attention follows: the maps, each eye's habit alone, or a plain Gaussian at the character's centre."""

REACH: Final = 8
"""Frames to either side of a character's centre that are looked at: a line's height."""

EYES: Final = 8
"""Attentions side by side."""

WIDTH: Final = 12
"""Numbers of an eye's query and keys, in pairs."""

HIDDEN: Final = 256
"""Width of the layer between what is gathered and the class layer's input."""

_WAVELENGTHS: Final = (4.0, 48.0)
"""Shortest and longest wave of the distance, frames."""

_APART: Final = 2.0
"""Frames from the centre at which the outermost eyes begin to learn."""

_SPREAD: Final = 2.0
"""Width of all eyes' habits before they learn, frames."""


class Views(NamedTuple):
    """What can be seen around N characters, in windows of S = 2 * REACH + 1 frames.

    Attributes:
        cells: float32 [N, S, 4, C2].
        distance: float32 [N, S], frames from the character's centre to the middle of each column.
        seen: bool [N, S], columns that lie on the line and are not too far away.
        deviation: float32 [N].
    """

    cells: Tensor
    distance: Tensor
    seen: Tensor
    deviation: Tensor


class Answer(NamedTuple):
    """What the head sees.

    Attributes:
        weights: float32 [N, E, S, 4], the attention of each eye; it adds up to one.
        bottleneck: float32 [N, d], input of the class layer.
    """

    weights: Tensor
    bottleneck: Tensor


def views_of(glimpses: Glimpses, chosen: Tensor) -> Views:
    """Cut the windows of some characters out of the maps."""
    centre, length = glimpses.centre[chosen], glimpses.length[chosen]
    columns = centre.floor().long()[:, None] + torch.arange(-REACH, REACH + 1)
    distance = columns + 0.5 - centre[:, None]
    seen = (columns >= 0) & (columns < length[:, None]) & (distance.abs() <= REACH)
    rows = glimpses.first[chosen][:, None] + columns.clamp(min=0).minimum(length[:, None] - 1)
    return Views(glimpses.maps[rows].float(), distance, seen, glimpses.deviation[chosen])


def angular_rates(width: int) -> Tensor:
    """float32 [width / 2], radians a frame of each pair of numbers."""
    shortest, longest = _WAVELENGTHS
    return 2 * math.pi / torch.logspace(math.log10(shortest), math.log10(longest), width // 2)


def turned(values: Tensor, places: Tensor, rates: Tensor) -> Tensor:
    """Pairs of numbers turned by the angle of their place.

    Args:
        values: [..., 2 P], the first numbers of all pairs before the second ones.
        places: frames, of the shape of ``values`` without its last axis, or one that broadcasts to it.
        rates: [P], radians a frame.
    """
    angles = places[..., None] * rates
    cos, sin = angles.cos(), angles.sin()
    first, second = values.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


class AttentionHead(nn.Module):
    """The head.

    Args:
        channels: of the maps.
        bottleneck: width of the class layer's input.
        eyes: attentions side by side.
        width: of each eye's query and keys, an even number.
        hidden: width of the layer between what is gathered and the class layer's input.
        sight: what the attention follows; all but the maps are controls.
    """

    def __init__(
        self,
        channels: int,
        bottleneck: int,
        *,
        eyes: int = EYES,
        width: int = WIDTH,
        hidden: int = HIDDEN,
        sight: Sight = "maps",
    ) -> None:
        super().__init__()
        self.eyes, self.width, self.sight = eyes, width, sight
        self.query = nn.Linear(1, eyes * width)
        self.key = nn.Linear(channels, eyes * width)
        self.rows = nn.Parameter(torch.zeros(ROWS, eyes * width))
        centred = sight == "centre"
        self.offset = nn.Parameter(torch.linspace(-_APART, _APART, eyes), requires_grad=not centred)
        self.spread = nn.Parameter(torch.full((1 if centred else eyes,), math.log(_SPREAD)))
        self.habit = nn.Parameter(torch.zeros(eyes, ROWS), requires_grad=not centred)
        if centred:
            nn.init.zeros_(self.offset)
        self.gather = nn.Linear(eyes * channels, hidden)
        self.answer = nn.Linear(hidden, bottleneck)
        self.norm = nn.LayerNorm(bottleneck)
        self.rates: Tensor
        self.register_buffer("rates", angular_rates(width))

    def forward(self, views: Views) -> Answer:
        """Look at some characters."""
        weights = self.attend(views)
        return Answer(weights, self.read(views, weights))

    def attend(self, views: Views) -> Tensor:
        """float32 [N, E, S, 4], the attention of each eye."""
        away = (views.distance[:, None] - self.offset[:, None]) * torch.exp(-self.spread)[:, None]
        logits = -0.5 * away[..., None] ** 2 + self.habit[:, None]
        if self.sight == "maps":
            logits = logits + self._match(views)
        logits = logits.masked_fill(~views.seen[:, None, :, None], -torch.inf)
        return logits.flatten(2).softmax(2).view_as(logits)

    def read(self, views: Views, weights: Tensor) -> Tensor:
        """float32 [N, d], input of the class layer, made of what some attention [N, E, S, 4] gathers."""
        gathered = torch.bmm(weights.flatten(2), views.cells.flatten(1, 2)).flatten(1)
        answer: Tensor = self.norm(self.answer(torch.relu(self.gather(gathered))))
        return answer

    def _match(self, views: Views) -> Tensor:
        """float32 [N, E, S, 4], how well each cell answers the query of each eye, turned by the distance."""
        keys = (self.key(views.cells) + self.rows).unflatten(-1, (self.eyes, self.width))
        query = self.query(views.deviation.log()[:, None]).unflatten(-1, (self.eyes, self.width))
        queries = turned(query[:, :, None], -views.distance[:, None], self.rates)
        return torch.einsum("nesd,nshed->nesh", queries, keys) / math.sqrt(self.width)


def energy_in_box(weights: Tensor, distance: Tensor, box: Tensor, centre: Tensor) -> Tensor:
    """float32 [N], share of the attention that lies in each box, cells counted by the part of them that it covers.

    Args:
        weights: float32 [N, S, 4].
        distance: float32 [N, S].
        box: float32 [N, 4], frames and rows.
        centre: float32 [N], frames.
    """
    left, top, right, bottom = (side[:, None] for side in box.unbind(1))
    column = centre[:, None] + distance
    across = (torch.minimum(column + 0.5, right) - torch.maximum(column - 0.5, left)).clamp(min=0)
    row = torch.arange(ROWS)[None] + 0.5
    down = (torch.minimum(row + 0.5, bottom) - torch.maximum(row - 0.5, top)).clamp(min=0)
    return (weights * across[:, :, None] * down[:, None, :]).sum((1, 2))
