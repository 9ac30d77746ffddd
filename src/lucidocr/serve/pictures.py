"""From what a client sent to pictures that may be read: limits beyond those of decoding."""

from __future__ import annotations

from lucidocr import io
from lucidocr.errors import ImageSizeError
from lucidocr.serve.requests import Picture
from lucidocr.serve.settings import Settings
from lucidocr.types import PageImage


def load(picture: Picture, settings: Settings) -> PageImage:
    """Decode a picture.

    Raises:
        InputError: as :func:`lucidocr.io.load`, and as :func:`check_shape`.
    """
    image = io.load(picture.data, max_pixels=settings.max_pixels, name=picture.source)
    check_shape(image, settings)
    return image


def check_shape(image: PageImage, settings: Settings) -> None:
    """Refuse strips: taken for a line, they are stretched to its height, and a few pixels become very many.

    Raises:
        ImageSizeError: so many times as long as it is wide.
    """
    long, short = max(image.width, image.height), min(image.width, image.height)
    if long > settings.max_aspect * short:
        raise ImageSizeError(
            f"{image.source} is more than {settings.max_aspect} times as long as it is wide",
            remedy="Cut it into parts.",
        )
