"""Frames of a made-up line, with what else its characters may be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lucidocr.charset import Charset
from lucidocr.types import Frames


def frames_of(text: str, charset: Charset, doubts: Mapping[int, Mapping[str, float]] | None = None) -> Frames:
    """A frame for each character and one of blank after it.

    Args:
        text: what is read.
        charset: whose classes the frames are about.
        doubts: for the character in a place, probabilities of others.
    """
    chars = np.full((len(text), len(charset)), 1e-7)
    for place, char in enumerate(text):
        others = (doubts or {}).get(place, {})
        for other, probability in others.items():
            chars[place, charset.encode(other)[0]] = probability
        chars[place, charset.encode(char)[0]] = 1 - sum(others.values())
    chars /= chars.sum(axis=1, keepdims=True)
    blank = np.where(np.arange(2 * len(text)) % 2 == 0, 1e-3, 1 - 1e-3)
    return Frames(
        log_blank=np.log(blank).astype(np.float32),
        log_other=np.log1p(-blank).astype(np.float32),
        active=np.arange(0, 2 * len(text), 2, dtype=np.int64),
        log_chars=np.log(chars).astype(np.float32),
        pixels_per_frame=4.0,
        width=8 * len(text),
    )
