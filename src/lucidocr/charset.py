"""The ordered alphabet of a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lucidocr.errors import ModelError


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
