"""How far the reading is ahead of its rivals, in many pictures of one line at once.

For character k with rival r the contrast is ``D_k = log P(text) - log P(text with r in place of k)``; without a rival,
the second text lacks character k. Every picture's text stays that of the original line: what is measured is the
network's own lead for it, not what it would read instead.

On frames that the network declares blank (see :class:`lucidocr.types.Frames`) all characters are taken to be equally
probable, so that a contrast is finite where a character has been erased, and 0 where nothing speaks for it or its
rival.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lucidocr.types import FloatArray, IntArray

LogArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Emissions:
    """What the network says of some classes, for M pictures of T frames each.

    Attributes:
        blank: float64 [M, T], log P(blank | t).
        chars: float64 [M, T, U], log P(class u | t).
    """

    blank: LogArray
    chars: LogArray

    @classmethod
    def of_batch(
        cls,
        outputs: tuple[FloatArray, FloatArray, IntArray, FloatArray],
        classes: Sequence[int],
    ) -> Emissions:
        """Take some classes out of the outputs of ``recognise.onnx`` for pictures of one width.

        Args:
            outputs: log_blank [M, T], log_other [M, T], active [N] as numbers m * T + t, log_chars [N, C].
            classes: U classes of the charset.
        """
        log_blank, log_other, active, log_chars = outputs
        chars = np.full((log_blank.size, len(classes)), -np.log(log_chars.shape[1]))
        chars[active] = log_chars[:, np.asarray(classes, dtype=np.int64)]
        other = log_other.astype(np.float64)[:, :, None]
        return cls(log_blank.astype(np.float64), other + chars.reshape(*log_blank.shape, len(classes)))


def contrasts(
    emissions: Emissions, labels: Sequence[int], rivals: Sequence[int | None], *, margin: int | None = None
) -> LogArray:
    """The contrast of every character in every picture.

    Sums over CTC's paths as :mod:`lucidocr.trellis` does, but for many pictures and one rival a character.

    Args:
        emissions: of the pictures.
        labels: K columns of ``emissions.chars``, the text; neither the first nor the last is the margin.
        rivals: K columns, or None where no character at all is the rival.
        margin: column of a class, usually the space, that may also stand before and after the text any number of
            times; None for no such class.

    Returns:
        float64 [M, K], nats.
    """
    trellis = _Trellis(emissions, labels, margin)
    result = np.empty((len(trellis.log_prob), len(labels)))
    replaced = [place for place, rival in enumerate(rivals) if rival is not None]
    if replaced:
        result[:, replaced] = trellis.instead(replaced, [rival for rival in rivals if rival is not None])
    for place, rival in enumerate(rivals):
        if rival is None:
            result[:, place] = trellis.without(place)
    return trellis.log_prob[:, None] - result


class _Trellis:
    """Forward and backward sums of one text over M pictures, logs; states are blank, label, ..., label, blank.

    Args:
        emissions: of the pictures.
        labels: K columns of ``emissions.chars``.
        margin: see :func:`contrasts`.
    """

    def __init__(self, emissions: Emissions, labels: Sequence[int], margin: int | None) -> None:
        self._emissions = emissions
        self._labels = tuple(labels)
        self._margin = margin
        emitted = np.repeat(emissions.blank[:, :, None], 2 * len(labels) + 1, axis=2)
        if margin is not None:
            emitted[:, :, [0, -1]] = np.logaddexp(emissions.blank, emissions.chars[:, :, margin])[:, :, None]
        emitted[:, :, 1::2] = emissions.chars[:, :, list(labels)]
        opens = np.array([True, *(before != after for before, after in pairwise(labels))], dtype=bool)[: len(labels)]
        self._forward = _forward(emitted, opens[1:])
        mirrored = _forward(emitted[:, ::-1, ::-1], opens[:0:-1])
        self._following = mirrored[:, ::-1, ::-1]  # the state's own emission included
        self.log_prob: LogArray = np.logaddexp.reduce(self._forward[:, -1, -2:], axis=1)

    def instead(self, places: Sequence[int], rivals: Sequence[int]) -> LogArray:
        """Log P(text with another label in one place), for P places: the sum over all runs of frames that say it.

        Args:
            places: P numbers of labels.
            rivals: what stands in each of them instead.

        Returns:
            float64 [M, P].
        """
        enter, leave = self._ways(places, rivals)
        said = self._emissions.chars[:, :, list(rivals)]
        running = np.full(enter[:, 0].shape, -np.inf)
        total = running
        for step in range(said.shape[1]):
            running = np.logaddexp(running, enter[:, step]) + said[:, step]
            total = np.logaddexp(total, running + leave[:, step])
        return total

    def _ways(self, places: Sequence[int], rivals: Sequence[int]) -> tuple[LogArray, LogArray]:
        """float64 [M, T, P] each: log mass that may begin a rival at a frame, and of what follows where it ends."""
        states = 2 * np.asarray(places) + 1
        shape = (*self._emissions.blank.shape, len(places))
        enter, leave = np.full(shape, -np.inf), np.full(shape, -np.inf)
        enter[:, 1:] = self._forward[:, :-1, states - 1]
        leave[:, :-1] = self._following[:, 1:, states + 1]
        for column, (place, rival) in enumerate(zip(places, rivals, strict=True)):
            if place == 0:
                enter[:, 0, column] = 0.0
            elif self._labels[place - 1] != rival:
                enter[:, 1:, column] = np.logaddexp(enter[:, 1:, column], self._forward[:, :-1, 2 * place - 1])
            if place + 1 == len(self._labels):
                leave[:, -1, column] = 0.0
            elif self._labels[place + 1] != rival:
                leave[:, :-1, column] = np.logaddexp(leave[:, :-1, column], self._following[:, 1:, 2 * place + 3])
        return enter, leave

    def without(self, place: int) -> LogArray:
        """float64 [M], log P(text without one place): the blanks on both sides of it become one."""
        if place == len(self._labels) - 1:
            return self._ended()
        before = self._labels[place - 1] if place else None
        after = place + 1
        if place == 0:  # a space that now begins the text is part of the margin
            after = next(number for number in range(1, len(self._labels)) if self._labels[number] != self._margin)
        ready = self._forward[:, :, 2 * place]  # in the blank before the place, after each frame
        if place and before != self._labels[after]:
            ready = np.logaddexp(ready, self._forward[:, :, 2 * place - 1])
        following = self._following[:, :, 2 * after + 1]
        ways = ready[:, :-1] + following[:, 1:]
        if place == 0:
            ways = np.concatenate([following[:, :1], ways], axis=1)
        result: LogArray = np.logaddexp.reduce(ways, axis=1)
        return result

    def _ended(self) -> LogArray:
        """float64 [M], log P(text without its last place)."""
        rest = [number for number, label in enumerate(self._labels[:-1]) if label != self._margin]
        if not rest:
            nothing: LogArray = self._forward[:, -1, 0]
            return nothing
        outer = self._following[:, :, -1]  # the margin from each frame to the end
        after = np.concatenate([outer[:, 1:], np.zeros((len(outer), 1))], axis=1)
        result: LogArray = np.logaddexp.reduce(self._forward[:, :, 2 * rest[-1] + 1] + after, axis=1)
        return result


def _forward(emitted: LogArray, opens: NDArray[np.bool_]) -> LogArray:
    """Forward sums (Graves 2006, eq. 6), each state's own emission included.

    Args:
        emitted: float64 [M, T, 2K + 1].
        opens: bool [K - 1], whether a label may follow the one before it without a blank between them.

    Returns:
        float64 [M, T, 2K + 1].
    """
    result = np.full(emitted.shape, -np.inf)
    result[:, 0, :2] = emitted[:, 0, :2]
    closed = np.where(opens, 0.0, -np.inf)
    for step in range(1, emitted.shape[1]):
        before, now = result[:, step - 1], result[:, step]
        now[:, 0] = before[:, 0]
        np.logaddexp(before[:, 1:], before[:, :-1], out=now[:, 1:])
        np.logaddexp(now[:, 3::2], before[:, 1:-2:2] + closed, out=now[:, 3::2])
        now += emitted[:, step]
    return result
