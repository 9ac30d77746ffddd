"""Reading many pictures of one line again, to see how far its text is still ahead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.charset import Charset
from lucidocr.explain.contrasts import Emissions, contrasts
from lucidocr.explain.perturb import Score
from lucidocr.preprocess import to_batch
from lucidocr.session import Session
from lucidocr.types import STRIDE, ImageArray

_BATCH_COLUMNS: Final = 2048
"""Columns of all pictures of a batch together; larger batches are not faster on a CPU."""

_CELLS: Final = 4_000_000
"""Pictures times frames times states whose sums are held in memory at once."""

_OUTPUTS: Final = ("log_blank", "log_other", "active", "log_chars")
_SPACE: Final = " "


class Rereader:
    """Reads altered pictures of a line as they are: unlike a recogniser, it never trims or scales them.

    A picture from which most ink has been erased would otherwise be cut down to what is left of it.

    Args:
        session: of ``recognise.onnx``; immutable, so that many threads may share it.
        charset: the model's alphabet.
    """

    def __init__(self, session: Session, charset: Charset) -> None:
        self._session = session
        self._charset = charset

    def score(self, text: str, rivals: Sequence[str]) -> Score:
        """What measures the contrasts of one text.

        Args:
            text: what every picture is held to say, K characters of the alphabet.
            rivals: what each character is held against; empty for its absence.

        Returns:
            A function of uint8 [m, 32, W] to float64 [m, K], see :mod:`lucidocr.explain.contrasts`.

        Raises:
            KeyError: a character is not in the alphabet.
        """
        margin = self._charset.encode(_SPACE) if _SPACE in self._charset else []
        classes = sorted({*self._charset.encode(text), *self._charset.encode("".join(rivals)), *margin})
        column = {self._charset.chars[number]: place for place, number in enumerate(classes)}
        labels = [column[char] for char in text]
        against = [column[rival] if rival else None for rival in rivals]
        outer = column.get(_SPACE)

        def measure(images: ImageArray) -> NDArray[np.float64]:
            frames = images.shape[2] // STRIDE
            chunk = max(1, _CELLS // (frames * (2 * len(labels) + 1)))
            parts = [
                contrasts(self._emissions(images[start : start + chunk], classes), labels, against, margin=outer)
                for start in range(0, len(images), chunk)
            ]
            return np.concatenate(parts) if parts else np.zeros((0, len(labels)))

        return measure

    def _emissions(self, images: ImageArray, classes: Sequence[int]) -> Emissions:
        size = max(1, _BATCH_COLUMNS // images.shape[2])
        parts = []
        for start in range(0, len(images), size):
            batch, widths = to_batch(list(images[start : start + size]))
            log_blank, log_other, active, log_chars = self._session.run(
                {"images": batch, "widths": widths}, _OUTPUTS, shrink=images.shape[2] > _BATCH_COLUMNS
            )
            parts.append(Emissions.of_batch((log_blank, log_other, active, log_chars), classes))
        return Emissions(np.concatenate([one.blank for one in parts]), np.concatenate([one.chars for one in parts]))
