"""Readings rewritten for display: widths, punctuation, script and spaces. All of it is off unless asked for.

It comes after recognition and correction, and what was read is kept: a :class:`Normalised` text says for each of its
characters which characters of the reading are behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Final, Literal, get_args

from lucidocr.errors import MissingPartError, OptionError

Width = Literal["keep", "half", "full"]
"""Whether letters, digits and signs of ASCII are written in half or full width."""

Punctuation = Literal["keep", "context"]
"""Whether a mark has the width of the text around it: full beside Chinese characters, half beside letters."""

Script = Literal["keep", "simplified", "traditional"]
"""Which Chinese characters are written, by OpenCC."""

Spaces = Literal["keep", "add", "remove"]
"""What stands between Chinese characters and letters or digits."""


@dataclass(frozen=True, slots=True)
class Normalisation:
    """What is rewritten.

    Attributes:
        width: of ASCII.
        punctuation: width of marks.
        script: of Chinese characters.
        spaces: between Chinese characters and others.

    Raises:
        OptionError: no such choice.
    """

    width: Width = "keep"
    punctuation: Punctuation = "keep"
    script: Script = "keep"
    spaces: Spaces = "keep"

    def __post_init__(self) -> None:
        choices = (("width", Width), ("punctuation", Punctuation), ("script", Script), ("spaces", Spaces))
        for name, kind in choices:
            if getattr(self, name) not in get_args(kind):
                raise OptionError(f"{name} {getattr(self, name)!r} is not one of {', '.join(get_args(kind))}")

    @property
    def changes(self) -> bool:
        """Whether anything is rewritten at all."""
        return self != Normalisation()


@dataclass(frozen=True, slots=True)
class Normalised:
    """A rewritten text.

    Attributes:
        text: K characters.
        sources: K pairs: begin and end of the characters of the reading that each stands for. A space that was added
            stands for none: begin and end are the same.
    """

    text: str
    sources: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, reading: str) -> Normalised:
        """A reading as it is."""
        return cls(reading, tuple((place, place + 1) for place in range(len(reading))))


def normalise(reading: str, options: Normalisation) -> Normalised:
    """Rewrite a reading.

    Args:
        reading: one line.
        options: what is rewritten.

    Raises:
        MissingPartError: another script is wanted, and OpenCC is not installed.
    """
    text = Normalised.of(reading)
    if options.script != "keep":
        text = _in_script(text, options.script)
    if options.width != "keep":
        text = _each(text, _HALF if options.width == "half" else _FULL)
    if options.punctuation == "context":
        text = _punctuated(text)
    if options.spaces != "keep":
        text = _spaced(text, add=options.spaces == "add")
    return text


_FULL: Final = {"\u0020": "\u3000"} | {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_HALF: Final = {full: half for half, full in _FULL.items()}

_MARKS: Final = dict(zip(",;:?!()", "，；：？！（）", strict=True))
_MARKS_BACK: Final = {full: half for half, full in _MARKS.items()}
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〇"
_IS_HAN: Final = re.compile(f"[{_HAN}]")
_JOINT: Final = re.compile(f"(?<=[{_HAN}])(?P<a> *)(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?P<b> *)(?=[{_HAN}])")

_CONVERSIONS: Final = {"simplified": "t2s", "traditional": "s2t"}


def _each(text: Normalised, table: dict[str, str]) -> Normalised:
    """Replace characters one by one."""
    return Normalised("".join(table.get(char, char) for char in text.text), text.sources)


def _in_script(text: Normalised, script: Script) -> Normalised:
    converted = converter(script)(text.text)
    if len(converted) == len(text.text):
        return Normalised(converted, text.sources)
    sources: list[tuple[int, int]] = []
    for kind, begin, end, other, stop in SequenceMatcher(None, text.text, converted, autojunk=False).get_opcodes():
        if kind == "equal" or end - begin == stop - other:
            sources += text.sources[begin:end]
            continue
        behind = text.sources[begin:end]
        at = text.sources[begin][0] if begin < len(text.sources) else (text.sources[-1][1] if text.sources else 0)
        sources += [(behind[0][0], behind[-1][1]) if behind else (at, at)] * (stop - other)
    return Normalised(converted, tuple(sources))


@lru_cache(maxsize=4)
def converter(script: Script) -> Callable[[str], str]:
    """OpenCC's conversion into a script.

    Raises:
        MissingPartError: OpenCC is not installed.
    """
    if find_spec("opencc") is None:
        raise MissingPartError(
            "another script needs OpenCC, which is not installed",
            remedy='Install the extra "convert": pip install "lucidocr[convert]".',
        )
    convert: Callable[[str], str] = import_module("opencc").OpenCC(_CONVERSIONS[script]).convert
    return convert


def _punctuated(text: Normalised) -> Normalised:
    """Every mark in the width of the text around it, brackets both in that of either.

    It is full beside a Chinese character, on either side, and half between others: 1,000 and 12:30 stay whole. A space
    parts a mark from what is behind.
    """
    chars = text.text
    places = [place for place, char in enumerate(chars) if char in _MARKS or char in _MARKS_BACK]
    around: dict[int, tuple[str, ...]] = {
        place: (_beside(chars[:place][::-1]), _beside(chars[place + 1 :])) for place in places
    }
    for first, second in _brackets(chars):
        around[first] = around[second] = around[first] + around[second]
    written = list(chars)
    for place, others in around.items():
        if any(others):
            table = _MARKS if any(map(_IS_HAN.match, others)) else _MARKS_BACK
            written[place] = table.get(chars[place], chars[place])
    return Normalised("".join(written), text.sources)


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """Places of brackets that belong together."""
    waiting = []
    for place, char in enumerate(text):
        if char in "(（":
            waiting.append(place)
        elif char in ")）" and waiting:
            yield waiting.pop(), place


def _beside(text: str) -> str:
    """The first letter, digit or Chinese character before any space; empty for none."""
    return next((char for char in text.split(" ", 1)[0] if char.isalnum()), "")


def _spaced(text: Normalised, *, add: bool) -> Normalised:
    """One space, or none, between Chinese characters and letters or digits."""
    parts: list[str] = []
    sources: list[tuple[int, int]] = []
    done = 0
    for joint in _JOINT.finditer(text.text):
        parts.append(text.text[done : joint.start()])
        sources += text.sources[done : joint.start()]
        if add:
            behind = text.sources[joint.start() : joint.end()]
            at = text.sources[joint.end()][0]
            parts.append(" ")
            sources.append((behind[0][0], behind[-1][1]) if behind else (at, at))
        done = joint.end()
    return Normalised("".join([*parts, text.text[done:]]), (*sources, *text.sources[done:]))
