"""The characters that a page of a PDF holds itself, with their places on its picture."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.io.glyphs import Glyph, lines_of, meaning
from lucidocr.types import Line

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_INVISIBLE: Final = (3, 7)
"""Ways of drawing text that leave nothing to be seen: as another program lays its readings over a scan."""

_LEAST_DIFFERENCE: Final = 0.2
"""cos^2 - sin^2 of a turn below which it is too near to 45 degrees for sides to be told from bounds."""


def native_lines(page: PdfPage, width: int, height: int) -> tuple[Line, ...]:
    """Lines of the text that a page holds, with exact boxes.

    Args:
        page: the page; the caller holds the lock of PDFium.
        width: of the page's picture, pixels.
        height: of the page's picture, pixels.

    Returns:
        The lines in the order of the file; none where there is no text, or none that is sound.
    """
    text = page.get_textpage()
    try:
        return lines_of(list(_glyphs(text, page_to_pixels(page, width, height))), width, height)
    finally:
        text.close()


def page_to_pixels(page: PdfPage, width: int, height: int) -> NDArray[np.float64]:
    """The affine map, float64 [2, 3], from points of a page (y up, before it is turned) to pixels of its picture."""
    left, bottom, right, top = page.get_bbox()
    rows = {
        0: ((1, 0, -left), (0, -1, top)),
        90: ((0, 1, -bottom), (1, 0, -left)),
        180: ((-1, 0, right), (0, 1, -bottom)),
        270: ((0, -1, top), (-1, 0, right)),
    }[page.get_rotation()]
    turned = page.get_rotation() in (90, 270)
    size = (top - bottom, right - left) if turned else (right - left, top - bottom)
    affine: NDArray[np.float64] = np.array(rows, dtype=np.float64) * np.array([[width / size[0]], [height / size[1]]])
    return affine


def _glyphs(text: PdfTextPage, to_pixels: NDArray[np.float64]) -> Iterator[Glyph]:
    from pypdfium2 import raw  # noqa: PLC0415  (only PDFs need it)

    visibility: dict[int, bool] = {}
    spaced = False
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        char = "-" if raw.FPDFText_IsHyphen(text, index) == 1 else chr(code) if code < 0x110000 else "\ufffd"
        if char.isspace() or raw.FPDFText_IsGenerated(text, index) == 1:
            spaced = True
            continue
        turn = raw.FPDFText_GetCharAngle(text, index)
        yield Glyph(
            text=meaning(char),
            corners=_mapped(to_pixels, _corners(text.get_charbox(index), turn)),
            origin=_mapped(to_pixels, _origin(text, index)),
            angle=_angle(turn, to_pixels),
            em=_em(text, index) * math.sqrt(abs(np.linalg.det(to_pixels[:, :2]))),
            sound=raw.FPDFText_HasUnicodeMapError(text, index) != 1,
            visible=_is_visible(raw, raw.FPDFText_GetTextObject(text, index), visibility),
            spaced=spaced,
        )
        spaced = False


def _is_visible(raw: Any, text_object: Any, known: dict[int, bool]) -> bool:
    """Whether the object that a character belongs to is drawn; what was found is kept for its other characters."""
    address = ctypes.cast(text_object, ctypes.c_void_p).value
    if address is None:
        return True
    if address not in known:
        known[address] = raw.FPDFTextObj_GetTextRenderMode(text_object) not in _INVISIBLE
    return known[address]


def _angle(turn: float, to_pixels: NDArray[np.float64]) -> float:
    """Direction of a baseline in the picture from how far it is turned clockwise on the page, radians."""
    x, y = to_pixels[:, :2] @ (math.cos(turn), -math.sin(turn))
    return math.atan2(y, x)


def _mapped(affine: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points, float64 [..., 2], through an affine map, float64 [2, 3]."""
    mapped: NDArray[np.float64] = points @ affine[:, :2].T + affine[:, 2]
    return mapped


def _origin(text: PdfTextPage, index: int) -> NDArray[np.float64]:
    from pypdfium2 import raw  # noqa: PLC0415  (as above)

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text, index, x, y)
    return np.array([x.value, y.value])


def _corners(bounds: tuple[float, float, float, float], turn: float) -> NDArray[np.float64]:
    """Corners of a turned character's ink from the upright rectangle around it (left, bottom, right, top).

    A rectangle of sides w and h turned by t has bounds of w |cos t| + h |sin t| by w |sin t| + h |cos t|, which is
    solved for w and h; near 45 degrees, where it cannot be, they are taken to be equal.
    """
    left, bottom, right, top = bounds
    cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
    difference = cos * cos - sin * sin
    if abs(difference) > _LEAST_DIFFERENCE:
        wide = ((right - left) * cos - (top - bottom) * sin) / difference
        high = ((top - bottom) * cos - (right - left) * sin) / difference
    else:
        wide = high = (right - left + top - bottom) / 2 / (cos + sin)
    along = np.array([math.cos(turn), -math.sin(turn)]) * max(wide, 0.0) / 2
    up = np.array([math.sin(turn), math.cos(turn)]) * max(high, 0.0) / 2
    middle = np.array([left + right, bottom + top]) / 2
    return np.stack([middle - along + up, middle + along + up, middle + along - up, middle - along - up])


def _em(text: PdfTextPage, index: int) -> float:
    """Size of a character in points: that of its font, as it is stretched where it stands."""
    from pypdfium2 import raw  # noqa: PLC0415  (as above)

    matrix = raw.FS_MATRIX()
    known = raw.FPDFText_GetMatrix(text, index, matrix)
    return float(raw.FPDFText_GetFontSize(text, index)) * (math.hypot(matrix.c, matrix.d) if known else 1.0)
