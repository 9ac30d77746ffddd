"""The evidence as JSON: for ``explanation.json``, the HTML report and the HTTP service.

Its shape is that of :mod:`lucidocr.export.explanation_schema`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from lucidocr.explain.methods import ATTENTION, METHODS, unsound_methods
from lucidocr.explain.render import full_heat, heat_layer, maps_of, png, strongest_heat
from lucidocr.export.explanation_schema import (
    FORMAT_VERSION,
    CharacterRecord,
    ExplainedLineRecord,
    ExplanationRecord,
    FaithfulnessRecord,
    GlanceRecord,
    MapRecord,
    MethodRecord,
    PosteriorRecord,
)
from lucidocr.preprocess import normalise_line
from lucidocr.types import Alignment, CharacterEvidence, ExplainedLine, ExplainedPage, Faithfulness, Glance, HeatMap

_FAINTEST: Final = 0.005
"""Least posterior of a character at a frame that is written down."""

MapDetail = Literal["none", "peaks", "values"]
Edges = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of the evidence to write.

    Attributes:
        maps: nothing of the heat maps, their peaks, or their values too.
        pictures: whether PNGs in base64 stand in the record: heat layers, the line, and the line as the network has it.
        files: whether the names of the files of :mod:`lucidocr.export.report` stand in it.
    """

    maps: MapDetail = "peaks"
    pictures: bool = False
    files: bool = False


def explanation_record(page: ExplainedPage, detail: Detail | None = None) -> ExplanationRecord:
    """Turn the evidence for a page into values that :mod:`json` can write."""
    detail = detail or Detail()
    shown = {heat.method for line in page.lines for heat in line.explanation.maps}
    if any(line.explanation.glances for line in page.lines):
        shown.add(ATTENTION)
    return {
        "format_version": FORMAT_VERSION,
        "source": page.source,
        "width": page.width,
        "height": page.height,
        "mode": page.mode,
        "text": "\n".join(line.explanation.alignment.text for line in page.lines),
        "methods": [record for record in method_records() if record["name"] in shown],
        "lines": [_LineWriter(line, number, detail).record() for number, line in enumerate(page.lines)],
    }


def method_records() -> list[MethodRecord]:
    """Every way to explain a character, the attention head last."""
    known = [(method.name, method.title, method.says) for method in METHODS]
    known.append((ATTENTION, "Attention", "where a head that imitates the reading looks"))
    warnings = unsound_methods()
    return [
        {"name": name, "title": title, "says": says, "warning": warnings.get(name, "")} for name, title, says in known
    ]


def line_file(line: int, what: str) -> str:
    """Name of a picture of a line, relative to ``explanation.json``: both count from one."""
    return f"line-{line + 1}/{what}.png"


def heat_file(line: int, heat: HeatMap) -> str:
    """Name of the picture of a heat map, relative to ``explanation.json``."""
    return line_file(line, f"{heat.method}-{heat.position + 1}")


class _LineWriter:
    """Writes one line's record.

    Args:
        line: the line.
        number: its place on the page, from zero.
        detail: how much to write.
    """

    def __init__(self, line: ExplainedLine, number: int, detail: Detail) -> None:
        self._cut, self._explanation, self._notice = line.cut, line.explanation, line.notice
        self._edges = line.edges
        self._number, self._detail = number, detail
        self._strongest = strongest_heat(maps_of(line.explanation))
        self._verdicts = {(one.method, one.position): one for one in line.explanation.faithfulness}

    def record(self) -> ExplainedLineRecord:
        """The whole record."""
        explanation, alignment = self._explanation, self._explanation.alignment
        reading = explanation.recognition
        height, width = explanation.image.shape
        record: ExplainedLineRecord = {
            "text": alignment.text,
            "confidence": _probability(explanation.confidence),
            "log_prob": _number(alignment.log_prob, 4),
            "box": _corners(self._cut.box),
            "vertical": bool(self._edges),
            "reading": {
                "text": reading.text,
                "log_prob": _number(reading.log_prob, 4),
                "confidence": _probability(reading.confidence),
            },
            "candidates": [
                {
                    "text": one.text,
                    "log_prob": _number(one.log_prob, 4),
                    "confidence": _probability(one.confidence),
                }
                for one in explanation.candidates
            ],
            "width": width,
            "height": height,
            "to_picture": [[float(f"{value:.9g}") for value in row] for row in self._cut.to_page],
            "frames": len(alignment.occupancy),
            "notice": self._notice,
            "characters": [self._character(number, one) for number, one in enumerate(explanation.characters)],
        }
        if self._detail.pictures:
            record["image"] = _base64(png(explanation.image))
            record["network_image"] = _base64(png(normalise_line(explanation.image)))
        if self._detail.files:
            record["files"] = {what: line_file(self._number, what) for what in ("line", "network", "alignment")}
        return record

    def _character(self, position: int, evidence: CharacterEvidence) -> CharacterRecord:
        explanation, span = self._explanation, evidence.span
        quad = self._quad((span.left, 0.0, span.right, float(explanation.image.shape[0])))
        glances = [glance for glance in explanation.glances if glance.position == position]
        record: CharacterRecord = {
            "char": span.char,
            "span": [_number((a + b) / 2) for a, b in ((quad[0, 0], quad[3, 0]), (quad[1, 0], quad[2, 0]))],
            "box": _corners(quad),
            "confidence": _probability(span.confidence),
            "alternatives": [
                {"char": one.char, "probability": _probability(one.probability)} for one in evidence.alternatives
            ],
            "against": evidence.against,
            "contrast": _number(evidence.contrast, 4) if math.isfinite(evidence.contrast) else None,
            "left": _number(span.left),
            "right": _number(span.right),
            "centre": _number(explanation.alignment.centres[position]),
            "deviation": _number(explanation.alignment.deviations[position]),
            "posterior": _posterior(explanation.alignment, position),
            "attention": self._glance(glances[0]) if glances else None,
        }
        if self._detail.maps != "none":
            own = [heat for heat in maps_of(explanation) if heat.position == position]
            record["maps"] = {heat.method: self._map(heat) for heat in own}
        return record

    def _map(self, heat: HeatMap) -> MapRecord:
        record: MapRecord = {
            "peak": [_number(value) for value in self._on_page([heat.peak], heat.peak[0])[0]],
            "against": heat.against,
            "range": [_significant(heat.values.min()), _significant(heat.values.max())],
            "grid": [_number(edge) for edge in heat.box],
        }
        verdict = self._verdicts.get((heat.method, heat.position))
        if verdict is not None:
            record["faithfulness"] = _faithfulness(verdict)
        if self._detail.files:
            record["file"] = heat_file(self._number, heat)
        if self._detail.pictures:
            record["overlay"] = _base64(heat_layer(heat, full_heat(heat, self._strongest)))
        if self._detail.maps == "values":
            record["values"] = [[_significant(value) for value in row] for row in heat.values]
        return record

    def _glance(self, glance: Glance) -> GlanceRecord:
        quad = self._quad(glance.region)
        return {
            "frame": glance.frame,
            "region": [_number(edge) for edge in (*quad.min(axis=0), *quad.max(axis=0))],
            "grid": [_number(edge) for edge in glance.region],
            "char": glance.char,
            "probability": _probability(glance.probability),
        }

    def _quad(self, edges: Edges) -> NDArray[np.float64]:
        """Corners in the picture of a rectangle of the line image, clockwise from its top left."""
        left, top, right, bottom = edges
        x = (left + right) / 2
        _, upper, lower = self._piece(x)
        top, bottom = max(top, upper), min(bottom, lower)
        return self._on_page([(left, top), (right, top), (right, bottom), (left, bottom)], x)

    def _on_page(self, points: Sequence[tuple[float, float]], x: float) -> NDArray[np.float64]:
        """Places in the picture of points of the line image, all of which lie on the piece at ``x``."""
        move, _, _ = self._piece(x)
        mapped = np.array([(*point, 1.0) for point in points]) @ (self._cut.to_page @ move).T
        return np.asarray(mapped[:, :2] / mapped[:, 2:], dtype=np.float64)

    def _piece(self, x: float) -> tuple[NDArray[np.float64], float, float]:
        """How the piece of a column at ``x`` moves from the row to the column, and its upper and lower edge in the row.

        Another line is one piece that stays where it is.
        """
        height, width = self._explanation.image.shape
        count = len(self._edges) - 1
        if count < 1:
            return np.eye(3), 0.0, float(height)
        number = min(max(int(x * count // width), 0), count - 1)
        top, bottom = self._edges[number : number + 2]
        above = (height - (bottom - top)) // 2
        move = np.array([(1.0, 0.0, -number * (width // count)), (0.0, 1.0, top - above), (0.0, 0.0, 1.0)])
        return move, float(above), float(above + bottom - top)


def _faithfulness(verdict: Faithfulness) -> FaithfulnessRecord:
    return {
        "energy": _number(verdict.energy, 4),
        "pointing": verdict.pointing,
        "deletion": _number(verdict.deletion, 4),
        "elsewhere": _number(verdict.elsewhere, 4),
        "insertion": _number(verdict.insertion, 4),
    }


def _posterior(alignment: Alignment, position: int) -> PosteriorRecord:
    posterior = alignment.occupancy[:, 2 * position + 1]
    frames = np.flatnonzero(posterior >= _FAINTEST)
    first, last = (int(frames[0]), int(frames[-1])) if len(frames) else (0, -1)
    return {"first": first, "values": [_number(value, 4) for value in posterior[first : last + 1]]}


def _corners(points: Iterable[Iterable[float]]) -> list[list[float]]:
    return [[_number(x), _number(y)] for x, y in points]


def _number(value: float, digits: int = 2) -> float:
    return round(float(value), digits)


def _probability(value: float) -> float:
    return _number(value, 6)


def _significant(value: float) -> float:
    return float(f"{value:.5g}")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
