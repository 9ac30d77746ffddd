"""Pictures of lines before and after steps."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from lucidocr.explain.render import png
from lucidocr.preprocess.indicators import measure
from lucidocr.preprocess.plan import take
from lucidocr.types import ImageArray


def step_pictures(pixels: ImageArray, steps: Sequence[str]) -> Iterator[tuple[str, ImageArray]]:
    """The picture of a line after each of several steps, those before it taken too.

    Args:
        pixels: uint8 [h, w] grey, the line as cut.
        steps: names, in the order in which they are taken.

    Yields:
        The step's name, and uint8 [h, w] grey.
    """
    found = measure(pixels)
    for step in steps:
        pixels = take(pixels, (step,), found)
        yield step, pixels


def picture_text(pixels: ImageArray) -> str:
    """A PNG in base64.

    Args:
        pixels: uint8 [h, w] grey or [h, w, 3] RGB.
    """
    return base64.b64encode(png(pixels)).decode("ascii")
