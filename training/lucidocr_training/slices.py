"""Web fonts come in many slices of a few characters each; this makes one font of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from lucidocr_training.fonts import FontError


def merge_slices(fonts: Sequence[TTFont]) -> TTFont:
    """Merge slices of one font by code point; the first slice to map one wins.

    The result has TrueType outlines (cubic ones are approximated within a unit). Hinting,
    kerning and substitutions are left out: the slices' tables disagree.

    Raises:
        FontError: the slices are not drawn to one scale.
    """
    if len({font["head"].unitsPerEm for font in fonts}) > 1:
        raise FontError("slices of different scale")
    head, hhea = fonts[0]["head"], fonts[0]["hhea"]
    glyphs: dict[str, Any] = {".notdef": _whole_glyph(fonts[0], fonts[0].getGlyphOrder()[0])}
    metrics = {".notdef": fonts[0]["hmtx"][fonts[0].getGlyphOrder()[0]]}
    characters: dict[int, str] = {}
    for font in fonts:
        for code, glyph_name in font.getBestCmap().items():
            if code not in characters:
                name = characters[code] = f"u{code:05X}"
                glyphs[name] = _whole_glyph(font, glyph_name)
                metrics[name] = font["hmtx"][glyph_name]
    builder = FontBuilder(head.unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(characters)
    builder.setupGlyf(glyphs, calcGlyphBounds=False)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=hhea.ascent, descent=hhea.descent)
    builder.setupNameTable({"familyName": fonts[0]["name"].getDebugName(1) or "merged", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=hhea.ascent, sTypoDescender=hhea.descent, sTypoLineGap=0)
    builder.setupPost(keepGlyphNames=False)
    return builder.font


def _whole_glyph(font: TTFont, name: str) -> Any:
    """Return a TrueType glyph without instructions and without references to other glyphs."""
    cubic = "glyf" not in font
    if not cubic and not font["glyf"][name].isComposite():
        glyph = font["glyf"][name]
        glyph.trim(remove_hinting=True)
        return glyph
    glyphs = font.getGlyphSet()
    flat = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(flat)
    pen = TTGlyphPen(None)
    flat.replay(Cu2QuPen(pen, max_err=1.0, reverse_direction=cubic))
    return pen.glyph()
