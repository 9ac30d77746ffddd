"""Where the bundled model's training lines come from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, get_args

from lucidocr_training.batches import Ingredient, Source

INGREDIENTS: Final[tuple[Ingredient, ...]] = get_args(Ingredient)

REAL_SETS: Final = (
    ("pdf_zh", 2.2),
    ("aiera_table_cells", 0.8),
    ("taigi_hanji", 1.0),
    ("taigi_hanlo", 1.4),
    ("iiit5k_train", 1.0),
    ("svt_train", 1.0),
    ("funsd_train", 1.0),
    ("sroie", 1.0),
    ("wire_markers_alnum", 0.5),
    ("hwdb_chars", 0.1),
)
"""Real sets to train on and their weights; at least half of what is drawn is Chinese together with the synthesis."""

TAUGHT_WEIGHT: Final = 1.5
"""Weight of the teacher-labelled lines, where ``teach`` has made some."""


def default_runs() -> Path:
    """Where runs, fonts and checkpoints are kept: ``$LUCIDOCR_RUNS``, else beside the checkout."""
    return Path(os.environ.get("LUCIDOCR_RUNS", "../runs"))


def standard_source(
    data: Path,
    *,
    real_share: float = 0.0,
    columns: int = 12_288,
    seed: int = 1,
    without: tuple[Ingredient, ...] = (),
    hard_share: float = 0.0,
    worsened_share: float = 0.0,
) -> Source:
    """The source of the bundled model.

    Args:
        data: holds ``lines/`` (labelled sets) and ``text/``.
        real_share: part of the lines that is real.
        columns: pixel columns in a batch.
        seed: of everything drawn.
        without: ingredients to leave out.
        hard_share: part of the lines that are the hardest of several for the bundled model.
        worsened_share: part of the lines whose pictures are made worse on purpose.
    """
    runs = default_runs()
    taught = runs / "taught"
    sets = [(data / "lines" / name, weight) for name, weight in REAL_SETS]
    if taught.is_dir():
        sets.append((taught, TAUGHT_WEIGHT))
    return Source(
        fonts=Path(os.environ.get("LUCIDOCR_FONTS", runs / "fonts")),
        texts=data / "text",
        lines=data / "lines",
        real_sets=tuple(sets),
        taught=taught if taught.is_dir() else None,
        real_share=real_share,
        columns=columns,
        seed=seed,
        without=without,
        hard_share=hard_share,
        worsened_share=worsened_share,
    )
