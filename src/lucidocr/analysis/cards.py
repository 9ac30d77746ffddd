"""The lines that an analysis shows: each diagnosed once more, with its picture, heat of what was misread, and fixes.

Pictures are made small and compressed with loss: a report holds more than a hundred of them.
"""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Final

import cv2
import numpy as np
from PIL import Image

from lucidocr import io
from lucidocr.analysis.analyse import Analysis
from lucidocr.analysis.failures import Failure
from lucidocr.analysis.observing import AnalysedReader, Tell
from lucidocr.analysis.schema import AnalysisRecord, CardRecord, FixRecord, HeatRecord
from lucidocr.errors import InputError, LucidOcrError
from lucidocr.explain.render import full_heat, heat_layer, strongest_heat
from lucidocr.export.diagnosis import diagnosis_record
from lucidocr.export.diagnosis_schema import DiagnosisRecord
from lucidocr.export.step_pictures import step_pictures
from lucidocr.metrics import edits
from lucidocr.preprocess import to_grey
from lucidocr.types import Diagnosis, HeatMap, ImageArray, Span

_ROWS: Final = 64
"""Most rows of a picture."""

_COLUMNS: Final = 1600
"""Most columns of a picture."""

_QUALITY: Final = 70
_HEATS: Final = 3
_FIXES: Final = 2
"""Most characters with heat, and most fixes, of a line."""

_METHOD: Final = "hirescam"


def cards_of(
    reader: AnalysedReader, analysis: Analysis, record: AnalysisRecord, *, tell: Tell = lambda *_: None
) -> dict[str, CardRecord]:
    """Everything about the lines that a page shows, by the names of their files.

    Args:
        reader: diagnoses and explains line images.
        analysis: the analysis.
        record: the same as values, which names the lines.
        tell: told how far it is.
    """
    by_file = {one.file: one for one in analysis.failures}
    wanted = [
        *record["instructive"],
        *(file for confusion in record["confusions"] for file in confusion["files"]),
        *(file for cause in record["causes"] for file in cause["files"]),
    ]
    names = [name for name in dict.fromkeys(wanted) if name in by_file]
    cards: dict[str, CardRecord] = {}
    for done, name in enumerate(names, start=1):
        failure = by_file[name]
        try:
            pixels = io.load(analysis.observations.lines[failure.number].line.path).pixels
        except InputError:
            continue  # the file has changed since it was read
        cards[name] = _card(reader, failure, pixels, analysis)
        tell("drawing", done, len(names))
    return cards


def _card(reader: AnalysedReader, failure: Failure, pixels: ImageArray, analysis: Analysis) -> CardRecord:
    grey = to_grey(pixels)
    diagnosis = reader.diagnose(grey, truth=failure.truth, rule=analysis.rule)
    record = diagnosis_record(diagnosis, rule=analysis.rule)
    return {
        "file": failure.file,
        "truth": failure.truth,
        "image": _address(grey),
        "width": grey.shape[1],
        "height": grey.shape[0],
        "kinds": [list(kind) for kind in failure.kinds],
        "diagnosis": record,
        "heat": _heats(reader, diagnosis, failure, analysis),
        "fixes": _fixes(diagnosis.image, record),
    }


def _heats(reader: AnalysedReader, diagnosis: Diagnosis, failure: Failure, analysis: Analysis) -> list[HeatRecord]:
    """Heat of the characters that were read wrongly; none where the line is too long for it or the model draws none."""
    reading = diagnosis.recognition
    wrong = [one.position for one in edits(reading.text, failure.truth, analysis.rule) if one.read]
    if not wrong:
        return []
    try:
        maps = reader.explain(diagnosis.image, method=(_METHOD,)).maps
    except LucidOcrError:
        return []
    strongest = strongest_heat(maps)
    chosen = [heat for heat in maps if heat.position in set(wrong)][:_HEATS]
    return [_heat(heat, reading.spans[heat.position], full_heat(heat, strongest)) for heat in chosen]


def _heat(heat: HeatMap, span: Span, full: float) -> HeatRecord:
    return {
        "char": span.char,
        "against": heat.against,
        "overlay": _data("png", heat_layer(heat, full)),
        "grid": [round(edge, 2) for edge in heat.box],
        "span": [round(span.left, 2), round(span.right, 2)],
    }


def _fixes(image: ImageArray, record: DiagnosisRecord) -> list[FixRecord]:
    """Steps that make the line right, or else those of its likely cause that change the reading."""
    tested = [test for finding in record["causes"] for test in finding["tested"]]
    right = [test for test in tested if test["right"]]
    own = [test for test in record["causes"][0]["tested"] if test["after"] != test["before"]]
    return [
        {
            "step": test["step"],
            "image": _address(next(step_pictures(image, (test["step"],)))[1]),
            "after": test["after"],
            "right": bool(test["right"]),
        }
        for test in (right or own)[:_FIXES]
    ]


def _address(pixels: ImageArray) -> str:
    """A picture as an address that holds it, made smaller where it is large."""
    height, width = pixels.shape
    scale = min(1.0, _ROWS / height, _COLUMNS / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)) if scale < 1 else pixels
    buffer = BytesIO()
    Image.fromarray(small).save(buffer, "WEBP", quality=_QUALITY)
    return _data("webp", buffer.getvalue())


def _data(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
