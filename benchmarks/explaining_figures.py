"""Rows of ``results/explaining.json`` from what was found on single lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.boxed import BoxedLine
from benchmarks.examining import Examined, Likeness, Scored


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table: one method on one set. Changes are in nats, means over the characters.

    Attributes:
        dataset: name of the set.
        method: name of the method or control.
        characters: read right and judged.
        pointing: share whose peak lies in the true box.
        energy: mean share of the heat in the true box.
        deletion: fall of a character's lead when the hottest pixels are erased.
        elsewhere: the same at a random place of the line.
        ratio: of these two; None where nothing falls elsewhere.
        insertion: rise of the lead when only the hottest pixels are there.
        selectivity: change of the neighbours' leads over its own.
        misread: characters that were misread, judged by deletion alone.
        misread_deletion: as ``deletion``, of these; None where there are none.
        misread_elsewhere: as ``elsewhere``, of these.
        stability: rank correlation of maps of the picture moved by a pixel; None where it was not tried.
        likeness: rank correlation with the maps of a network whose weights are all shuffled; likewise.
        cascade: the same for each step of the cascade, from the top layer down.
    """

    dataset: str
    method: str
    characters: int
    pointing: float
    energy: float
    deletion: float
    elsewhere: float
    ratio: float | None
    insertion: float
    selectivity: float
    misread: int
    misread_deletion: float | None
    misread_elsewhere: float | None
    stability: float | None
    likeness: float | None
    cascade: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SetFigures:
    """What was explained of one set.

    Attributes:
        dataset: its name.
        lines: lines explained.
        sources: lines by typeface or part.
        characters: characters read, spaces aside.
        right: those read right.
        iou: mean interval IoU of those, by script.
        counted: how many of each script.
        ceiling: mean energy of a map that is the true box itself, on the grid of the gradient maps.
        agreement: share of the characters that the attention head reads as the network; None without a head.
    """

    dataset: str
    lines: int
    sources: Mapping[str, int]
    characters: int
    right: int
    iou: Mapping[str, float]
    counted: Mapping[str, int]
    ceiling: float
    agreement: float | None


def set_figures(name: str, lines: Sequence[BoxedLine], examined: Sequence[Examined], *, attention: bool) -> SetFigures:
    """Sum up what was read of a set, and how well the intervals fit."""
    own = [one for one in examined if one.dataset == name]
    characters = sum(one.characters for one in own)
    overlaps: dict[str, list[float]] = {}
    for one in own:
        for script, overlap in one.overlaps:
            overlaps.setdefault(script, []).append(overlap)
    sources = sorted({line.source for line in lines})
    return SetFigures(
        dataset=name,
        lines=len(own),
        sources={source: sum(line.source == source for line in lines) for source in sources},
        characters=characters,
        right=sum(one.right for one in own),
        iou={script: float(np.mean(values)) for script, values in sorted(overlaps.items())},
        counted={script: len(values) for script, values in sorted(overlaps.items())},
        ceiling=_mean(ceiling for one in own for ceiling in one.ceilings),
        agreement=sum(one.agreed for one in own) / max(characters, 1) if attention else None,
    )


def figures(dataset: str, method: str, scored: Sequence[Scored]) -> Figures:
    """The row of one method on one set, of its own maps alone."""
    right, wrong = ([one for one in scored if one.right == wanted] for wanted in (True, False))
    effects = [one.effect for one in right]
    deletion, elsewhere = _mean(one.deletion for one in effects), _mean(one.elsewhere for one in effects)
    return Figures(
        dataset=dataset,
        method=method,
        characters=len(right),
        pointing=_mean(one.pointing for one in right),
        energy=_mean(one.energy for one in right),
        deletion=deletion,
        elsewhere=elsewhere,
        ratio=deletion / elsewhere if elsewhere > 0 else None,
        insertion=_mean(one.insertion for one in effects),
        selectivity=sum(one.neighbours for one in effects) / max(sum(one.own for one in effects), 1e-9),
        misread=len(wrong),
        misread_deletion=_mean(one.effect.deletion for one in wrong) if wrong else None,
        misread_elsewhere=_mean(one.effect.elsewhere for one in wrong) if wrong else None,
        stability=None,
        likeness=None,
        cascade={},
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.mean(found)) if found else 0.0


def rows_of(examined: Sequence[Examined]) -> list[Figures]:
    """The table, without what altered pictures and networks say."""
    scored: dict[tuple[str, str], list[Scored]] = {}
    for one in examined:
        for entry in one.scored:
            scored.setdefault((one.dataset, entry.method), []).append(entry)
    return [figures(dataset, method, entries) for (dataset, method), entries in scored.items()]


def by_method(found: Iterable[Sequence[Likeness]]) -> dict[tuple[str, str], float]:
    """Mean correlation by set and method."""
    values: dict[tuple[str, str], list[float]] = {}
    for one in (entry for entries in found for entry in entries):
        values.setdefault((one.dataset, one.method), []).append(one.correlation)
    return {key: float(np.mean(entries)) for key, entries in values.items()}
