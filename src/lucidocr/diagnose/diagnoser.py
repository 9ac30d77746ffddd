"""Why a line may be misread: the examination weighed, and the evidence put together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.calibration import Calibration
from lucidocr.charset import Charset
from lucidocr.diagnose.causes import DIAGNOSIS, Causes, parse_causes
from lucidocr.diagnose.examination import TESTS, Examination, Network, Suspect, examine
from lucidocr.diagnose.probe import PROBE, Probe, parse_probe
from lucidocr.diagnose.shapes import Shapes, load_shapes
from lucidocr.errors import LucidOcrError
from lucidocr.explain.explainer import Explainer
from lucidocr.metrics import Rule, is_right
from lucidocr.model import Model
from lucidocr.preprocess.indicators import INDICATORS
from lucidocr.preprocess.steps import without_lines
from lucidocr.types import (
    CAUSES,
    Cause,
    Counterfactual,
    Diagnosis,
    Finding,
    HeatMap,
    ImageArray,
    LookAlike,
    Measured,
    Resemblance,
)

ABOUT: Final[Mapping[Cause, tuple[str, ...]]] = {
    "background": ("through", "horizontal", "midtones", "texture"),
    "font": ("stroke", "stroke_spread"),
    "light": ("background", "gradient", "paper", "contrast"),
    "blur": ("sharpness", "detail"),
    "low_resolution": ("text_height", "height", "detail"),
    "noise": ("noise", "speckle", "texture"),
    "skew": ("skew", "skew_gain"),
    "truncation": ("left", "right", "top", "bottom"),
}
"""The indicators that have to do with a cause."""

UNLIKE: Final[tuple[Cause, ...]] = ("font", "truncation", "unknown_character")
"""The causes that make characters look unlike plain print."""

MENDED_BY: Final[Mapping[Cause, tuple[str, ...]]] = {
    "background": ("lines", "watermark"),
    "light": ("flatten", "brighten"),
    "blur": ("sharpen", "deconvolve"),
    "noise": ("denoise", "smooth"),
    "skew": ("deskew",),
}
"""The steps that take a cause away, as far as that can be: what blur and few pixels lost does not come back."""

ADVICE: Final[Mapping[Cause, str]] = {
    "background": "Let --preprocess auto take out lines and watermarks, or scan without them (colour drop-out).",
    "font": "Fine-tune on lines in this typeface (lucidocr finetune).",
    "light": "Photograph again in even light, or let --preprocess auto flatten it.",
    "blur": "Photograph again with the camera still and in focus: what blur takes away does not come back.",
    "low_resolution": "Scan at 200 dpi or more, so that text is at least 16 pixels high: enlarging does not help.",
    "noise": "Photograph with more light, or let --preprocess auto take the grain out.",
    "skew": "Let --preprocess auto level the line, or read the whole page, whose lines are turned by their own angle.",
    "look_alike": "Give the words to expect as a lexicon, or check this character against what else is known.",
    "truncation": "Cut the line out with some margin on all sides.",
    "unknown_character": "Fine-tune with an alphabet that has the character, or have it typed by a person.",
    "nothing": "Nothing needs to be done.",
}
"""What to do about a cause."""

_LEAST_NOTHING: Final = 0.5
"""Probability below which a line is not said to be in order."""

_SHOWN_UNLIKE: Final = 3
"""Characters unlike plain print that are shown."""

_WORTH_HEAT: Final = 0.15
"""Probability of a disturbing background from which on it is looked where the heat lies."""

_PAIR_LIKENESS: Final = 0.5
"""Likeness from which on two characters make a pair that may be taken for each other."""


class Diagnoser:
    """Diagnoses lines; one serves any number of threads.

    Args:
        network: runs over line images.
        suspect: tells from its feature maps what faults they have.
        charset: its alphabet.
        calibration: of its probabilities.
        causes: names causes.
        shapes: what characters look like in plain print.
        explainer: draws heat maps.
    """

    def __init__(
        self,
        network: Network,
        suspect: Suspect,
        charset: Charset,
        calibration: Calibration,
        causes: Causes,
        shapes: Shapes,
        explainer: Explainer,
    ) -> None:
        self._network, self._suspect, self._charset, self._calibration = network, suspect, charset, calibration
        self._causes, self._shapes, self._explainer = causes, shapes, explainer

    def diagnose(
        self, pixels: ImageArray, *, truth: str | None = None, misread: bool = False, rule: Rule = "exact"
    ) -> Diagnosis:
        """Find out why a line may be misread.

        Args:
            pixels: uint8 [h, w] grey.
            truth: what it says, where that is known.
            misread: that it is misread, where only that is known.
            rule: under which reading and truth are compared.
        """
        found = examine(
            pixels, self._network, self._suspect, self._charset, self._calibration, self._shapes, truth=truth, rule=rule
        )
        right = None if truth is None else is_right(found.recognition.text, truth, rule)
        shares = self._shares(found, False if right is None and misread else right)
        order = np.argsort(-shares, kind="stable").tolist()
        findings = tuple(self._finding(CAUSES[number], float(shares[number]), found) for number in order)
        named = dict(zip(INDICATORS, found.indicators.values().tolist(), strict=True))
        return Diagnosis(
            pixels, found.recognition, truth, right, self._verdict(findings[0]),
            findings, tuple(named.items()),
        )  # fmt: skip

    def _verdict(self, best: Finding) -> Cause | None:
        """The most probable cause, where it is probable enough to be named."""
        least = _LEAST_NOTHING if best.cause == "nothing" else self._causes.least
        return best.cause if best.probability >= least else None

    def _shares(self, found: Examination, right: bool | None) -> NDArray[np.float64]:
        """float64 [C]; what is known of the reading leaves nothing, or takes "nothing" away."""
        shares = self._causes.probabilities(found.values)
        nothing = CAUSES.index("nothing")
        if right:
            return np.asarray(np.eye(len(CAUSES))[nothing])
        if right is False:
            shares = shares.copy()
            shares[nothing] = 0.0
            shares /= shares.sum()
        return shares

    def _finding(self, cause: Cause, probability: float, found: Examination) -> Finding:
        indicators = self._out_of_the_ordinary(cause, found)
        tested = _tested(cause, found)
        pair = _pair(found, self._shapes) if cause == "look_alike" else None
        unlike = self._unlike(found) if cause in UNLIKE else ()
        heat = None
        if cause == "background" and probability >= _WORTH_HEAT:
            heat = self._heat_on_lines(found)
        finding = Finding(cause, probability, indicators, tested, pair, unlike, heat, advice=ADVICE[cause])
        return Finding(
            cause, probability, indicators, tested, pair, unlike, heat,
            summary=_summary(finding, found), advice=ADVICE[cause],
        )  # fmt: skip

    def _out_of_the_ordinary(self, cause: Cause, found: Examination) -> tuple[Measured, ...]:
        measured = []
        for name in ABOUT.get(cause, ()):
            value = float(getattr(found.indicators, name))
            low, high = self._causes.usual.get(name, (-np.inf, np.inf))
            if not low <= value <= high:
                measured.append(Measured(name, value, low, high))
        return tuple(measured)

    def _unlike(self, found: Examination) -> tuple[Resemblance, ...]:
        """The characters that look least like plain print, of those that look unusually unlike it."""
        usual = self._causes.usual_likeness
        order = np.argsort(found.likenesses)[:_SHOWN_UNLIKE].tolist()
        return tuple(
            Resemblance(number, found.characters[number].span.char, float(found.likenesses[number]), usual)
            for number in order
            if found.likenesses[number] < usual
        )

    def _heat_on_lines(self, found: Examination) -> float | None:
        """How much more of the weakest character's heat lies on long lines than would by chance; None without lines."""
        dark = found.pixels if found.indicators.dark_on_light else np.asarray(255 - found.pixels, dtype=np.uint8)
        mask = without_lines(dark)[1]
        if not mask.any() or not found.characters:
            return None
        weakest = int(np.argmin([one.contrast for one in found.characters]))
        try:
            maps = self._explainer.explain(found.pixels, methods=("hirescam",)).maps
        except LucidOcrError:
            return None  # the line is too long, or the model draws no maps: the rest of the evidence stands
        heat = next((one for one in maps if one.position == weakest), None)
        return None if heat is None else _enrichment(heat, mask)


def load_diagnoser(model: Model, network: Network, calibration: Calibration, explainer: Explainer) -> Diagnoser:
    """Read what a diagnosis needs.

    Args:
        model: the model folder.
        network: runs over line images.
        calibration: of its probabilities.
        explainer: of the same model.

    Raises:
        MissingPartError: the model has no part that names causes.
        ModelError: the part is altered or not of the known form.
    """
    causes = parse_causes(model.read_part(DIAGNOSIS))
    probe = Probe(parse_probe(model.read_part(PROBE)), explainer.look)
    return Diagnoser(network, probe, model.charset, calibration, causes, load_shapes(), explainer)


def _enrichment(heat: HeatMap, mask: NDArray[np.bool_]) -> float:
    """Share of a map's positive heat on a mask, by the mask's share of the map's box."""
    left, top, right, bottom = (round(edge) for edge in heat.box)
    rows, columns = mask.shape
    part = mask[max(top, 0) : min(bottom, rows), max(left, 0) : min(right, columns)].astype(np.float32)
    if not part.size or not part.any():
        return 0.0
    shares = cv2.resize(part, heat.values.shape[::-1], interpolation=cv2.INTER_AREA)
    positive = np.maximum(heat.values, 0)
    total = float(positive.sum())
    return float((positive * shares).sum()) / max(total, 1e-9) / max(float(part.mean()), 1e-9)


def _tested(cause: Cause, found: Examination) -> tuple[Counterfactual, ...]:
    before = found.recognition
    own = before.log_prob / max(len(before.text), 1)
    return tuple(
        Counterfactual(step, before.text, test.text, test.log_prob / max(len(test.text), 1) - own, test.confidence)
        for step in MENDED_BY.get(cause, ())
        for test in (found.tests[TESTS.index(step)],)
    )


def _pair(found: Examination, shapes: Shapes) -> LookAlike | None:
    """The weakest character whose rival looks like it."""
    pairs = [
        LookAlike(number, one.span.char, one.against, one.contrast, shapes.alike(one.span.char, one.against))
        for number, one in enumerate(found.characters)
        if one.against
    ]
    alike = [pair for pair in pairs if pair.likeness >= _PAIR_LIKENESS]
    return min(alike or pairs, key=lambda pair: pair.margin, default=None)


def _summary(finding: Finding, found: Examination) -> str:
    """What speaks for a cause, in a sentence."""
    if finding.cause == "nothing":
        return f"Read with confidence {found.recognition.confidence:.2f}; nothing measured stands out enough."
    parts = [f"{one.name} {one.value:.3g} (usually {one.low:.3g} to {one.high:.3g})" for one in finding.indicators]
    changed = [test for test in finding.tested if test.after != test.before]
    parts += [f"after {test.step} it reads {test.after!r}" for test in changed[:1]]
    if finding.look_alike is not None:
        pair = finding.look_alike
        margin = f"{pair.margin:.1f} nats, " if math.isfinite(pair.margin) else ""
        parts.append(f"{pair.char} may be {pair.other} ({margin}shapes alike {pair.likeness:.2f})")
    parts += [f"{one.char} looks unlike plain print ({one.likeness:.2f})" for one in finding.resemblances[:1]]
    if finding.heat_on_background is not None:
        parts.append(f"heat lies on lines {finding.heat_on_background:.1f} times as often as by chance")
    return f"{'; '.join(parts)}." if parts else "Nothing measured stands out; the whole picture speaks for it."
