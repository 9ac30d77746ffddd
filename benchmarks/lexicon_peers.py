"""The index of words beside libraries that look for words; results go to ``results/lexicon_peers.json``.

``python -m benchmarks.lexicon_peers DIR`` takes the labels of the ``tune`` parts, in an environment with the packages
jieba, wordfreq, pyahocorasick, rapidfuzz and symspellpy. What they do is not the same: pyahocorasick finds words as
they are, rapidfuzz compares one text with every word, symspellpy looks up one text and has no words inside of a line.
The latter two are given the words of a line as the index delimits them, up to eight characters.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import ahocorasick
import numpy as np
import rapidfuzz
import symspellpy

from benchmarks.memory import resident_mb
from benchmarks.reading import RESULTS, SETS
from benchmarks.words import other_words
from lucidocr.correct.neighbours import Index, boundaries

ENTRIES: Final = 100_000
LINES: Final = 20
"""Of each set."""

_LONGEST: Final = 8


@dataclass(frozen=True, slots=True)
class Peer:
    """What one way costs.

    Attributes:
        name: of the library.
        finds: what it is asked for.
        build_seconds: time to take in the words.
        megabytes: by which the process grew meanwhile.
        ms_per_line: mean time to look for words in a line.
    """

    name: str
    finds: str
    build_seconds: float
    megabytes: float
    ms_per_line: float


def labels(folder: Path) -> list[str]:
    """Some labels of every tune part."""
    found: list[str] = []
    for name in SETS:
        rows = (folder / name / "split.tsv").read_text(encoding="utf-8").splitlines()
        tune = {row.split("\t")[0] for row in rows if row.endswith("\ttune")}
        table = (folder / name / "labels.tsv").read_text(encoding="utf-8").split("\n")
        texts = [text for file, _, text in (row.partition("\t") for row in table) if file in tune]
        found += texts[:: max(len(texts) // LINES, 1)][:LINES]
    return [text.lower() for text in found if text]


def stretches(text: str) -> list[str]:
    """Stretches of a text between boundaries."""
    places = boundaries(text).tolist()
    return [text[a:b] for a in places for b in places if 1 < b - a <= _LONGEST]


def _ahocorasick(words: Sequence[str]) -> Callable[[str], Any]:
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return lambda text: list(automaton.iter(text))


def _symspell(words: Sequence[str]) -> Callable[[str], Any]:
    speller = symspellpy.SymSpell(max_dictionary_edit_distance=1, prefix_length=_LONGEST)
    for word in words:
        speller.create_dictionary_entry(word, 1)
    every = symspellpy.Verbosity.ALL
    return lambda text: [speller.lookup(part, every, max_edit_distance=1) for part in stretches(text)]


def _rapidfuzz(words: Sequence[str]) -> Callable[[str], Any]:
    distance = rapidfuzz.distance.Levenshtein.distance
    find = rapidfuzz.process.extract
    return lambda text: [find(part, words, scorer=distance, score_cutoff=1, limit=None) for part in stretches(text)]


def _own_exact(words: Sequence[str]) -> Callable[[str], Any]:
    return Index(words).occurring


def _own(words: Sequence[str]) -> Callable[[str], Any]:
    index = Index(words)
    return lambda text: index.near(text, np.ones(len(text), dtype=np.bool_))


def measure(name: str, finds: str, make: Callable[[Sequence[str]], Callable[[str], Any]], lines: Sequence[str]) -> Peer:
    """Build one and ask it for every line."""
    words = list(dict.fromkeys(word.lower() for word in other_words(ENTRIES, ())))
    before, began = resident_mb(), time.perf_counter()
    find = make(words)
    build, grown = time.perf_counter() - began, resident_mb() - before
    find(lines[0])
    began = time.perf_counter()
    for line in lines:
        find(line)
    passed = 1000 * (time.perf_counter() - began) / len(lines)
    return Peer(name, finds, round(build, 2), round(grown, 1), round(passed, 3))


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--output", type=Path, default=RESULTS / "lexicon_peers.json")
    options = parser.parse_args()
    lines = labels(options.folder)
    peers = [
        measure("lucidocr", "words", _own_exact, lines),
        measure("pyahocorasick", "words", _ahocorasick, lines),
        measure("lucidocr", "one edit away", _own, lines),
        measure("symspellpy", "one edit away", _symspell, lines),
        measure("rapidfuzz", "one edit away", _rapidfuzz, lines[::20]),
    ]
    records = [asdict(peer) for peer in peers]
    options.output.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(records, indent=2))


if __name__ == "__main__":
    main()
