"""Everything that a diagnosis goes by: what is measured, read again, and compared, as numbers with names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lucidocr.align import SPACE, margin_of
from lucidocr.calibration import IDENTITY, Calibration
from lucidocr.charset import Charset
from lucidocr.decode import read_frames, read_text
from lucidocr.diagnose.probe import FAULTS
from lucidocr.diagnose.shapes import Shapes, as_vector, fit_square
from lucidocr.explain.characters import Evidence
from lucidocr.ink import find_ink
from lucidocr.metrics import Rule, edit_distance, normalise
from lucidocr.preprocess.indicators import INDICATORS, Indicators, LineView, measure_view, periodicity
from lucidocr.preprocess.steps import STEPS
from lucidocr.trellis import log_probability
from lucidocr.types import Cause, CharacterEvidence, Frames, ImageArray, Recognition, Span

TESTS: Final = ("flatten", "brighten", "denoise", "smooth", "watermark", "lines", "deskew", "sharpen", "deconvolve")
"""Steps whose effect on the reading is looked at."""

_STEEPEST: Final = 3.0
"""Nats a character beyond which a change of log P counts no more."""

_WEAK: Final = 4.0
"""Nats below which a character's lead over its rival counts as small."""


class Network(Protocol):
    """Runs the network over line images."""

    def __call__(self, images: Sequence[ImageArray], /) -> Sequence[Frames]:
        """In the order of the images."""


class Suspect(Protocol):
    """Tells what faults a line image has."""

    def __call__(self, pixels: ImageArray, /) -> NDArray[np.float64]:
        """float64 [K], log-odds of each of :data:`lucidocr.diagnose.probe.FAULTS`."""


class Reread(NamedTuple):
    """What is read once a step is taken.

    Attributes:
        text: what is read.
        log_prob: natural log of its probability.
        confidence: calibrated probability in [0, 1] that it is right.
    """

    text: str
    log_prob: float
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """A line examined.

    Attributes:
        pixels: uint8 [h, w] grey.
        frames: what the network says of it.
        recognition: what it reads.
        characters: one per character that is read.
        likenesses: float64 [K], correlation of each character's picture with its shape in plain print.
        indicators: of the picture.
        tests: readings after each of :data:`TESTS`.
        truth: what the line says, where that is known.
        rule: under which a reading counts as right.
        names: of the features.
        values: float64 [F], the features.
    """

    pixels: ImageArray
    frames: Frames
    recognition: Recognition
    characters: tuple[CharacterEvidence, ...]
    likenesses: NDArray[np.float64]
    indicators: Indicators
    tests: tuple[Reread, ...]
    truth: str | None
    rule: Rule
    names: tuple[str, ...]
    values: NDArray[np.float64]


def examine(
    pixels: ImageArray,
    network: Network,
    suspect: Suspect,
    charset: Charset,
    calibration: Calibration,
    shapes: Shapes,
    *,
    truth: str | None = None,
    rule: Rule = "exact",
) -> Examination:
    """Measure a line, read it as it is and after every test, and compare.

    Args:
        pixels: uint8 [h, w] grey.
        network: runs over line images.
        suspect: tells from its feature maps what faults they have.
        charset: its alphabet.
        calibration: of its probabilities.
        shapes: what characters look like in plain print.
        truth: what the line says, where that is known.
        rule: under which readings and truth are compared.
    """
    view = LineView(pixels)
    found = measure_view(view)
    pictures = [pixels, *(STEPS[name](pixels, found) for name in TESTS)]
    frames, *others = network(pictures)
    reading = read_frames(frames, charset, pixels, calibration=calibration)
    tests = tuple(
        Reread(text, log_prob, calibration.line(log_prob))
        for text, log_prob in (read_text(other, charset) for other in others)
    )
    characters = _characters(frames, charset, reading, pixels)
    likenesses = np.array([_likeness(pixels, found, one.span, shapes) for one in characters])
    named = {
        **_of_picture(found),
        "periodicity": periodicity(pixels),
        **_of_faults(suspect(pixels)),
        **_of_tests(reading, tests),
        **_of_characters(reading, characters, likenesses, shapes, view),
        **_of_truth(reading, tests, frames, charset, shapes, truth, rule),
    }
    return Examination(
        pixels, frames, reading, characters, likenesses, found, tests, truth, rule, tuple(named),
        np.nan_to_num(np.array(list(named.values()), dtype=np.float64), posinf=1e3, neginf=-1e3),
    )  # fmt: skip


def _characters(
    frames: Frames, charset: Charset, reading: Recognition, pixels: ImageArray
) -> tuple[CharacterEvidence, ...]:
    if not reading.text:
        return ()
    return Evidence.of(frames, charset, reading.text, find_ink(pixels), IDENTITY).characters


def _likeness(pixels: ImageArray, found: Indicators, span: Span, shapes: Shapes) -> float:
    """Correlation of a character's picture with its shape in plain print; 0.6 where it cannot be told."""
    left, right = math.floor(span.left), math.ceil(span.right)
    cut = pixels[:, max(left, 0) : right]
    if span.char not in shapes or cut.shape[1] < 2:
        return 0.6
    depth = 255 - cut if found.dark_on_light else cut
    low, high = np.percentile(depth, (10, 98))
    coverage = np.clip((depth.astype(np.float32) - low) * (255 / max(high - low, 8.0)), 0, 255).astype(np.uint8)
    return shapes.likeness(span.char, as_vector(fit_square(coverage)))


_LOGS: Final = ("height", "text_height", "contrast", "stroke")
_ROOTS: Final = ("noise", "speckle", "midtones", "background", "sharpness")
"""Indicators whose logs and roots are features: what matters of them is their ratio, or they crowd at zero."""


def as_measured(name: str, feature: float) -> float:
    """The value of an indicator whose feature this is."""
    return math.exp(feature) if name in _LOGS else feature**2 if name in _ROOTS else feature


def _of_picture(found: Indicators) -> dict[str, float]:
    values = dict(zip(INDICATORS, found.values().tolist(), strict=True))
    for name in _LOGS:
        values[name] = math.log(max(values[name], 1.0))
    for name in _ROOTS:
        values[name] = math.sqrt(max(values[name], 0.0))
    sizes = {"tilt": abs(found.skew), "slant": abs(found.gradient), "gained": math.log(max(found.skew_gain, 1))}
    return values | sizes


def probed(fault: Cause) -> str:
    """Name of the feature that says what the probe tells of a fault."""
    return f"probe: {fault}"


def _of_faults(log_odds: NDArray[np.float64]) -> dict[str, float]:
    return {probed(fault): odds for fault, odds in zip(FAULTS, log_odds.tolist(), strict=True)}


def _of_tests(reading: Recognition, tests: Sequence[Reread]) -> dict[str, float]:
    length = max(len(reading.text), 1)
    values: dict[str, float] = {}
    for name, test in zip(TESTS, tests, strict=True):
        gain = test.log_prob / max(len(test.text), 1) - reading.log_prob / length
        values[f"{name}: gain"] = min(max(gain, -_STEEPEST), _STEEPEST)
        values[f"{name}: confidence"] = test.confidence - reading.confidence
        values[f"{name}: changed"] = min(edit_distance(reading.text, test.text) / length, 1.0)
    return values


def _of_characters(
    reading: Recognition,
    characters: Sequence[CharacterEvidence],
    likenesses: NDArray[np.float64],
    shapes: Shapes,
    view: LineView,
) -> dict[str, float]:
    """What the characters tell: how weak which of them is, against what, and how it looks."""
    if not characters:
        names = (*_CHARACTER_NAMES, *_LENGTH_NAMES)
        return dict.fromkeys(names, 0.0) | {"unread ink": 1.0, "confidence": reading.confidence}
    leads = np.array([min(one.contrast, 20.0) for one in characters])
    weakest = int(leads.argmin())
    rivals = [shapes.alike(one.span.char, one.against) if one.against else 0.0 for one in characters]
    widths = np.array([max(one.span.right - one.span.left, 1.0) for one in characters])
    usual = float(np.median(widths))
    text = reading.text
    spread = [1.0 - sum(other.probability for other in one.alternatives[:2]) for one in characters]
    weak = leads < _WEAK
    values = (
        float(leads[weakest]),
        float(np.sort(leads)[: max(1, len(leads) // 3)].mean()),
        float(leads.mean()),
        float(weak.mean()),
        float(weakest == 0),
        float(weakest == len(leads) - 1),
        float(leads[0]),
        float(leads[-1]),
        rivals[weakest],
        max((rival for rival, doubtful in zip(rivals, weak.tolist(), strict=True) if doubtful), default=0.0),
        float(characters[weakest].against == ""),
        max(spread),
        spread[weakest],
        float(likenesses.mean()),
        float(likenesses.min()),
        float(likenesses[weakest]),
        float(likenesses[weakest] - likenesses.mean()),
        float(likenesses[0] - likenesses.mean()),
        float(likenesses[-1] - likenesses.mean()),
        float(np.sort(likenesses)[-max(1, len(likenesses) // 2) :].mean()),
        float(widths[0] / usual),
        float(widths[-1] / usual),
        _unread(characters, view),
    )
    named = dict(zip(_CHARACTER_NAMES, values, strict=True))
    han = sum(char > "\u2e7f" for char in text) / len(text)
    digits = sum(char.isdigit() for char in text) / len(text)
    lengths = (math.log(len(text)), han, digits, reading.log_prob / len(text))
    return named | dict(zip(_LENGTH_NAMES, lengths, strict=True)) | {"confidence": reading.confidence}


_CHARACTER_NAMES: Final = (
    "least lead", "lead of the weak", "mean lead", "weak share", "first is weakest", "last is weakest", "first lead",
    "last lead", "weakest like its rival", "weak like its rival", "weakest against nothing", "most spread",
    "weakest spread", "likeness", "least likeness", "weakest likeness", "weakest unlike", "first unlike", "last unlike",
    "likeness of the best", "first width", "last width", "unread ink",
)  # fmt: skip
_LENGTH_NAMES: Final = ("length", "han", "digits", "log P")


def _unread(characters: Sequence[CharacterEvidence], view: LineView) -> float:
    """Share of the ink that lies beyond all characters."""
    columns = view.ink.mean(axis=0)
    scale = len(columns) / view.pixels.shape[1]
    covered = np.zeros(len(columns), dtype=bool)
    for one in characters:
        covered[max(0, math.floor(one.span.left * scale) - 1) : math.ceil(one.span.right * scale) + 1] = True
    return float(columns[~covered].sum() / max(columns.sum(), 1e-6))


_TRUTH_NAMES: Final = (
    "known", "wrong", "edits", "replaced", "missing", "added", "first is wrong", "last is wrong", "most alike",
    "least alike", "unknown characters", "lag",
)  # fmt: skip


def _of_truth(
    reading: Recognition,
    tests: Sequence[Reread],
    frames: Frames,
    charset: Charset,
    shapes: Shapes,
    truth: str | None,
    rule: Rule,
) -> dict[str, float]:
    """How the reading differs from what the line says, where that is known."""
    names = (*_TRUTH_NAMES, *(f"{name}: right" for name in TESTS), *(f"{name}: nearer" for name in TESTS))
    if truth is None:
        return dict.fromkeys(names, 0.0)
    wanted, read = normalise(truth, rule), normalise(reading.text, rule)
    before = edit_distance(read, wanted)
    after = [edit_distance(normalise(test.text, rule), wanted) for test in tests]
    length = max(len(wanted), 1)
    values = (
        1.0,
        float(before > 0),
        min(before / length, 1.0),
        *_of_edits(read, wanted, shapes),
        sum(char not in charset and char != SPACE for char in truth) / length,
        _lag(reading, frames, charset, truth),
    )
    rights = tuple(float(distance == 0) for distance in after)
    nearer = tuple(min(max((before - distance) / length, -1.0), 1.0) for distance in after)
    return dict(zip(names, (*values, *rights, *nearer), strict=True))


def _of_edits(read: str, wanted: str, shapes: Shapes) -> tuple[float, ...]:
    """Shares of replaced, missing and added characters, whether an end is wrong, and how alike what was replaced is."""
    replaced = missing = added = 0
    first = last = False
    alike: list[float] = []
    for kind, start, stop, begin, end in SequenceMatcher(None, wanted, read, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        first |= start == 0
        last |= stop == len(wanted)
        pairs = min(stop - start, end - begin)
        replaced += pairs
        missing += stop - start - pairs
        added += end - begin - pairs
        alike += [shapes.alike(a, b) for a, b in zip(wanted[start:stop], read[begin:end], strict=False)]
    length = max(len(wanted), 1)
    shares = (replaced / length, missing / length, min(added / length, 1.0))
    return (*shares, float(first), float(last), max(alike, default=0.0), min(alike, default=0.0))


def _lag(reading: Recognition, frames: Frames, charset: Charset, truth: str) -> float:
    """By how many nats a character the truth is less probable than what was read; 20 where it cannot be."""
    text = truth.strip()
    if charset.unknown(text):
        return 20.0
    log_prob = log_probability(frames, charset.encode(text), margin=margin_of(charset))
    return min((reading.log_prob - log_prob) / max(len(text), 1), 20.0)
