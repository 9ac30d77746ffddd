"""From the lines of a paragraph to its running text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_HYPHENATED: Final = re.compile(r"[^\W\d_]{2}[-\u2010\u00ad]$")
"""The end of a line that breaks a word; "2-" and "x -" do not."""


def join_lines(texts: Iterable[str]) -> str:
    """Lines of a paragraph as one: a space between words, none beside Chinese characters, hyphenation undone."""
    whole = ""
    for text in (text.strip() for text in texts):
        if not whole or not text:
            whole += text
        elif _HYPHENATED.search(whole) and text[0].islower():
            whole = whole[:-1] + text
        else:
            whole += text if is_wide(whole[-1]) or is_wide(text[0]) else f" {text}"
    return whole


def is_wide(char: str) -> bool:
    """Whether a character is written without spaces around it: Chinese, and its punctuation."""
    return unicodedata.east_asian_width(char) in {"W", "F"}
