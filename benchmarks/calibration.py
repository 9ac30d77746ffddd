"""What the confidences are worth; results go to ``results/calibration.json``, the figure to ``docs/figures/``.

``python -m benchmarks.calibration DATA`` reads the report parts of the real sets and as many synthetic lines, of a seed
of their own and in faces never trained on, and compares confidences with what was right, before and after calibration.
DATA holds ``lines/`` and ``text/``.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.curves import Curve, draw
from benchmarks.reading import RESULTS
from lucidocr.analysis.reliability import expected_error, noise_floor, ranking
from lucidocr.calibration import Calibration, load_calibration
from lucidocr.model import load_model
from lucidocr_training.calibrate import (
    PRECISIONS,
    REPORT_SEED,
    JudgedLine,
    judge_all,
    open_recogniser,
    script_of,
)
from lucidocr_training.sources import standard_source

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

COVERAGES: Final = tuple(round(0.05 * step, 2) for step in range(1, 21))
SCRIPTS: Final = ("han", "latin", "digits", "mixed")
FIGURE: Final = Path(__file__).parent.parent / "docs" / "figures" / "risk-coverage.svg"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Confidences of N lines or characters, and which of them are right.

    Attributes:
        raw: float64 [N], the network's probability.
        calibrated: float64 [N].
        right: bool [N].
    """

    raw: Floats
    calibrated: Floats
    right: Flags


@dataclass(frozen=True, slots=True)
class Figures:
    """What the confidences of a group of lines or characters are worth.

    Attributes:
        group: "all", the name of a script or that of a set.
        n: lines or characters.
        accuracy: share that is right.
        ece_raw: expected calibration error of the network's probability (15 bins of equal width; Guo et al. 2017).
        ece: of the calibrated one.
        ece_floor: mean of what a perfect calibration would score on as many: the figure's noise.
        brier_raw: mean squared difference from what was right.
        brier: of the calibrated one.
        auroc: probability that a right one is more confident than a wrong one; None where all are right, or all wrong.
        risk: share of errors among the most confident, for each of ``COVERAGES``.
    """

    group: str
    n: int
    accuracy: float
    ece_raw: float
    ece: float
    ece_floor: float
    brier_raw: float
    brier: float
    auroc: float | None
    risk: tuple[float, ...]


def risks(said: Floats, right: Flags) -> tuple[float, ...]:
    """Share of errors among the most confident part, for each of ``COVERAGES``."""
    wrong = np.cumsum(~right[np.argsort(-said, kind="stable")])
    counts = [max(1, round(coverage * len(said))) for coverage in COVERAGES]
    return tuple(float(wrong[count - 1] / count) for count in counts)


def figures(group: str, judged: Judged) -> Figures:
    """All figures of one group."""
    raw, said, right = judged.raw, judged.calibrated, judged.right
    return Figures(
        group=group,
        n=len(right),
        accuracy=float(right.mean()),
        ece_raw=expected_error(raw, right),
        ece=expected_error(said, right),
        ece_floor=noise_floor(said),
        brier_raw=float(((raw - right) ** 2).mean()),
        brier=float(((said - right) ** 2).mean()),
        auroc=ranking(said, right),
        risk=risks(said, right),
    )


def of_lines(lines: Sequence[JudgedLine], calibration: Calibration) -> Judged:
    """Confidences of whole lines."""
    return Judged(
        np.array([math.exp(line.log_prob) for line in lines]),
        np.array([calibration.line(line.log_prob) for line in lines]),
        np.array([line.right for line in lines], dtype=bool),
    )


def of_characters(
    lines: Sequence[JudgedLine], calibration: Calibration, chosen: Callable[[str], bool] = lambda _: True
) -> Judged:
    """Confidences of the characters that are ``chosen``."""
    characters = [one for line in lines for one in line.characters if chosen(one.char)]
    return Judged(
        np.array([one.probability for one in characters]),
        np.array([calibration.character(one.probability) for one in characters]),
        np.array([one.right for one in characters], dtype=bool),
    )


def line_table(lines: Sequence[JudgedLine], calibration: Calibration) -> Iterator[Figures]:
    """Figures of all lines, by script and by set."""
    yield figures("all", of_lines(lines, calibration))
    for script in SCRIPTS:
        if chosen := [line for line in lines if line.script == script]:
            yield figures(script, of_lines(chosen, calibration))
    for source in dict.fromkeys(line.source for line in lines):
        yield figures(source, of_lines([line for line in lines if line.source == source], calibration))


def character_table(lines: Sequence[JudgedLine], calibration: Calibration) -> Iterator[Figures]:
    """Figures of all characters, by what they are, and by the set of their line."""
    yield figures("all", of_characters(lines, calibration))
    for script in (*SCRIPTS[:3], "other"):
        judged = of_characters(lines, calibration, lambda char, script=script: script_of(char) == script)  # type: ignore[misc]
        if len(judged.right):
            yield figures(script, judged)
    for source in dict.fromkeys(line.source for line in lines):
        judged = of_characters([line for line in lines if line.source == source], calibration)
        if len(judged.right):
            yield figures(source, judged)


def rounded(found: Figures) -> dict[str, Any]:
    """Figures for JSON."""
    kept: dict[str, Any] = asdict(found) | {"risk": [round(risk, 4) for risk in found.risk]}
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in kept.items()}


def summarise(lines: Sequence[JudgedLine], calibration: Calibration) -> dict[str, list[dict[str, Any]]]:
    """The figures of one precision, for JSON."""
    return {
        "lines": [rounded(found) for found in line_table(lines, calibration)],
        "characters": [rounded(found) for found in character_table(lines, calibration)],
    }


def keep(precisions: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> None:
    """Write the results, and the risk of lines over coverage as a figure."""
    result = {"coverages": COVERAGES, "precisions": precisions}
    (RESULTS / "calibration.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    shown = [row for row in precisions["fp32"]["lines"] if row["group"] in {"all", *SCRIPTS}]
    FIGURE.parent.mkdir(exist_ok=True)
    FIGURE.write_text(draw([Curve(row["group"], COVERAGES, row["risk"]) for row in shown]), encoding="utf-8")


def main() -> None:
    """Measure, print the summary and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--synthetic", type=int, default=3500, help="synthetic lines to read")
    parser.add_argument("--most", type=int, help="lines of a real set at most")
    arguments = parser.parse_args()
    model, source = load_model(), standard_source(arguments.data)
    precisions = {}
    for precision in [name for name, part in PRECISIONS.items() if part in model]:
        lines = judge_all(
            open_recogniser(model, precision), model.charset, source, "report",
            seed=REPORT_SEED, synthetic=arguments.synthetic, most=arguments.most,
        )  # fmt: skip
        precisions[str(precision)] = summarise(lines, load_calibration(model, precision))
        for kind, (whole, *_) in precisions[precision].items():
            print(f"{precision} {kind}: ECE {whole['ece_raw']} -> {whole['ece']} (noise {whole['ece_floor']})")
    keep(precisions)


if __name__ == "__main__":
    main()
