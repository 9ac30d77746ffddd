"""Rebuild every part of a model folder that depends on the weights, in the order in which they depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lucidocr.correct.language import load_language_model
from lucidocr_training import checkpoint
from lucidocr_training.attend import Amounts, Lesson, attend, gather
from lucidocr_training.batches import Source
from lucidocr_training.calibrate import calibrate
from lucidocr_training.diagnosing import CASES, teach_causes
from lucidocr_training.export import write_folder
from lucidocr_training.fuse import fuse
from lucidocr_training.plan import make_plan
from lucidocr_training.probing import LINES, teach_probe
from lucidocr_training.quantise import quantise_folder, sample


@dataclass(frozen=True, slots=True)
class Made:
    """How many lines are made for the parts that learn from made ones.

    Attributes:
        synthetic: that calibrations are fitted on, beside real ones.
        probed: that the probe of the diagnosis is taught on.
        causes: that its forest is taught on.
    """

    synthetic: int = 3000
    probed: int = LINES
    causes: int = CASES


def refit(
    state: Mapping[str, Any],
    folder: Path,
    source: Source,
    *,
    amounts: Amounts | None = None,
    lesson: Lesson | None = None,
    made: Made | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Make a model folder anew from its compact checkpoint.

    Args:
        state: see :func:`lucidocr_training.export.compact_state`.
        folder: of the model.
        source: where the lines are.
        amounts: lines for the attention head; the usual ones when None.
        lesson: how the head is trained; as usual when None.
        made: how many lines the other parts are given; as usual when None.
        tell: is told which part comes next.

    Returns:
        What the attention head is worth, see :func:`lucidocr_training.attend.attend`.
    """
    made = made or Made()
    tell("the graphs")
    write_folder(state, folder)
    tell("eight bits")
    quantise_folder(state, folder, sample(source.lines))
    tell("calibration")
    calibrate(folder, source, synthetic=made.synthetic)
    tell("fusion")
    fuse(folder, source.lines.parent, load_language_model())
    tell("preprocessing plan")
    make_plan(folder, source.lines, tell=tell)
    tell("diagnosis")
    teach_probe(folder, source, made.probed, tell=tell)
    teach_causes(folder, source, made.causes, tell=tell)
    tell("attention")
    network, charset, _ = checkpoint.restore(dict(state))
    return attend(folder, gather(network.eval(), charset, source, amounts or Amounts(), lesson or Lesson()))
