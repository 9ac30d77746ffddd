"""Why a line was read as it was: places, confidences, alternatives, heat maps and attention, composed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lucidocr.beam import beam_search
from lucidocr.calibration import load_calibration
from lucidocr.decode import read_frames
from lucidocr.errors import OptionError
from lucidocr.explain.attention import Attention
from lucidocr.explain.cam import CAMS, on_ink
from lucidocr.explain.characters import Evidence, shared
from lucidocr.explain.faithfulness import judge
from lucidocr.explain.lead import lead_over
from lucidocr.explain.methods import METHOD_NAMES
from lucidocr.explain.network import OpenNetwork, Taps, tap_box
from lucidocr.explain.perturb import Method, maps_of_methods
from lucidocr.explain.rereading import Rereader
from lucidocr.explain.seen import Seen
from lucidocr.ink import find_ink
from lucidocr.lazy import Lazy
from lucidocr.model import RECOGNISE, Model
from lucidocr.preprocess import to_grey
from lucidocr.recognise import Recogniser
from lucidocr.session import Session
from lucidocr.types import Candidate, Explanation, Faithfulness, FloatArray, Frames, Glance, HeatMap, ImageArray

CANDIDATES: Final = 5
"""Readings of a line that are shown."""

_ERASING: Final[tuple[Method, ...]] = ("lime", "shap")

_CELLS: Final = 2_000_000
"""Characters times frames times states whose posteriors are held in memory at once."""

_TARGETS: Final = 16
"""Characters whose gradients are computed at once; more are no faster."""


class Explainer:
    """Explains line images; one serves any number of threads. What a question needs is loaded when it is first asked.

    Args:
        model: the model folder.
        threads: processor threads that one call may use.
        recogniser: of the model's network in full precision, which is what is explained; made when None.
    """

    def __init__(self, model: Model, *, threads: int, recogniser: Recogniser | None = None) -> None:
        self._model = model
        self._calibration = load_calibration(model)
        self._recogniser = Lazy(lambda: recogniser or Recogniser(model, threads=threads))
        self._network = Lazy(lambda: OpenNetwork(model, threads=threads))
        self._attention = Lazy(lambda: Attention(model, threads=threads))
        self._rereader = Lazy(
            lambda: Rereader(Session(model.read_part(RECOGNISE), threads=threads, arena=True), model.charset)
        )

    def explain(
        self,
        pixels: ImageArray,
        *,
        text: str | None = None,
        methods: Sequence[str] = (),
        attention: bool = False,
        faithfulness: bool = False,
    ) -> Explanation:
        """Explain one line image.

        Args:
            pixels: uint8 [h, w] grey or [h, w, 3] RGB.
            text: what to explain; what is read when None. Spaces at its ends are dropped.
            methods: of heat maps, see :data:`lucidocr.explain.methods.METHODS`.
            attention: whether to ask the attention head.
            faithfulness: whether to judge every map, by reading the line again without what it marks.

        Raises:
            AlignmentError: the text cannot lie on the line, or holds characters that the model does not know.
            ImageSizeError: line and text are too long.
            InputError: something else than such an array.
            MissingPartError: the model has no part that answers this.
            OptionError: an unknown method.
        """
        unknown = sorted({*methods} - {*METHOD_NAMES})
        if unknown:
            raise OptionError(f"no method {', '.join(unknown)}", remedy=f"There are {', '.join(METHOD_NAMES)}.")
        head = self._attention.get() if attention else None  # first: a model may lack it
        (frames,) = self._recogniser.get().frames([pixels])
        grey = to_grey(pixels)
        reading = read_frames(frames, self._model.charset, grey, calibration=self._calibration)
        wanted = reading.text if text is None else text
        seen = Seen.of(grey)
        taps = None
        if methods or attention or wanted.strip() != reading.text:
            taps = self._network.get().look(seen, grey)
        evidence = Evidence.of(
            taps.frames if taps else frames, self._model.charset, wanted, find_ink(grey), self._calibration
        )
        line = _Line(grey, seen, evidence)
        maps = self._maps(line, taps, tuple(dict.fromkeys(methods))) if taps else ()
        return Explanation(
            image=grey,
            recognition=reading,
            alignment=evidence.alignment,
            confidence=self._calibration.line(evidence.alignment.log_prob),
            characters=evidence.characters,
            candidates=self._candidates(frames),
            maps=maps,
            glances=_glances(head, line, taps) if taps and head else (),
            faithfulness=self._judge(line, maps) if maps and faithfulness else (),
        )

    def look(self, pixels: ImageArray) -> Taps:
        """What the network computes on the way for one line image.

        Args:
            pixels: uint8 [h, w] grey.

        Raises:
            ImageSizeError: the line is too long.
            MissingPartError: the model has no part that answers this.
        """
        return self._network.get().look(Seen.of(pixels), pixels)

    def _candidates(self, frames: Frames) -> tuple[Candidate, ...]:
        best, *others = beam_search(frames, self._model.charset, count=CANDIDATES)
        confidence, own = self._calibration.line(best.log_prob), float(np.exp(best.log_prob))
        return (
            Candidate(best.text, best.log_prob, confidence),
            *(
                Candidate(one.text, one.log_prob, shared(confidence, own, float(np.exp(one.log_prob))))
                for one in others
            ),
        )

    def _judge(self, line: _Line, maps: Sequence[HeatMap]) -> tuple[Faithfulness, ...]:
        alignment = line.evidence.alignment
        score = self._rereader.get().score(alignment.text, line.rivals)
        return judge(line.grey, alignment.spans, maps, score)

    def _maps(self, line: _Line, taps: Taps, methods: Sequence[str]) -> tuple[HeatMap, ...]:
        """Heat maps in the order of the methods."""
        if not line.evidence.characters:
            return ()
        erasing = [method for method in _ERASING if method in methods]
        made: dict[str, Sequence[HeatMap]] = {}
        if len(erasing) < len(methods):
            made |= self._gradient_maps(line, taps, methods)
        if erasing:
            score = self._rereader.get().score(line.evidence.alignment.text, line.rivals)
            found = maps_of_methods(line.grey, line.evidence.alignment.spans, line.rivals, score, methods=erasing)
            made |= {method: [heat for heat in found if heat.method == method] for method in erasing}
        return tuple(heat for method in methods for heat in made[method])

    def _gradient_maps(self, line: _Line, taps: Taps, methods: Sequence[str]) -> Mapping[str, Sequence[HeatMap]]:
        """Maps of those of the methods that need gradients, by method."""
        gradients = self._gradients(line, taps)
        named = {method: CAMS[method] for method in methods if method in CAMS}
        if "ink" in methods:
            named["hirescam"] = CAMS["hirescam"]
        made = {
            method: [
                HeatMap(method, position, rival, values, tap_box(line.seen))
                for position, (rival, values) in enumerate(
                    zip(line.rivals, cam(gradients, taps.features_h8), strict=True)
                )
            ]
            for method, cam in named.items()
        }
        if "ink" in methods:
            made["ink"] = [on_ink(heat, line.seen, "ink") for heat in made["hirescam"]]
        return made

    def _gradients(self, line: _Line, taps: Taps) -> FloatArray:
        """float32 [K, C1, 8, T], of every character's lead over its strongest rival."""
        charset, trellis = self._model.charset, line.evidence.trellis
        edits = [(position, charset.encode(rival)[0] if rival else None) for position, rival in enumerate(line.rivals)]
        size = max(1, min(_TARGETS, _CELLS // (len(taps.frames) * (2 * len(edits) + 1))))
        parts = [
            lead_over(taps.frames, trellis.labels, edits[start : start + size], margin=trellis.margin)
            for start in range(0, len(edits), size)
        ]
        return np.concatenate([self._network.get().gradients(taps, part) for part in parts])


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A line and the evidence for its text.

    Attributes:
        grey: uint8 [h, w], as cut.
        seen: as the network sees it.
        evidence: for the text.
    """

    grey: ImageArray
    seen: Seen
    evidence: Evidence

    @property
    def rivals(self) -> tuple[str, ...]:
        """What each character is held against."""
        return tuple(character.against for character in self.evidence.characters)


def _glances(head: Attention, line: _Line, taps: Taps) -> tuple[Glance, ...]:
    return head.glances(taps.features_h4[None], line.evidence.alignment, taps.frames, line.seen.box)
