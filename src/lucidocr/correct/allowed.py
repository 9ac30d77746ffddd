"""The most probable readings of a line where nothing but the entries of a lexicon may be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.align import margin_of
from lucidocr.beam import ScoredText
from lucidocr.charset import Charset
from lucidocr.correct.constrained import matching_texts
from lucidocr.correct.lexicon import Lexicon
from lucidocr.decode import Run, best_path, strip
from lucidocr.trellis import log_probabilities
from lucidocr.types import Frames, IntArray

_SCORED: Final = 32
"""Words whose probabilities are computed exactly."""

_PARTS: Final = 8
"""Parts of a line in which characters are looked for."""

_REACH: Final = 0.25
"""How far from where it would stand a character is looked for, as part of the reading."""

_FAINTEST: Final = -12.0
"""Natural log of a probability below which characters are not told apart where words are ranked."""


@dataclass(frozen=True, slots=True, eq=False)
class _Vocabulary:
    """The words of a lexicon that an alphabet can write, by their lengths.

    Attributes:
        words: classes of the words of each length: int64 [length, N].
        swapped: int64 [C], the class of the other case of a letter; of any other character, its own.
    """

    words: tuple[IntArray, ...]
    swapped: IntArray

    @classmethod
    def of(cls, words: Sequence[str], charset: Charset) -> _Vocabulary:
        """Encode words; those with other characters are left out."""
        by_length: dict[int, list[list[int]]] = {}
        known = set(charset.chars)
        for word in words:
            if known.issuperset(word):
                by_length.setdefault(len(word), []).append(charset.encode(word))
        swapped = (char.swapcase() if char.swapcase() in charset else char for char in charset.chars)
        encoded = tuple(np.array(of_length, dtype=np.int64).T.copy() for _, of_length in sorted(by_length.items()))
        return cls(encoded, np.array(charset.encode("".join(swapped)), dtype=np.int64))


@lru_cache(maxsize=4)
def _vocabulary(lexicon: Lexicon, charset: Charset) -> _Vocabulary:
    return _Vocabulary.of(lexicon.words, charset)


def allowed_texts(frames: Frames, charset: Charset, lexicon: Lexicon, *, count: int = 5) -> list[ScoredText]:
    """Look for the most probable entries of a lexicon.

    Words are ranked by what their characters are worth about where they would stand; the first ones are then scored
    exactly, as they are and in upper and lower case. A regular expression is searched for its most probable match.

    Args:
        frames: what the network says of the line.
        charset: whose classes the frames are about.
        lexicon: what may be read.
        count: of the texts wanted.

    Returns:
        At most ``count`` texts with their exact probabilities, the most probable first; none where no entry can lie on
        the line.
    """
    margin = margin_of(charset)
    words = map(charset.decode, _promising(frames, strip(best_path(frames), charset), _vocabulary(lexicon, charset)))
    texts = [text for word in words for text in _cases(word) if not charset.unknown(text)]
    log_probs = log_probabilities(frames, [charset.encode(text) for text in texts], margin=margin).tolist()
    found = dict(zip(texts, log_probs, strict=True))
    for pattern in lexicon.patterns:
        found.update(matching_texts(frames, charset, pattern, count=count))
    kept = [ScoredText(text, log_prob) for text, log_prob in found.items() if log_prob > -np.inf]
    return sorted(kept, key=lambda one: (-one.log_prob, one.text))[:count]


def _cases(word: str) -> tuple[str, ...]:
    """A word as it is, and in other cases if it has any."""
    return tuple(dict.fromkeys((word, word.upper(), word.lower(), word[:1].upper() + word[1:].lower())))


def _promising(frames: Frames, runs: Sequence[Run], vocabulary: _Vocabulary) -> list[list[int]]:
    """Words whose characters the picture supports best, of about the length that was read."""
    if not len(frames.active):
        return []
    worth = _worth(frames, runs)
    worth = np.maximum(worth, worth[:, vocabulary.swapped])
    fitting = [words for words in vocabulary.words if len(runs) // 2 <= len(words) <= 2 * len(runs) + 2]
    if not fitting:
        return []
    sums = [worth[_parts(len(words))[:, None], words].sum(axis=0) for words in fitting]
    every = np.concatenate(sums)
    begins = np.cumsum([0, *map(len, sums)])
    best = np.argpartition(-every, _SCORED - 1)[:_SCORED] if len(every) > _SCORED else np.arange(len(every))
    best = best[np.argsort(-every[best], kind="stable")]
    groups = np.searchsorted(begins, best, side="right") - 1
    return [fitting[group][:, one - begins[group]].tolist() for group, one in zip(groups, best, strict=True)]


def _parts(length: int) -> IntArray:
    """int64 [length], which part of a line each character of a word stands in."""
    return ((np.arange(length) + 0.5) * _PARTS / length).astype(np.int64)


def _worth(frames: Frames, runs: Sequence[Run]) -> NDArray[np.float32]:
    """float32 [parts, C], what a character adds to a word's rank in each part of a line.

    Its log-probability where it is greatest thereabouts and, if it was read there, what it would cost to leave it out.
    """
    log_said = frames.log_other[frames.active, None] + frames.log_chars
    worth = np.full((_PARTS, log_said.shape[1]), _FAINTEST, dtype=np.float32)
    reach = max(_REACH * len(runs), 0.75)
    for part in range(_PARTS):
        middle = (part + 0.5) * len(runs) / _PARTS
        near = [run for place, run in enumerate(runs) if abs(place + 0.5 - middle) <= reach]
        first, beyond = (near[0].start, near[-1].stop) if near else (0, len(frames))
        rows = slice(*np.searchsorted(frames.active, (first, beyond)))
        np.maximum(worth[part], log_said[rows].max(axis=0, initial=_FAINTEST), out=worth[part])
        for run in near:
            own = slice(*np.searchsorted(frames.active, (run.start, run.stop)))
            dropped = float((log_said[own, run.label] - frames.log_blank[frames.active[own]]).sum())
            worth[part, run.label] += min(max(dropped, 0.0), -_FAINTEST)
    return worth
