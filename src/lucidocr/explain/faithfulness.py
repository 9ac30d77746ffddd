"""Whether a heat map shows what the network really goes by: erase or put back what it marks, and read again.

Areas are given in parts of a line's mean area per character, so that long and short lines compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.explain.erasing import Mask, erased, ink_mask
from lucidocr.explain.measures import energy, pointing
from lucidocr.explain.perturb import Score
from lucidocr.explain.seen import Seen
from lucidocr.types import Faithfulness, FloatArray, HeatMap, ImageArray, Span

AREAS: Final = (0.2, 0.6)
"""Steps of deletion and insertion, parts of the mean area of a character."""

ONE_AREA: Final = (0.4,)
"""The one step that an explanation is judged by where time matters."""

_AT_ONCE: Final = 16
"""Maps whose pictures are read together: bounds memory."""

_TIE_BLUR: Final = 4.0
"""Standard deviation, pixels, of the blurred copy that decides between pixels of equal heat."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What erasing and putting back the hottest pixels does to one character's contrast, nats, means over the areas.

    Attributes:
        deletion: fall when they are erased.
        elsewhere: fall when the same shape is erased at a random place of the line.
        insertion: rise when they alone are put on the empty line.
        own: absolute change of the character's contrast when they are erased.
        neighbours: mean absolute change of its neighbours' contrasts then; 0 without neighbours. Selectivity is the sum
            of these over many characters, divided by that of ``own``: a single one's own change may be next to nothing.
    """

    deletion: float
    elsewhere: float
    insertion: float
    own: float
    neighbours: float


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A line ready to have parts of it erased.

    Attributes:
        line: uint8 [32, W], normalised.
        blank: uint8 [32, W], its background, see :func:`lucidocr.explain.erasing.erased`.
        score: contrasts of its K characters in pictures of it.
        full: float64 [K], contrasts of the line.
        empty: float64 [K], contrasts of its background.
    """

    line: ImageArray
    blank: ImageArray
    score: Score
    full: NDArray[np.float64]
    empty: NDArray[np.float64]

    @classmethod
    def of(cls, line: ImageArray, score: Score) -> Trial:
        """Read a normalised line and its background."""
        blank = erased(line, ink_mask(line))
        full, empty = score(np.stack([line, blank]))
        return cls(line, blank, score, full, empty)

    def effects(
        self, heats: Sequence[tuple[int, FloatArray]], *, areas: Sequence[float] = AREAS, seed: int = 0
    ) -> Iterator[Effect]:
        """Judge maps by what they mark.

        Args:
            heats: number of a character and its map on the pixels of the line, float32 [32, W], each.
            areas: steps, parts of the mean area of a character.
            seed: of the random places.

        Yields:
            The effect of each map. A map without heat marks nothing and has none.
        """
        chance = np.random.default_rng(seed)
        mean = self.line.size / len(self.full) if len(self.full) else 0.0
        pixels = [max(1, round(part * mean)) for part in areas]
        for start in range(0, len(heats), _AT_ONCE):
            chosen = heats[start : start + _AT_ONCE]
            masks = np.array([[hottest(values, area) for area in pixels] for _, values in chosen])
            shifts = chance.integers(self.line.shape[1], size=len(chosen))
            moved = np.array([np.roll(mask, shift, axis=2) for mask, shift in zip(masks, shifts, strict=True)])
            after = self._contrasts(masks, moved)
            yield from (
                self._effect(position, one) for (position, _), one in zip(chosen, np.moveaxis(after, 0, 1), strict=True)
            )

    def _contrasts(self, masks: Mask, moved: Mask) -> NDArray[np.float64]:
        """Contrasts with masks erased, with moved masks erased, and with the masks alone put back.

        Args:
            masks: bool [n, areas, h, w].
            moved: bool [n, areas, h, w].

        Returns:
            float64 [3, n, areas, K].
        """
        pictures = np.stack(
            [
                np.where(masks, self.blank, self.line),
                np.where(moved, self.blank, self.line),
                np.where(masks, self.line, self.blank),
            ]
        )
        found = self.score(pictures.reshape(-1, *self.line.shape))
        return found.reshape(3, *masks.shape[:2], found.shape[1])

    def _effect(self, position: int, after: NDArray[np.float64]) -> Effect:
        """The effect for one character: float64 [3, areas, K], contrasts as of :meth:`_contrasts`."""
        without, elsewhere, alone = after.mean(axis=1)
        change = np.abs(after[0] - self.full).mean(axis=0)
        neighbours = [number for number in (position - 1, position + 1) if 0 <= number < len(change)]
        return Effect(
            deletion=float(self.full[position] - without[position]),
            elsewhere=float(self.full[position] - elsewhere[position]),
            insertion=float(alone[position] - self.empty[position]),
            own=float(change[position]),
            neighbours=float(change[neighbours].mean()) if neighbours else 0.0,
        )


def hottest(values: FloatArray, area: int) -> Mask:
    """The pixels with the most heat.

    Args:
        values: float32 [h, w].
        area: pixels to take; of equally hot ones, those nearest to hot ones come first.

    Returns:
        bool [h, w] with exactly ``area`` true pixels, all where there are fewer; none for a map without heat.
    """
    heat = np.maximum(values, 0).astype(np.float64)
    mask = np.zeros(heat.size, dtype=bool)
    if heat.any():
        heat += 1e-6 * cv2.GaussianBlur(heat, (0, 0), _TIE_BLUR)
        mask[np.argsort(-heat, axis=None, kind="stable")[:area]] = True
    return mask.reshape(heat.shape)


def judge(
    pixels: ImageArray,
    spans: Sequence[Span],
    maps: Sequence[HeatMap],
    score: Score,
    *,
    areas: Sequence[float] = ONE_AREA,
    seed: int = 0,
) -> tuple[Faithfulness, ...]:
    """Judge an explanation by reading the line again, three times for each map and area.

    Args:
        pixels: uint8 [h, w] grey, the line as cut.
        spans: of the text's K characters, pixels of ``pixels``.
        maps: heat maps of these characters, by any method.
        score: contrasts of the K characters, against the rivals that the maps were made for.
        areas: steps of deletion and insertion, parts of the mean area of a character.
        seed: of the random places.

    Returns:
        A verdict on each map, in their order.
    """
    if not maps:
        return ()
    seen = Seen.of(pixels)
    heats = [(one.position, seen.heat(one)) for one in maps]
    effects = Trial.of(seen.line, score).effects(heats, areas=areas, seed=seed)
    verdicts = []
    for one, (position, values), effect in zip(maps, heats, effects, strict=True):
        left, right = seen.columns(spans[position].left, spans[position].right)
        box = (left, 0.0, right, float(seen.line.shape[0]))
        verdicts.append(
            Faithfulness(
                one.method, position, energy(values, box), pointing(values, box),
                effect.deletion, effect.elsewhere, effect.insertion,
            )
        )  # fmt: skip
    return tuple(verdicts)
