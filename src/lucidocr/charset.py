"""The ordered alphabet of a model."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lucidocr.errors import ModelError

TWINS: Final = str.maketrans(
    {
        **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "！（），：；？～"},
        **dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2009"), " "),
        **dict.fromkeys(map(ord, "‧∙・•･"), "·"),
        **dict.fromkeys(map(ord, "─―⸺━"), "—"),
        **dict.fromkeys(map(ord, "−‐‑"), "-"),
        **dict.fromkeys(map(ord, "\u200b\ufeff\u00ad"), None),
        ord("￥"): "¥",
        ord("µ"): "μ",
        ord("Ω"): "Ω",
        ord("∶"): ":",
        ord("≦"): "≤",
        ord("≧"): "≥",
        ord("⋯"): "…",
        ord("ϕ"): "φ",
    }
)
"""Code points that no picture can tell apart, and the one that stands for them in labels."""


def canonical(text: str) -> str:
    """A text with characters replaced by what stands for them in :data:`TWINS`, composed (NFC), its ends stripped."""
    return unicodedata.normalize("NFC", text).translate(TWINS).strip()


@dataclass(frozen=True, slots=True)
class Charset:
    """Characters that a model can read, in the order of its class layer.

    CTC's blank is not a member: it has a probability of its own (see :class:`lucidocr.types.Frames`).

    Attributes:
        chars: all characters, each once; class ``c`` is ``chars[c]``.

    Raises:
        ModelError: if a character occurs twice.
    """

    chars: str
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {char: number for number, char in enumerate(self.chars)}
        if len(index) != len(self.chars):
            raise ModelError("the model's alphabet holds a character twice")
        object.__setattr__(self, "_index", index)

    def __len__(self) -> int:
        return len(self.chars)

    def __contains__(self, char: str) -> bool:
        return char in self._index

    def encode(self, text: str) -> list[int]:
        """Class numbers of a text.

        Raises:
            KeyError: with the first character that is not in the alphabet.
        """
        return [self._index[char] for char in text]

    def decode(self, classes: Iterable[int]) -> str:
        """Text of class numbers."""
        return "".join(self.chars[number] for number in classes)

    def unknown(self, text: str) -> frozenset[str]:
        """Characters of a text that the alphabet lacks."""
        return frozenset(char for char in text if char not in self._index)
