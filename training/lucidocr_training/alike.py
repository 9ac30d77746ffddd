"""Characters that look like others: known pairs, and those whose shapes are alike."""

from __future__ import annotations

from typing import Final

from lucidocr.charset import Charset
from lucidocr.diagnose.shapes import Shapes
from lucidocr_training.corpus import is_han

_LEAST_ALIKE: Final = 0.93
"""Likeness of two characters' shapes from which on they are taken for each other."""

_KNOWN_PAIRS: Final = (
    "0O", "1l", "1I", "lI", "5S", "8B", "2Z", "6b", "9g", "0D",
    "己已", "未末", "土士", "日曰", "人入", "元无", "天夭", "千干", "大太", "王玉", "刀力", "午牛", "田由",
    "甲由", "比此", "戊戌", "侯候", "折拆", "治冶", "今令", "免兔", "厂广", "乌鸟",
)  # fmt: skip


def look_alikes(charset: Charset, shapes: Shapes) -> dict[str, str]:
    """For characters that another one looks like, that other one; known pairs first, then by their shapes."""
    pairs: dict[str, str] = {}
    for one, other in _KNOWN_PAIRS:
        pairs.setdefault(one, other)
        pairs.setdefault(other, one)
    chars = [char for char in charset.chars if char in shapes and _is_common(char)]
    for char, nearest, likeness in shapes.nearest(chars):
        if likeness >= _LEAST_ALIKE and char.casefold() != nearest.casefold():
            pairs.setdefault(char, nearest)
    return pairs


def _is_common(char: str) -> bool:
    """Whether a character is an ASCII letter or digit, or a Chinese one of GB 2312 or Big5's first level."""
    if char.isascii():
        return char.isalnum()
    return is_han(char) and (_encodes(char, "gb2312") or _encodes(char, "big5"))


def _encodes(char: str, codec: str) -> bool:
    try:
        return bool(char.encode(codec))
    except UnicodeEncodeError:
        return False
