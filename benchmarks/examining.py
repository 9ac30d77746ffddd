"""Explain lines with known boxes, and put a figure to every map: what the processes of benchmarks.explaining do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from benchmarks.boxed import BoxedLine, script_of
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.errors import AlignmentError
from lucidocr.explain.erasing import ink_mask
from lucidocr.explain.faithfulness import Effect, Trial
from lucidocr.explain.measures import blurred, energy, gaussian, inside, interval_iou, pointing, rank_correlation
from lucidocr.explain.methods import ATTENTION
from lucidocr.explain.rereading import Rereader
from lucidocr.explain.seen import Box, Seen
from lucidocr.model import RECOGNISE, load_model
from lucidocr.session import Session
from lucidocr.types import STRIDE, Explanation, FloatArray, HeatMap, ImageArray

Heats = dict[tuple[str, int], FloatArray]
"""Maps on the pixels of the normalised line, by method and number of the character."""

QUICK = ("hirescam", "layercam", "gradcam", "ink")
SLOW = ("lime", "shap")

_BLUR = 4.0
"""Standard deviation of the blurred control, pixels of the normalised line."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A line to explain.

    Attributes:
        line: the line.
        methods: of the heat maps.
        attention: whether to ask the attention head.
        model: another model to compare with, or None.
    """

    line: BoxedLine
    methods: tuple[str, ...]
    attention: bool
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """One map of one character.

    Attributes:
        method: of the map.
        right: whether the character was read right; where it was not, there is no true box.
        pointing: whether the peak lies in the true box.
        energy: share of the heat that does.
        effect: of erasing and putting back what it marks.
    """

    method: str
    right: bool
    pointing: bool
    energy: float
    effect: Effect


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found on one line.

    Attributes:
        dataset: of the line.
        characters: characters of the reading, spaces aside.
        right: those of them that were read right.
        overlaps: script and interval IoU of those.
        agreed: characters that the attention head reads as the network does.
        ceilings: energy that a map would have which is the true box itself, on the grid of the gradient maps.
        scored: all maps of all these characters.
    """

    dataset: str
    characters: int
    right: int
    overlaps: tuple[tuple[str, float], ...]
    agreed: int
    ceilings: tuple[float, ...]
    scored: tuple[Scored, ...]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike the maps of one method are on one line and on an altered one, or by an altered network.

    Attributes:
        dataset: of the line.
        method: of the maps.
        correlation: mean rank correlation over the characters.
    """

    dataset: str
    method: str
    correlation: float


@lru_cache(maxsize=2)
def _reader(model: Path | None) -> tuple[Reader, Rereader]:
    """A reader of one thread, and what rereads with its network."""
    cv2.setNumThreads(1)
    loaded = load_model(model)
    return Reader(model, threads=1, correcting=ALONE, preprocess="off"), Rereader(
        Session(loaded.read_part(RECOGNISE), threads=1, arena=True), loaded.charset
    )


def examine(task: Task) -> Examined:
    """Explain a line's reading and judge every map."""
    reader, rereader = _reader(None)
    line = task.line
    explanation = reader.explain(line.pixels, method=task.methods, attention=task.attention)
    text = explanation.alignment.text
    wanted = [position for position, char in enumerate(text) if char != " "]
    if not wanted:
        return Examined(line.dataset, 0, 0, (), 0, (), ())
    seen = Seen.of(line.pixels)
    places = line.places(text)
    heats = _heats(explanation, seen) | _controls(explanation, seen, line, places)
    heats = {key: values for key, values in heats.items() if key[1] in set(wanted)}
    score = rereader.score(text, [character.against for character in explanation.characters])
    effects = Trial.of(seen.line, score).effects([(position, values) for (_, position), values in heats.items()])
    scored = []
    for ((method, position), values), effect in zip(heats.items(), effects, strict=True):
        if position in places:
            box = seen.rectangle(_box(line, places[position]))
            scored.append(Scored(method, True, pointing(values, box), energy(values, box), effect))
        else:
            scored.append(Scored(method, False, False, 0.0, effect))
    return Examined(
        dataset=line.dataset,
        characters=len(wanted),
        right=len(places),
        overlaps=tuple(_overlaps(explanation, line, places)),
        ceilings=tuple(_ceiling(seen, seen.rectangle(_box(line, place))) for place in places.values()),
        agreed=sum(glance.char == text[glance.position] for glance in explanation.glances if glance.position in wanted),
        scored=tuple(scored),
    )


def _box(line: BoxedLine, place: int) -> Box:
    """A character's true box, pixels of the line."""
    left, top, right, bottom = line.boxes[place].tolist()
    return left, top, right, bottom


def _ceiling(seen: Seen, box: Box) -> float:
    """The energy in a box of a map that is this very box, on cells of four pixels by four."""
    height, width = seen.line.shape
    mask = inside(box, seen.line.shape).astype(np.float32)
    cells = mask.reshape(height // STRIDE, STRIDE, width // STRIDE, STRIDE).mean(axis=(1, 3), dtype=np.float32)
    return energy(seen.heat(HeatMap("ceiling", 0, "", cells, seen.box)), box)


def _heats(explanation: Explanation, seen: Seen) -> Heats:
    """All maps of an explanation, the attention's among them."""
    maps = [(one.method, one.position, one) for one in explanation.maps]
    maps += [(ATTENTION, glance.position, glance.weights) for glance in explanation.glances]
    return {(method, position): seen.heat(one) for method, position, one in maps}


def _controls(explanation: Explanation, seen: Seen, line: BoxedLine, places: Mapping[int, int]) -> Heats:
    """Maps that know nothing of the network but where the character is; see :data:`benchmarks.verdicts.CONTROLS`."""
    heats: Heats = {}
    ink = ink_mask(seen.line)
    height = float(seen.line.shape[0])
    for heat in explanation.maps:
        if heat.method == "hirescam":
            heats["blurred HiResCAM", heat.position] = blurred(seen.heat(heat), _BLUR)
    for position, span in enumerate(explanation.alignment.spans):
        left, right = seen.columns(span.left, span.right)
        interval = inside((left, 0.0, right, height), ink.shape)
        heats["ink in the interval", position] = (ink & interval).astype(np.float32)
        centre, _ = seen.columns(float(explanation.alignment.centres[position]), 0.0)
        heats["Gaussian", position] = gaussian((centre, height / 2), ((right - left) / 4, height / 4), ink.shape)
        if position in places:
            box = seen.rectangle(_box(line, places[position]))
            heats["true box", position] = inside(box, ink.shape).astype(np.float32)
    return heats


def _overlaps(explanation: Explanation, line: BoxedLine, places: Mapping[int, int]) -> Iterator[tuple[str, float]]:
    for position, place in places.items():
        span = explanation.alignment.spans[position]
        left, _, right, _ = line.boxes[place].tolist()
        yield script_of(span.char), interval_iou((span.left, span.right), (left, right))


def stability(task: Task) -> list[Likeness]:
    """How alike maps stay when the picture moves by one pixel to the right, and by one down."""
    reader, _ = _reader(None)
    line = Seen.of(task.line.pixels).line
    shifted = [_shifted(line, axis) for axis in (1, 0)]
    if any(Seen.of(one).box[1::2] != (0.0, float(line.shape[0])) for one in (line, *shifted)):
        return []  # small text that would be trimmed anew
    before = reader.explain(line, method=task.methods, attention=task.attention)
    if not before.alignment.text:
        return []
    found = []
    for axis, moved in zip((1, 0), shifted, strict=True):
        after = reader.explain(moved, text=before.alignment.text, method=task.methods, attention=task.attention)
        still = {key: np.roll(values, 1, axis=axis) for key, values in _heats(before, Seen.of(line)).items()}
        found += _likeness(task.line.dataset, still, _heats(after, Seen.of(moved)))
    return found


def _shifted(line: ImageArray, axis: int) -> ImageArray:
    """The line one pixel further, its edge repeated."""
    return np.take(line, np.maximum(np.arange(line.shape[axis]) - 1, 0), axis=axis)


def likeness(task: Task) -> list[Likeness]:
    """How alike the maps of the bundled network and of another one are, for the reading of the bundled one.

    Returns:
        One for each method; none where the text cannot lie on the line as the other network sees it.
    """
    reader, other = _reader(None)[0], _reader(task.model)[0]
    pixels = task.line.pixels
    before = reader.explain(pixels, method=task.methods, attention=task.attention)
    if not before.alignment.text:
        return []
    try:
        after = other.explain(pixels, text=before.alignment.text, method=task.methods, attention=task.attention)
    except AlignmentError:
        return []
    seen = Seen.of(pixels)
    return _likeness(task.line.dataset, _heats(before, seen), _heats(after, seen))


def _likeness(dataset: str, first: Heats, second: Heats) -> list[Likeness]:
    """The mean correlation of each method."""
    found: dict[str, list[float]] = {}
    for key in first.keys() & second.keys():
        found.setdefault(key[0], []).append(rank_correlation(first[key], second[key]))
    return [Likeness(dataset, method, float(np.mean(values))) for method, values in sorted(found.items())]


def spread(lines: Sequence[BoxedLine], most: int) -> list[BoxedLine]:
    """At most so many of the lines, spread evenly."""
    if len(lines) <= most:
        return list(lines)
    return [lines[number * len(lines) // most] for number in range(most)]
