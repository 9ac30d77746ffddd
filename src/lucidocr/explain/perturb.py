"""LIME and SHAP for the characters of a line: erase strokes, gaps and long lines, and see what becomes of the lead.

A line is read once for every mask, whatever the number of its characters (see :mod:`lucidocr.explain.surrogates`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from lucidocr.blas import one_blas_thread
from lucidocr.errors import OptionError
from lucidocr.explain.seen import Seen
from lucidocr.explain.segments import Segments, cut
from lucidocr.explain.surrogates import Masks, Outcomes, draw_masks, lime_values, shap_values
from lucidocr.types import HeatMap, ImageArray, Span

Method = Literal["lime", "shap"]
Score = Callable[[ImageArray], NDArray[np.float64]]
"""Contrasts of a line's K characters in m pictures of it: uint8 [m, 32, W], normalised lines, to float64 [m, K]."""

SAMPLES: Final = 192
"""Pictures of a line that are read for its explanation."""

_SURROGATES: Final[dict[Method, Callable[[Outcomes], NDArray[np.float64]]]] = {"lime": lime_values, "shap": shap_values}


@dataclass(frozen=True, slots=True, eq=False)
class Perturbation:
    """What became of every character's contrast when pieces of the line were erased.

    Attributes:
        segments: the pieces, N of them.
        masks: which pieces were kept.
        contrasts: float64 [m, K], nats.
        empty: float64 [K], contrasts with everything erased.
        full: float64 [K], contrasts with nothing erased.
    """

    segments: Segments
    masks: Masks
    contrasts: NDArray[np.float64]
    empty: NDArray[np.float64]
    full: NDArray[np.float64]

    def outcomes(self, position: int) -> Outcomes:
        """What the linear model of one character is fitted to."""
        near = self.segments.near(position)
        others = np.setdiff1d(np.arange(len(self.segments)), near)
        return Outcomes(
            near=self.masks.kept[:, near],
            rest=self.masks.kept[:, others].mean(axis=1) if len(others) else None,
            values=self.contrasts[:, position],
            empty=float(self.empty[position]),
            full=float(self.full[position]),
            every=self.masks.every and not len(others),
        )

    def values(self, position: int, method: Method) -> NDArray[np.float64]:
        """float64 [N], what each piece does for a character, nats; 0 for pieces that are not near it."""
        result = np.zeros(len(self.segments))
        near = self.segments.near(position)
        if len(near):
            result[near] = _SURROGATES[method](self.outcomes(position))
        return result


def perturb(segments: Segments, score: Score, *, samples: int = SAMPLES, seed: int = 0) -> Perturbation:
    """Erase pieces of a line and note the contrasts.

    Args:
        segments: the line's pieces.
        score: reads pictures of the line.
        samples: pictures to read, besides the whole line and the empty one.
        seed: of the masks.

    Raises:
        OptionError: fewer than two samples.
    """
    if samples < 2:
        raise OptionError(f"{samples} samples are too few to explain anything; 2 are the least")
    count = len(segments)
    masks = draw_masks(count, samples, seed) if count else Masks(np.zeros((0, 0), dtype=bool), every=True)
    ends = np.array([[False] * count, [True] * count])
    contrasts = score(segments.erase(np.concatenate([ends, masks.kept])))
    return Perturbation(segments, masks, contrasts[2:], contrasts[0], contrasts[1])


def perturbation_maps(
    pixels: ImageArray,
    spans: Sequence[Span],
    rivals: Sequence[str],
    score: Score,
    *,
    method: Method,
    samples: int = SAMPLES,
    seed: int = 0,
) -> tuple[HeatMap, ...]:
    """Explain every character of a line by what erasing its pieces does to the contrast.

    Args:
        pixels: uint8 [h, w] grey, the line as cut.
        spans: of its K characters, in pixels of ``pixels``.
        rivals: what each character is held against; empty for its absence.
        score: contrasts of the characters in pictures of the normalised line.
        method: "lime" or "shap".
        samples: pictures to read.
        seed: of what is erased.

    Returns:
        A map for each character, on the pixels of the normalised line. A map's sum is the sum of its pieces' values.

    Raises:
        OptionError: fewer than two samples.
    """
    return maps_of_methods(pixels, spans, rivals, score, methods=(method,), samples=samples, seed=seed)


def maps_of_methods(
    pixels: ImageArray,
    spans: Sequence[Span],
    rivals: Sequence[str],
    score: Score,
    *,
    methods: Sequence[Method],
    samples: int = SAMPLES,
    seed: int = 0,
) -> tuple[HeatMap, ...]:
    """Explain by several methods at once: the same pictures serve all of them, see :func:`perturbation_maps`.

    Returns:
        The maps, by method and within a method by character.
    """
    if not spans or not methods:
        return ()
    seen = Seen.of(pixels)
    segments = cut(seen.line, [seen.columns(span.left, span.right) for span in spans])
    found = perturb(segments, score, samples=samples, seed=seed)
    with one_blas_thread():
        return tuple(
            HeatMap(method, position, against, segments.paint(found.values(position, method)), seen.box)
            for method in methods
            for position, against in enumerate(rivals)
        )
