"""What lexicons cost and bring on labelled lines; results go to ``results/lexicons.json``.

``python -m benchmarks.lexicons DIR`` takes lines of the ``tune`` parts and words that the packages jieba and wordfreq
list (extra ``train``). A lexicon fits when it holds the words of the labels; it holds other words beside them, or only
other ones. Texts are compared by log P(text | picture) plus a weight times the lexicon's preference, with nothing else
to speak for them. ``--time`` measures the time alone and wants a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.memory import resident_mb
from benchmarks.reading import RESULTS, SETS
from benchmarks.words import other_words, words_of
from lucidocr.beam import beam_search
from lucidocr.charset import Charset, canonical
from lucidocr.correct.allowed import allowed_texts
from lucidocr.correct.constrained import matching_texts, within
from lucidocr.correct.entries import Entries
from lucidocr.correct.lexicon import Lexicon
from lucidocr.correct.pattern import Pattern
from lucidocr.decode import best_path, strip
from lucidocr.evaluate import load_dataset
from lucidocr.io import load
from lucidocr.metrics import Rule, is_right, normalise, tally
from lucidocr.model import load_model
from lucidocr.preprocess import to_grey
from lucidocr.recognise import Recogniser
from lucidocr.trellis import log_probabilities
from lucidocr.types import Frames

LINES: Final = 60
"""Of each set."""

WEIGHTS: Final = (0.25, 0.5, 1.0)
SIZES: Final = (100_000, 500_000)


PATTERNS: Final = (
    r"[A-Z]{1,3}\d{4,18}",
    r"¥?\d{1,3}(,\d{3})*(\.\d{2})?",
    r"\d{2}/\d{2}/\d{4}",
    r"[\u4e00-\u9fa5]{2,4}",
)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A labelled line and its frames."""

    frames: Frames
    truth: str
    rule: Rule
    dataset: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a lexicon costs.

    Attributes:
        entries: of the lexicon.
        build_seconds: time to build it from a list in memory.
        megabytes: by which the process grew meanwhile, the list itself not counted.
        propose_ms: mean time to look for texts near a line's reading.
        propose_worst_ms: the longest one.
        prefer_ms: mean time to weigh up six texts of a line.
        only_ms: mean time to find the entries that a line may be.
    """

    entries: int
    build_seconds: float
    megabytes: float
    propose_ms: float
    propose_worst_ms: float
    prefer_ms: float
    only_ms: float


@dataclass(frozen=True, slots=True)
class PatternCost:
    """What the search for a regular expression costs.

    Attributes:
        pattern: the expression.
        inside_ms: mean time to look for it inside of a line.
        whole_ms: mean time to look for it as a whole line.
        worst_ms: the longest of both.
    """

    pattern: str
    inside_ms: float
    whole_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What a lexicon does to readings.

    Attributes:
        lexicon: what it holds.
        entries: how many.
        weight: of its preference; None where nothing but its entries may be read.
        lines: compared.
        before: share of them that are right without it.
        after: with it.
        mended: lines.
        spoilt: lines.
        cer_before: edits by characters of truth without it.
        cer_after: with it.
    """

    lexicon: str
    entries: int
    weight: float | None
    lines: int
    before: float
    after: float
    mended: int
    spoilt: int
    cer_before: float
    cer_after: float


def samples(folder: Path, limit: int) -> tuple[list[Sample], Charset]:
    """Lines of the tune parts."""
    model = load_model()
    recogniser = Recogniser(model, threads=1)
    found = []
    for name, rule in SETS.items():
        if name == "plates_cn":
            continue
        lines = load_dataset(folder / name, "tune").sample(limit).lines
        frames = recogniser.frames([to_grey(load(line.path).pixels) for line in lines])
        found += [
            Sample(one, canonical(line.text), rule, name)
            for one, line in zip(frames, lines, strict=True)
            if normalise(line.text, rule)
        ]
    return found, model.charset


def lexicon_of(words: Sequence[str]) -> Lexicon:
    """A lexicon of words of equal weights."""
    return Lexicon([Entries.of((canonical(word), 1.0) for word in words)])


def effect(name: str, lexicon: Lexicon, lines: Sequence[Sample], charset: Charset, weight: float | None) -> Effect:
    """Read lines with and without a lexicon."""
    befores = [greedy(one.frames, charset) for one in lines]
    afters = [best(one.frames, charset, lexicon, weight) for one in lines]
    truths = [one.truth for one in lines]
    right = np.array(
        [[_right(text, one) for text in texts] for *texts, one in zip(befores, afters, lines, strict=True)]
    )
    edits = [tally(zip(texts, truths, strict=True), "exact").cer for texts in (befores, afters)]
    return Effect(
        lexicon=name,
        entries=len(lexicon),
        weight=weight,
        lines=len(lines),
        before=round(float(right[:, 0].mean()), 4),
        after=round(float(right[:, 1].mean()), 4),
        mended=int((~right[:, 0] & right[:, 1]).sum()),
        spoilt=int((right[:, 0] & ~right[:, 1]).sum()),
        cer_before=round(edits[0], 4),
        cer_after=round(edits[1], 4),
    )


def _right(text: str, one: Sample) -> bool:
    return is_right(text, one.truth, one.rule)


def greedy(frames: Frames, charset: Charset) -> str:
    """The reading without a lexicon."""
    return charset.decode(run.label for run in strip(best_path(frames), charset))


def best(frames: Frames, charset: Charset, lexicon: Lexicon, weight: float | None) -> str:
    """The reading with it."""
    if weight is None:
        allowed = allowed_texts(frames, charset, lexicon, count=1)
        return allowed[0].text if allowed else greedy(frames, charset)
    likely = [one.text for one in beam_search(frames, charset, count=5, beam=8)]
    near = [text for text in lexicon.candidates(frames, charset) if not charset.unknown(text)]
    texts = list(dict.fromkeys([*likely, *near]))
    margin = charset.encode(" ")[0]
    own = log_probabilities(frames, [charset.encode(text) for text in texts], margin=margin)
    return texts[int(np.argmax(own + weight * lexicon.preferences(texts)))]


def cost(words: Sequence[str], lines: Sequence[Sample], charset: Charset) -> Cost:
    """Build a lexicon and look every line up in it."""
    entries = Entries.of((canonical(word), 1.0) for word in words)
    before, began = resident_mb(), time.perf_counter()
    lexicon = Lexicon([entries])
    build, grown = time.perf_counter() - began, resident_mb() - before
    texts = [greedy(one.frames, charset) for one in lines]
    for one in lines[:20]:  # what is made once is made
        lexicon.candidates(one.frames, charset)
        allowed_texts(one.frames, charset, lexicon)
    propose = list(_timed(lambda one: lexicon.candidates(one.frames, charset), lines))
    prefer = list(_timed(lambda text: lexicon.preferences([text] * 6), texts))
    only = list(_timed(lambda one: allowed_texts(one.frames, charset, lexicon), lines))
    return Cost(
        entries=len(lexicon),
        build_seconds=round(build, 2),
        megabytes=round(grown, 1),
        propose_ms=round(float(np.mean(propose)), 3),
        propose_worst_ms=round(float(np.max(propose)), 3),
        prefer_ms=round(float(np.mean(prefer)), 3),
        only_ms=round(float(np.mean(only)), 3),
    )


def pattern_cost(source: str, lines: Sequence[Sample], charset: Charset) -> PatternCost:
    """Look for an expression in every line, sure or not."""
    whole, inside = Pattern.parse(source), within(source)
    for pattern in (whole, inside):  # what is made once is made
        matching_texts(lines[0].frames, charset, pattern)
    times = [
        list(_timed(lambda one: matching_texts(one.frames, charset, pattern, count=2), lines))  # noqa: B023 - called here
        for pattern in (inside, whole)
    ]
    means = [round(float(np.mean(each)), 1) for each in times]
    return PatternCost(source, means[0], means[1], round(max(map(max, times)), 1))


def _timed(work: Any, items: Sequence[Any]) -> Iterator[float]:
    """Milliseconds of each."""
    for item in items:
        began = time.perf_counter()
        work(item)
        yield 1000 * (time.perf_counter() - began)


def effects(lines: Sequence[Sample], charset: Charset) -> Iterator[Effect]:
    """Lexicons that fit and that do not."""
    own = words_of([one.truth for one in lines])
    others = other_words(SIZES[0], own)
    lists = {
        "words of the lines": own,
        "words of the lines among others": [*own, *others],
        "other words": others,
    }
    for name, words in lists.items():
        lexicon = lexicon_of(words)
        for weight in WEIGHTS:
            yield effect(name, lexicon, lines, charset, weight)
    whole = lexicon_of([*{one.truth for one in lines}, *others])
    yield effect("the lines among other words, and nothing else may be read", whole, lines, charset, None)


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", type=int, default=LINES, help="of each set")
    parser.add_argument("--time", action="store_true", help="measure the time and leave the other figures as they are")
    parser.add_argument("--output", type=Path, default=RESULTS / "lexicons.json")
    options = parser.parse_args()
    lines, charset = samples(options.folder, options.lines)
    result = json.loads(options.output.read_text(encoding="utf-8")) if options.output.is_file() else {}
    if options.time:
        result["patterns"] = [asdict(pattern_cost(source, lines, charset)) for source in PATTERNS]
        result["costs"] = [asdict(cost(other_words(size, ()), lines, charset)) for size in SIZES]
    else:
        result["effects"] = [asdict(one) for one in effects(lines, charset)]
    options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
