"""What the lines of a page make up, and the order in which they are read.

Formats take :func:`join_lines` from here; :mod:`lucidocr.layout.blocks` is imported by itself, since it loads OpenCV.
"""

from lucidocr.layout.join import join_lines
from lucidocr.layout.order import reading_order

__all__ = ["join_lines", "reading_order"]
