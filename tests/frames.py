"""Frames made up for tests."""

from __future__ import annotations

import numpy as np

from lucidocr.types import Frames

CLASSES = 3


def random_frames(steps: int, seed: int, *, active: float = 1.0, classes: int = CLASSES) -> Frames:
    """Frames with random distributions; a part of them is active."""
    chance = np.random.default_rng(seed)
    blank = chance.uniform(0.05, 0.95, steps)
    numbers = np.flatnonzero(chance.random(steps) < active)
    chars = chance.dirichlet(np.ones(classes), len(numbers))
    return Frames(
        log_blank=np.log(blank).astype(np.float32),
        log_other=np.log1p(-blank).astype(np.float32),
        active=numbers.astype(np.int64),
        log_chars=np.log(chars).astype(np.float32).reshape(len(numbers), classes),
        pixels_per_frame=4.0,
        width=4 * steps,
    )
