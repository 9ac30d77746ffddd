"""Files of words and regular expressions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lucidocr.charset import canonical
from lucidocr.correct.pattern import Pattern
from lucidocr.errors import NotFoundError, OptionError

MAX_ENTRIES: Final = 1_000_000
"""Entries of one list: bounds memory, some hundred bytes each."""

_FORM: Final = (
    "A lexicon is UTF-8 text: a word or a /regular expression/ a line, perhaps a tab and a weight above zero."
)


_MISSING: Final = "Give the path of a list, or places, names, law, medicine or finance."


@dataclass(frozen=True, slots=True)
class Entries:
    """A list of words and regular expressions with their weights, as it was written.

    Attributes:
        words: each once, in the form in which it is read (:func:`lucidocr.charset.canonical`).
        weights: of the words, above zero; only their proportions count.
        patterns: regular expressions.
        pattern_weights: of the regular expressions, above zero.
    """

    words: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    pattern_weights: tuple[float, ...] = ()

    @classmethod
    def of(cls, words: Iterable[tuple[str, float]]) -> Entries:
        """Words with weights; of a word that is there twice, the greater weight counts."""
        kept: dict[str, float] = {}
        for word, weight in words:
            kept[word] = max(weight, kept.get(word, 0.0))
        return cls(tuple(kept), tuple(kept.values()))


def parse_entries(text: str, name: str = "lexicon") -> Entries:
    """Take a list apart.

    Args:
        text: an entry a line: a word, or a regular expression between slashes; perhaps a tab and its weight. Empty
            lines and lines that begin with ``#`` are passed over.
        name: of the list, for messages.

    Raises:
        OptionError: a line that is none of these, or nothing or too much is left.
    """
    words: list[tuple[str, float]] = []
    patterns: list[tuple[Pattern, float]] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{name}, line {number}"
        word, weight = _fields(line, where)
        if len(word) > 2 and word.startswith("/") and word.endswith("/"):
            patterns.append((_pattern(word[1:-1], where), weight))
        elif kept := canonical(word):
            words.append((kept, weight))
        else:
            raise OptionError(f"{where}: no word stands there", remedy=_FORM)
        if len(words) + len(patterns) > MAX_ENTRIES:
            raise OptionError(f"{name} has more than {MAX_ENTRIES:,} entries", remedy="Leave out what cannot occur.")
    if not words and not patterns:
        raise OptionError(f"{name} has no entries", remedy=_FORM)
    read = Entries.of(words)
    return Entries(
        read.words,
        read.weights,
        tuple(pattern for pattern, _ in patterns),
        tuple(weight for _, weight in patterns),
    )


def read_entries(path: str | Path) -> Entries:
    """Read a list from a file; see :func:`parse_entries`.

    Raises:
        NotFoundError: there is no such file, or it may not be read.
        OptionError: it is not a list.
    """
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NotFoundError(f"the lexicon {path} cannot be read ({reason})", remedy=_MISSING) from error
    return parse_entries(decode_entries(data, str(path)), str(path))


def decode_entries(data: bytes, name: str) -> str:
    """Text of a list's bytes.

    Raises:
        OptionError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise OptionError(f"{name}, line {line}: not UTF-8", remedy="Save the file as UTF-8.") from error


def _fields(line: str, where: str) -> tuple[str, float]:
    word, *rest = line.split("\t")
    given = [field.strip() for field in rest if field.strip()]
    if not given:
        return word.strip(), 1.0
    try:
        weight = float(given[0]) if len(given) == 1 else math.nan
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise OptionError(f"{where}: {' '.join(given)!r} is no weight", remedy=_FORM)
    return word.strip(), weight


def _pattern(source: str, where: str) -> Pattern:
    try:
        return Pattern.parse(source)
    except OptionError as error:
        raise OptionError(f"{where}: {error.message}", remedy=error.remedy) from error
