"""The language model of the package: its texts, its counts, its files."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.charset import canonical
from lucidocr.correct.folding import BEGIN, FIRST, NUMBER, WORD, Classes, fold, with_beginnings
from lucidocr.correct.language import DATA, DESCRIPTION, FORMAT_VERSION, LanguageModel, parse
from lucidocr.correct.ngrams import STEP, NgramModel, pack
from lucidocr.correct.words import END
from lucidocr_training import alphabet
from lucidocr_training.kneser_ney import count, estimate
from lucidocr_training.real import read_labels, read_parts
from lucidocr_training.sources import REAL_SETS

SHIPPED: Final = Path(__file__).parents[2] / "src" / "lucidocr" / "weights" / "language"

SYMBOL_BITS: Final = 16
SYMBOL_CUTOFFS: Final = (1, 1, 2, 3)
"""How often an n-gram of symbols of each length must have been seen to be kept."""

LETTER_BITS: Final = 10
LETTER_CUTOFFS: Final = (1, 1, 1, 2, 4, 8)

_BLOCK: Final = 200
_HELD_OUT_EVERY: Final = 20
"""One block of paragraphs in so many is not learnt from."""

_JIEBA_SHARE: Final = 100
"""A word of jieba's dictionary counts once, and once more for so many occurrences."""

_LABEL_WEIGHT: Final = 3
_WORDS: Final = 60_000
_PER_WORD: Final = 2_000_000
"""How often all English words together count in how words are spelt."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What a language model learns from.

    Attributes:
        pieces: texts and how often each counts.
        listed: words and how often each counts; lines do not begin like lists of words.
        held_out: running text that is not learnt from.
        words: English words and how large a share of all words each is.
    """

    pieces: tuple[tuple[str, int], ...]
    listed: tuple[tuple[str, int], ...]
    held_out: tuple[str, ...]
    words: tuple[tuple[str, float], ...]


def read_texts(data: Path) -> Texts:
    """The texts and lexicons of a folder, the labels of train parts, and the word lists of jieba and wordfreq.

    Args:
        data: holds ``text/`` and ``lines/``.
    """
    running, held_out = _paragraphs(data / "text")
    labels = [(text, _LABEL_WEIGHT) for name, _ in REAL_SETS for text in _labels(data / "lines" / name)]
    listed = [(word, 1) for path in sorted((data / "text" / "lexicons").glob("*.txt")) for word in _lexicon(path)]
    pieces = [(text, 1) for text in running] + labels
    return Texts(tuple(pieces), tuple(listed + _jieba()), tuple(held_out), tuple(_english()))


def build(texts: Texts, *, symbol_cutoffs: Sequence[int] = SYMBOL_CUTOFFS) -> tuple[bytes, dict[str, Any]]:
    """The content of a model's two files."""
    groups = symbol_groups(alphabet.load())
    symbols = _symbols(texts, groups, symbol_cutoffs)
    letters, spelling = _spelling(texts.words)
    costs = np.rint(-np.log([share for _, share in texts.words]) / STEP)
    arrays = {
        "groups": _bytes("\n".join(groups)),
        "letters": _bytes("\n".join(letters)),
        "words": _bytes("\n".join(word for word, _ in texts.words)),
        "word_costs": np.clip(costs, 0, 255).astype(np.uint8),
        **{f"symbols.{name}": array for name, array in pack(symbols).items()},
        **{f"spelling.{name}": array for name, array in pack(spelling).items()},
    }
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    content = stream.getvalue()
    description: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "symbols": [len(order.keys) for order in symbols.orders],
        "spellings": [len(order.keys) for order in spelling.orders],
        "words": len(texts.words),
        "cutoffs": list(symbol_cutoffs),
        "learnt_from": sum(len(text) for text, _ in texts.pieces + texts.listed),
    }
    description["held_out"] = held_out_cost(parse(content, description), texts.held_out)
    return content, description


def sequence(texts: Texts, classes: Classes) -> tuple[NDArray[np.uint16], int]:
    """All texts as classes of symbols, each once, a 0 between two; and how many classes there are.

    Args:
        texts: what to learn from.
        classes: of the model that this is to be compared with.
    """
    symbols, _ = _sequence(texts.pieces + texts.listed, classes)
    return symbols, len(classes.log_sizes)


def write(folder: Path, content: bytes, description: dict[str, Any]) -> None:
    """Make a model's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DATA).write_bytes(content)
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def held_out_cost(model: LanguageModel, texts: Sequence[str]) -> dict[str, float]:
    """-log P of texts, nats by character."""
    length = sum(len(text) + 1 for text in texts)
    return {"characters": length, "nats": round(-float(model.score(texts).sum()) / length, 4)}


def symbol_groups(chars: str) -> list[str]:
    """Characters that are one symbol: of each an alphabet, with the symbols of numbers and of words before them."""
    import opencc

    to_simplified = opencc.OpenCC("t2s").convert
    groups: dict[str, list[str]] = {}
    for char in chars:
        if not (char.isascii() and char.isalnum()):
            groups.setdefault(_meant(to_simplified(char)) or char, []).append(char)
    return [NUMBER, WORD, *("".join(group) for group in groups.values())]


_HALF: Final[dict[int, int | str]] = {
    **{0xFF01 + code: 0x21 + code for code in range(94)},
    **str.maketrans("。“”‘’", ".\"\"''"),
}
"""Full-width marks, and the half-width ones that mean the same."""


def _meant(char: str) -> str:
    return char.translate(_HALF)


def _paragraphs(folder: Path) -> tuple[list[str], list[str]]:
    """Running text to learn from and held out, in the alphabet's form."""
    kept: list[str] = []
    held_out: list[str] = []
    for path in sorted(folder.glob("*.txt")):
        lines = path.read_text(encoding="utf-8", errors="ignore").splitlines()
        for start in range(0, len(lines), _BLOCK):
            out = start // _BLOCK % _HELD_OUT_EVERY == _HELD_OUT_EVERY // 2
            texts = (canonical(line) for line in lines[start : start + _BLOCK])
            (held_out if out else kept).extend(text for text in texts if text)
    return kept, held_out


def _labels(folder: Path) -> list[str]:
    parts = read_parts(folder / "split.tsv")
    return [canonical(text) for name, text in read_labels(folder / "labels.tsv") if parts.get(name) == "train"]


def _lexicon(path: Path) -> list[str]:
    rows = path.read_text(encoding="utf-8-sig").splitlines()
    return [word for word in (canonical(row.split("\t")[0]) for row in rows) if word]


def _jieba() -> list[tuple[str, int]]:
    import jieba

    with jieba.get_dict_file() as lines:
        rows = [raw.decode("utf-8").split() for raw in lines]
    return [(canonical(row[0]), 1 + int(row[1]) // _JIEBA_SHARE) for row in rows if len(row[0]) > 1]


def _english() -> list[tuple[str, float]]:
    import wordfreq

    words = (word for word in wordfreq.top_n_list("en", _WORDS) if word.isalpha() and word.isascii())
    return [(word, wordfreq.word_frequency(word, "en")) for word in words]


def _sequence(
    pieces: Iterable[tuple[str, int]], classes: Classes, *, begun: bool = True
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Classes of pieces one after the other, and how often each counts; with marks of their beginnings or without."""
    texts, weights = zip(*pieces, strict=True)
    found = classes.encode(fold([" ".join(text.split()) for text in texts]).symbols)
    if begun:
        found, _ = with_beginnings(found)
    owners = np.cumsum(found == 0) - (found == 0)
    return found, np.array(weights, dtype=np.int64)[owners]


def _symbols(texts: Texts, groups: Sequence[str], cutoffs: Sequence[int]) -> NgramModel:
    table = Classes.of(groups)
    parts = [_sequence(texts.pieces, table), _sequence(texts.listed, table, begun=False)]
    classes, weights = (np.concatenate(same) for same in zip(*parts, strict=True))
    counted = count(classes, weights, len(cutoffs), SYMBOL_BITS, context_only=BEGIN)
    return estimate(counted, SYMBOL_BITS, FIRST + len(groups), cutoffs=cutoffs, context_only=BEGIN)


def _spelling(words: Sequence[tuple[str, float]]) -> tuple[list[str], NgramModel]:
    letters = [*sorted({char for word, _ in words for char in word}), END]
    classes = Classes.of(letters)
    longer, _ = with_beginnings(classes.encode("".join(f"{word}{END}\n" for word, _ in words)))
    owners = np.cumsum(longer == 0) - (longer == 0)
    weights = np.array([1 + round(share * _PER_WORD) for _, share in words], dtype=np.int64)[owners]
    counted = count(longer, weights, len(LETTER_CUTOFFS), LETTER_BITS, context_only=BEGIN)
    return letters, estimate(counted, LETTER_BITS, FIRST + len(letters), cutoffs=LETTER_CUTOFFS, context_only=BEGIN)


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
