"""How the lead of a text over its rivals changes with the network's outputs: exact, from posteriors alone.

The lead of character k over a rival is ``D = log P(text) - log P(text with the rival in its place)``, or without a
rival, with nothing in its place. For a CTC output whose blank is a probability of its own, with logit b, and whose
characters have scores s, the gradient needs no more than the difference of the posteriors of both texts::

    dD/db[t] = blank[t],    dD/ds[t, c] = chars[t, c] + blank[t] * P(c | not blank, t)

(from Graves 2006, eq. 15, for both texts; what they share cancels).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lucidocr.trellis import label_posteriors, without_margin
from lucidocr.types import FloatArray, Frames, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """Differences between the posteriors of a text and those of K texts with one place changed.

    Attributes:
        blank: float32 [K, T], of the blank.
        chars: float32 [K, T, U], of ``classes``; all others differ in nothing.
        classes: int64 [U].
    """

    blank: FloatArray
    chars: FloatArray
    classes: IntArray


def edited(labels: Sequence[int], place: int, rival: int | None, margin: int | None) -> tuple[int, ...]:
    """The labels with a rival in one place, or with nothing there."""
    return without_margin((*labels[:place], *(() if rival is None else (rival,)), *labels[place + 1 :]), margin)


def lead_over(
    frames: Frames, labels: Sequence[int], rivals: Sequence[tuple[int, int | None]], *, margin: int | None = None
) -> Lead:
    """Compare a text with K edits of it.

    Args:
        frames: what the network says; all of them active.
        labels: the text.
        rivals: of each edit, the place and the class that stands there instead; None for nothing.
        margin: see :func:`lucidocr.trellis.make_trellis`.

    Raises:
        AlignmentError: the text or an edit cannot lie on the line.
    """
    texts = [edited(labels, place, rival, margin) for place, rival in rivals]
    outer = [] if margin is None else [margin]
    classes = np.unique([*labels, *outer, *(label for text in texts for label in text)]).astype(np.int64)
    (own,) = label_posteriors(frames, [tuple(labels)], classes, margin=margin)
    differences = np.empty((len(texts), len(frames), len(classes) + 1))
    for length in {len(text) for text in texts}:
        rows = [row for row, text in enumerate(texts) if len(text) == length]
        differences[rows] = own - label_posteriors(frames, [texts[row] for row in rows], classes, margin=margin)
    found = differences.astype(np.float32)
    return Lead(found[:, :, -1], found[:, :, :-1], classes)
