"""From pixels to the recogniser's input. Training imports this package: it is written once."""

from lucidocr.preprocess.normalise import LINE_HEIGHT, normalise_line, to_batch, to_grey

__all__ = ["LINE_HEIGHT", "normalise_line", "to_batch", "to_grey"]
