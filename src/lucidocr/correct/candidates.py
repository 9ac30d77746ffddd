"""Texts that a line may hold, each once, with who proposed it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import product
from typing import Final

from lucidocr.types import Origin

_DIFFERENCES: Final = 4
"""Places in which two readings may differ to be mixed: twice as many texts for each."""


class Candidates:
    """A growing set of texts in the order in which they were proposed."""

    def __init__(self) -> None:
        self._origins: dict[str, list[Origin]] = {}

    @property
    def texts(self) -> list[str]:
        """All of them."""
        return list(self._origins)

    def first(self, count: int) -> list[str]:
        """Those that were proposed first."""
        return self.texts[:count]

    def origins(self, text: str) -> tuple[Origin, ...]:
        """Who proposed a text."""
        return tuple(self._origins[text])

    def add(self, origin: Origin, texts: Iterable[str]) -> None:
        """Add texts; of one that is there already, note who proposes it too."""
        for text in texts:
            known = self._origins.setdefault(text, [])
            if origin not in known:
                known.append(origin)

    def mix(self, one: str, other: str) -> None:
        """Add the texts that are as one of two readings in some places and as the other elsewhere."""
        self.add("mixture", mixtures(one, other))


def mixtures(one: str, other: str) -> list[str]:
    """All texts that take each place in which two texts differ from either; none where they differ in one or in many.

    Args:
        one: a text.
        other: another one.

    Returns:
        Texts other than the two, free of spaces at their ends.
    """
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    differing = sum(kind != "equal" for kind, *_ in steps)
    if not 2 <= differing <= _DIFFERENCES:
        return []
    mixed = []
    for choice in product((True, False), repeat=differing):
        taken = iter(choice)
        parts = [one[a:b] if kind == "equal" or next(taken) else other[c:d] for kind, a, b, c, d in steps]
        mixed.append("".join(parts).strip())
    return [text for text in dict.fromkeys(mixed) if text not in {one, other}]
