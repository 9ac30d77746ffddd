"""The words for causes, steps and indicators, as tables show them; docs/diagnosis.md says more of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from typing_extensions import TypedDict

CAUSE_NAMES: Final[Mapping[str, str]] = {
    "background": "background interference",
    "font": "unusual typeface",
    "light": "uneven or too little light",
    "blur": "blur",
    "low_resolution": "low resolution",
    "noise": "noise",
    "skew": "slope",
    "look_alike": "look-alike characters",
    "truncation": "text cut off",
    "unknown_character": "character outside the alphabet",
    "nothing": "nothing wrong",
}

STEP_NAMES: Final[Mapping[str, str]] = {
    "flatten": "light flattened",
    "brighten": "brightened",
    "stretch": "contrast stretched",
    "equalise": "contrast equalised (CLAHE)",
    "denoise": "grain taken out",
    "smooth": "smoothed",
    "denoise-thoroughly": "grain taken out thoroughly",
    "watermark": "watermark taken out",
    "lines": "lines taken out",
    "deskew": "levelled",
    "upscale": "enlarged",
    "sharpen": "sharpened",
    "deconvolve": "deconvolved",
    "threshold": "black and white",
}

INDICATOR_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "height": ("height of the picture", "pixels"),
    "text_height": ("height of the text", "pixels"),
    "contrast": ("contrast", "grey levels"),
    "paper": ("grey of the paper", "grey levels"),
    "dark_on_light": ("dark on light", ""),
    "sharpness": ("sharpness", "contrasts per row"),
    "detail": ("detail used", ""),
    "noise": ("noise", "contrasts"),
    "speckle": ("speckle", "share of pixels"),
    "ink": ("ink", "share of pixels"),
    "background": ("range of the background", "contrasts"),
    "gradient": ("gradient of the light", "contrasts"),
    "midtones": ("mid-tones", "share of pixels"),
    "texture": ("texture of the paper", "contrasts"),
    "horizontal": ("longest level line", "share of the width"),
    "through": ("level line through the text", "share of the width"),
    "vertical": ("strongest upright line", "share of the rows"),
    "skew": ("slope", "degrees"),
    "skew_gain": ("evidence for the slope", "times"),
    "stroke": ("stroke width", "rows of 48"),
    "stroke_spread": ("spread of the stroke width", "of its mean"),
    "left": ("ink at the left edge", "share of it"),
    "right": ("ink at the right edge", "share of it"),
    "top": ("ink at the upper edge", "share of it"),
    "bottom": ("ink at the lower edge", "share of it"),
}
"""Names and units."""


class WordsRecord(TypedDict):
    """What a page calls causes, steps and indicators; an indicator has a name and a unit."""

    causes: dict[str, str]
    steps: dict[str, str]
    indicators: dict[str, tuple[str, str]]


def words_record() -> WordsRecord:
    """All words, for a page's record."""
    return {"causes": dict(CAUSE_NAMES), "steps": dict(STEP_NAMES), "indicators": dict(INDICATOR_NAMES)}
