"""What the picture says for another character in a place of the reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.charset import Charset
from lucidocr.decode import Run
from lucidocr.types import Frames, IntArray

_SURE: Final = 0.9995
"""Probability from which a character is not doubted."""

_FAINTEST: Final = -30.0
"""Odds of a character that the alphabet lacks, natural log."""


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """What frames say of other characters in the places of a greedy reading, natural logs.

    Attributes:
        doubtful: bool [K], whether each of its characters may be another one.
        nothing: float64 [K], log P(blank) less log P(character) where blank is least improbable.
        log_own: float64 [K], log P(character) at its best frame.
        rows: int64 [K, R], active frames of each character; the first one fills up the row.
        log_chars: float32 [N, C], see :class:`lucidocr.types.Frames`.
        log_other: float32 [N], of the active frames.
        classes: int64 [codes, 2], classes of a character and of its upper case by its code point; -1 for none.
    """

    doubtful: NDArray[np.bool_]
    nothing: NDArray[np.float64]
    log_own: NDArray[np.float64]
    rows: IntArray
    log_chars: NDArray[np.float32]
    log_other: NDArray[np.float32]
    classes: IntArray

    @classmethod
    def of(cls, frames: Frames, charset: Charset, runs: Sequence[Run]) -> Support:
        """Look at the frames of a best path.

        Args:
            frames: what the network says of the line.
            charset: whose classes the frames are about.
            runs: of its best path, one per character of the reading.
        """
        spans = [np.arange(*np.searchsorted(frames.active, (run.start, run.stop))) for run in runs]
        rows = np.zeros((len(spans), max(map(len, spans), default=1)), dtype=np.int64)
        for place, span in enumerate(spans):
            rows[place] = span[0]
            rows[place, : len(span)] = span
        labels = np.array([run.label for run in runs], dtype=np.int64).reshape(-1, 1)
        log_other = frames.log_other[frames.active]
        said = (log_other[rows] + frames.log_chars[rows, labels]).astype(np.float64)
        blank = frames.log_blank[frames.active][rows].astype(np.float64)
        log_own = said.max(axis=1, initial=-np.inf)
        return cls(
            doubtful=log_own < np.log(_SURE),
            nothing=(blank - said).min(axis=1, initial=np.inf),
            log_own=log_own,
            rows=rows,
            log_chars=frames.log_chars,
            log_other=log_other,
            classes=_classes(charset),
        )

    def odds(self, places: IntArray, codes: NDArray[np.uint32]) -> NDArray[np.float64]:
        """Log P(a character) less log P(the one that was read), at the best frame of each.

        Args:
            places: int64 [M], in the reading.
            codes: uint32 [M], code points of the characters, letters in lower case: the upper case may stand for them.
        """
        known = np.minimum(codes, len(self.classes) - 1).astype(np.int64)
        classes = np.where((codes < len(self.classes))[:, None], self.classes[known], -1)
        rows = self.rows[places]
        best = np.full(len(places), -np.inf)
        for column in range(rows.shape[1]):
            row = rows[:, column]
            for case in (0, 1):
                said = self.log_other[row] + self.log_chars[row, classes[:, case]]
                best = np.maximum(best, np.where(classes[:, case] >= 0, said, -np.inf))
        return np.maximum(best - self.log_own[places], _FAINTEST)


@lru_cache(maxsize=8)
def _classes(charset: Charset) -> IntArray:
    """int64 [codes, 2], see :class:`Support`."""
    table = np.full((max(map(ord, charset.chars), default=0) + 2, 2), -1, dtype=np.int64)
    for label, char in enumerate(charset.chars):
        table[ord(char), 0] = label
        lower = char.lower()
        if lower != char and len(lower) == 1 and ord(lower) < len(table):
            table[ord(lower), 1] = label
    table.flags.writeable = False
    return table
