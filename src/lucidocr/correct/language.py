"""The language model: how probable a text is, by n-grams of characters and by words (docs/correction.md, ADR 20).

A model is a folder: ``language.npz``, and ``language.json``, which describes it and holds its SHA-256.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.correct.folding import CHARACTER_COST, FIRST, Classes, fold, with_beginnings
from lucidocr.correct.ngrams import STEP, Floats, NgramModel, join, unpack
from lucidocr.correct.words import Words
from lucidocr.errors import ModelError

FORMAT_VERSION: Final = 1
DATA: Final = "language.npz"
DESCRIPTION: Final = "language.json"

_CHINESE: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_LEAST_HAN: Final = 2
_RUN: Final = re.compile(r"[A-Za-z]{3,}")

_GOES_ON: Final = math.log(15 / 16)
_ENDS: Final = math.log(1 / 16)
"""A line ends anywhere, whatever it says: it was cut by the page's width."""


_MOST_COST: Final = 8.0
_MOST_HAN_COST: Final = 6.0
"""About the most that a symbol, or a Chinese character, takes from a text's advantage, nats: names are made of
characters that no text expects (benchmarks/language.py)."""

_NOTHING_COST: Final = 10.0
"""What it takes from the advantage that a line says nothing, nats: about as much as saying one number does."""

_HAN: Final = (0x3400, 0xA000)
"""Code points of Chinese characters: from the first one to behind the last one."""


@dataclass(frozen=True, slots=True, eq=False)
class LanguageModel:
    """How probable texts are; immutable, safe to use from many threads.

    What it cannot know, it takes for equal: digits, the characters of a code, full-width and half-width, simplified and
    traditional characters, spaces beside Chinese characters.

    Attributes:
        classes: of symbols.
        symbols: n-grams of them.
        words: what runs of letters and digits say.
        description: of how it was made, free form.
        most: float64 by class, about the most that a symbol takes from the advantage.
    """

    classes: Classes
    symbols: NgramModel
    words: Words
    description: Mapping[str, Any]
    most: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        most = np.full(self.symbols.classes, _MOST_COST)
        most[np.unique(self.classes.table[_HAN[0] : _HAN[1]])] = _MOST_HAN_COST
        object.__setattr__(self, "most", most)

    def score(self, texts: Sequence[str]) -> Floats:
        """How probable each text is as a line; texts of one call cost less than one by one.

        Args:
            texts: N lines; white space of any kind counts as a space.

        Returns:
            float64 [N], natural log of P(text), its end included.
        """
        return self._weigh([" ".join(text.split()) for text in texts])

    def advantage(self, texts: Sequence[str]) -> Floats:
        """How much more a text is like language than a code of its length is: what may choose between readings.

        Unlike :meth:`score` it does not speak for the shorter one of two codes or numbers, nor for the longer; rare
        characters cost little more than common ones that are as unexpected, so that names are left alone.

        Args:
            texts: N lines; white space of any kind counts as a space.

        Returns:
            float64 [N], nats; the greater the better.
        """
        lines = [" ".join(text.split()) for text in texts]
        lengths = np.array([len(line) for line in lines], dtype=np.float64)
        values = self._weigh(lines, most=self.most) + CHARACTER_COST * lengths
        return np.asarray(np.where(lengths > 0, values, -_NOTHING_COST))

    def _weigh(self, lines: Sequence[str], *, most: Floats | None = None) -> Floats:
        """The score of lines; where ``most`` is given, a symbol costs little more than its class has there."""
        if not lines:
            return np.zeros(0)
        folded = fold(lines)
        classes, given = with_beginnings(self.classes.encode(folded.symbols))
        keys = join(classes, len(self.symbols.orders), self.symbols.bits)
        counted = given & (classes > 0)
        values = self.symbols.log_probs(keys[counted])
        if most is not None:
            values = np.logaddexp(values, -most[classes[counted]])
        values += _GOES_ON - self.classes.log_sizes[classes[counted]]
        totals = np.bincount(np.cumsum(classes == 0)[counted], weights=values, minlength=len(lines)) + _ENDS
        if folded.tokens:
            owners = np.array([token.text for token in folded.tokens])
            said = np.array(self.words.log_probs(folded.tokens))
            totals += np.bincount(owners, weights=said, minlength=len(lines))
        return np.asarray(totals, dtype=np.float64)

    def knows(self, text: str) -> bool:
        """Whether a text holds language: two Chinese characters, or a listed word of three letters or more."""
        if len(_CHINESE.findall(text)) >= _LEAST_HAN:
            return True
        return any(run.casefold() in self.words.costs for run in _RUN.findall(text))

    def restore_spaces(self, text: str) -> list[str]:
        """The text with English words parted that stand together, as far as that makes listed words of them.

        Returns:
            None to two texts, none of which is the one given.
        """
        return self.words.restore(text)


def load_language_model(path: str | Path | None = None) -> LanguageModel:
    """Read a language model.

    Args:
        path: its folder; the one that comes with the package when None. That one is read once and kept.

    Raises:
        ModelError: there is none, it is altered or of another format.
    """
    return _bundled() if path is None else _read(Path(path))


@cache
def _bundled() -> LanguageModel:
    return _read(Path(str(resources.files("lucidocr") / "weights" / "language")))


def _read(folder: Path) -> LanguageModel:
    try:
        described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        content = (folder / DATA).read_bytes()
    except OSError as error:
        raise ModelError(f"there is no language model in {str(folder)!r}") from error
    except ValueError as error:
        raise ModelError(f"the {DESCRIPTION} in {str(folder)!r} is not JSON") from error
    if not isinstance(described, dict) or described.get("format_version") != FORMAT_VERSION:
        raise ModelError(f"the language model in {str(folder)!r} is not of the format version {FORMAT_VERSION}")
    if hashlib.sha256(content).hexdigest() != described.get("sha256"):
        raise ModelError(f"the {DATA} in {str(folder)!r} is not the one that the language model was made with")
    return parse(content, described)


def parse(content: bytes, description: Mapping[str, Any]) -> LanguageModel:
    """A model out of its file's content.

    Raises:
        ModelError: the content is not of the known form.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        groups, letters, listed = (_text(arrays[name]).split("\n") for name in ("groups", "letters", "words"))
        costs = (STEP * arrays["word_costs"]).tolist()
        words = MappingProxyType(dict(zip(listed, costs, strict=True)))
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"the {DATA} of a language model cannot be read") from error
    symbols, spelling = (_part(arrays, prefix) for prefix in ("symbols.", "spelling."))
    if symbols.classes != FIRST + len(groups) or spelling.classes != FIRST + len(letters):
        raise ModelError("the n-grams of a language model are about other characters than it lists")
    return LanguageModel(
        Classes.of(groups), symbols, Words(words, Classes.of(letters), spelling), MappingProxyType(dict(description))
    )


def _text(array: NDArray[np.uint8]) -> str:
    return array.tobytes().decode("utf-8")


def _part(arrays: Mapping[str, NDArray[Any]], prefix: str) -> NgramModel:
    return unpack({name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)})
