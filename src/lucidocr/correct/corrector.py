"""Doubtful lines read again by all that may help: candidates gathered, scored together, and the winner placed."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, Literal, Protocol, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from lucidocr.align import MAX_CELLS
from lucidocr.beam import beam_search
from lucidocr.charset import Charset, canonical
from lucidocr.correct.allowed import allowed_texts
from lucidocr.correct.candidates import Candidates
from lucidocr.correct.fusion import (
    UNFITTED,
    Fusion,
    FusionPlan,
    character_evidence,
    line_evidence,
    score,
    shares,
    term_values,
)
from lucidocr.correct.lexicon import Lexicon
from lucidocr.correct.opinion import Opinion, SecondOpinion
from lucidocr.correct.scoring import Scorer
from lucidocr.errors import LucidOcrError, OptionError
from lucidocr.types import Correction, Frames, Hypothesis, ImageArray, Recognition, Terms

Ask = Literal["off", "auto", "always"]
"""When another recogniser is asked: never, where the reading is doubtful, or for every line."""

LexiconMode = Literal["prefer", "only"]
"""Whether a lexicon's entries are preferred, or nothing else may be read."""

ALTERNATIVES: Final = 8
BEAM: Final = 6
"""Texts that the recogniser proposes, and prefixes that are followed to find them."""

SHOWN: Final = 5
"""Hypotheses that are kept with a result."""

AT_ONCE: Final = 16
"""Doubtful lines that are held in memory, and that another recogniser is asked about, at once."""


@dataclass(frozen=True, slots=True)
class Correcting:
    """What may help with doubtful lines.

    Attributes:
        language: whether the language model has a say.
        opinion: when another recogniser is asked.
        lexicon: words and patterns that are preferred or required; none when None.
        lexicon_mode: which of the two.

    Raises:
        OptionError: no such choice.
    """

    language: bool = True
    opinion: Ask = "auto"
    lexicon: Lexicon | None = None
    lexicon_mode: LexiconMode = "prefer"

    def __post_init__(self) -> None:
        for value, kind in ((self.opinion, Ask), (self.lexicon_mode, LexiconMode)):
            if value not in get_args(kind):
                raise OptionError(f"{value!r} is not one of {', '.join(get_args(kind))}")


_Helper = TypeVar("_Helper")

ALONE: Final = Correcting(language=False, opinion="off")
"""The recogniser by itself."""


class Language(Protocol):
    """What is needed of a language model."""

    def advantage(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """How much more each of several texts is like language than a code of its length, nats."""

    def knows(self, text: str) -> bool:
        """Whether a text holds any language."""

    def restore_spaces(self, text: str) -> Sequence[str]:
        """The text with lost spaces put back, if there may be any."""


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """A line that may be read better.

    Attributes:
        frames: what the network says of it.
        pixels: uint8 [h, w] grey, the line as cut.
        reading: the recogniser's own.
    """

    frames: Frames
    pixels: ImageArray
    reading: Recognition


class Corrector:
    """Reads doubtful lines again; one serves any number of threads.

    What may help is loaded when a line first needs it. What cannot be had is done without, see :attr:`notices`.

    Args:
        charset: the recogniser's alphabet.
        plan: of its model; None where the model has none, and only lexicons help.
        language: loads the language model.
        engine: loads the other recogniser.
    """

    def __init__(
        self,
        charset: Charset,
        plan: FusionPlan | None,
        *,
        language: Callable[[], Language],
        engine: Callable[[], SecondOpinion],
    ) -> None:
        self._charset = charset
        self._plan = plan
        self._language = Late(language)
        self._engine = Late(engine)

    @property
    def notices(self) -> tuple[str, ...]:
        """Why something that was asked for does not help."""
        return tuple(str(late.error) for late in (self._language, self._engine) if late.error is not None)

    def doubts(self, reading: Recognition, options: Correcting) -> bool:
        """Whether a reading is to be compared with others."""
        if options.lexicon is not None:
            return True
        if self._plan is None or not (options.language or options.opinion != "off"):
            return False
        return options.opinion == "always" or reading.confidence < max(self._plan.doubt, self._plan.ask)

    def correct(self, lines: Sequence[Doubt], options: Correcting) -> list[Recognition]:
        """Read doubtful lines again.

        Args:
            lines: at most ``AT_ONCE`` or so: another recogniser reads them in one go.
            options: what may help.

        Returns:
            Readings in the order of the lines.
        """
        corrected = []
        for line, opinion in zip(lines, self.opinions(lines, options), strict=True):
            scorer = Scorer.of(line.frames, self._charset)
            hypotheses = self.hypotheses(line, scorer, opinion, options)
            if hypotheses:
                corrected.append(self._settle(line, scorer, hypotheses, opinion))
            elif options.lexicon is not None and options.lexicon_mode == "only":
                corrected.append(_nothing(line.reading))
            else:
                corrected.append(line.reading)
        return corrected

    def opinions(self, lines: Sequence[Doubt], options: Correcting) -> list[Opinion | None]:
        """What the other recogniser says of those lines about which it is asked."""
        asked = [number for number, line in enumerate(lines) if self._is_asked(line.reading, options)]
        engine = self._engine.get() if asked else None
        if engine is None:
            return [None] * len(lines)
        doubts = [lines[number] for number in asked]
        opinions = engine.ask([one.pixels for one in doubts], [one.reading.text for one in doubts])
        given = dict(zip(asked, opinions, strict=True))
        return [given.get(number) for number in range(len(lines))]

    def hypotheses(self, line: Doubt, scorer: Scorer, opinion: Opinion | None, options: Correcting) -> list[Hypothesis]:
        """All texts that a line may hold, best first; none where it is too long to compare any.

        Args:
            line: the line.
            scorer: of its frames.
            opinion: of the other recogniser, where it was asked.
            options: what else may help.
        """
        if len(line.frames) * (2 * len(line.reading.text) + 1) > MAX_CELLS:
            return []
        language = self._language.get() if options.language and self._plan is not None else None
        candidates = (
            self._allowed(line, opinion, options.lexicon)
            if options.lexicon is not None and options.lexicon_mode == "only"
            else self._gather(line, opinion, language, options)
        )
        own = scorer.log_probs(candidates.texts)
        possible = np.isfinite(own)
        texts = [text for text, fits in zip(candidates.texts, possible.tolist(), strict=True) if fits]
        own = own[possible]
        unasked: list[None] = [None] * len(texts)
        terms = [
            Terms(*values)
            for values in zip(
                own.tolist(),
                language_terms(language, texts, own).tolist() if language is not None else unasked,
                options.lexicon.preferences(texts).tolist() if options.lexicon is not None else unasked,
                opinion.log_probs(texts).tolist() if opinion is not None else unasked,
                strict=True,
            )
        ]
        kept = [text == line.reading.text for text in texts]
        values = [term_values(*each) for each in zip(terms, kept, strict=True)]
        scores = score(values, self._fusion(opinion).weights)
        order = np.argsort(-scores, kind="stable").tolist()
        probabilities = shares(scores).tolist() if texts else []
        return [
            Hypothesis(texts[one], candidates.origins(texts[one]), terms[one], float(scores[one]), probabilities[one])
            for one in order
        ]

    def _is_asked(self, reading: Recognition, options: Correcting) -> bool:
        if self._plan is None or options.opinion == "off":
            return False
        return options.opinion == "always" or reading.confidence < self._plan.ask

    def _gather(
        self, line: Doubt, opinion: Opinion | None, language: Language | None, options: Correcting
    ) -> Candidates:
        found = Candidates()
        found.add("recogniser", [line.reading.text])
        likely = beam_search(line.frames, self._charset, count=ALTERNATIVES, beam=BEAM)
        found.add("alternatives", (one.text for one in likely))
        if opinion is not None:
            found.add("opinion", opinion.texts)
            found.mix(line.reading.text, opinion.texts[0])
        if language is not None:
            for text in found.first(2):
                found.add("spaces", map(canonical, language.restore_spaces(text)))
        if options.lexicon is not None:
            found.add("lexicon", map(canonical, options.lexicon.candidates(line.frames, self._charset)))
            if opinion is not None:
                found.add("lexicon", map(canonical, options.lexicon.propose(opinion.texts[0])))
        return found

    def _allowed(self, line: Doubt, opinion: Opinion | None, lexicon: Lexicon) -> Candidates:
        """What alone may be read; no text at all where nothing of it fits."""
        found = Candidates()
        found.add("recogniser", filter(lexicon.allows, [line.reading.text]))
        found.add(
            "lexicon", (one.text for one in allowed_texts(line.frames, self._charset, lexicon, count=ALTERNATIVES))
        )
        if opinion is not None:
            found.add("opinion", filter(lexicon.allows, opinion.texts))
        return found

    def _fusion(self, opinion: Opinion | None) -> Fusion:
        if self._plan is None:
            return UNFITTED
        return self._plan.asked if opinion is not None else self._plan.alone

    def _settle(
        self, line: Doubt, scorer: Scorer, hypotheses: Sequence[Hypothesis], opinion: Opinion | None
    ) -> Recognition:
        """The reading that wins, in its place on the line."""
        winner, before = hypotheses[0], line.reading
        calibration = self._fusion(opinion).calibration
        confidence = calibration.line(line_evidence(winner.terms, winner.probability))
        own, other = scorer.posteriors(winner.text), opinion.posteriors(winner.text) if opinion is not None else None
        sure = calibration.characters(character_evidence(own, other)).tolist()
        if winner.text == before.text:
            spans = tuple(replace(span, confidence=one) for span, one in zip(before.spans, sure, strict=True))
        else:
            spans = scorer.place(winner.text, sure, line.pixels)
        shown = [*hypotheses[:SHOWN], *(one for one in hypotheses[SHOWN:] if one.text == before.text)]
        correction = Correction(
            before=before.text,
            after=winner.text,
            confidence_before=before.confidence,
            confidence=confidence,
            hypotheses=tuple(shown),
            asked=opinion.source if opinion is not None else "",
        )
        return Recognition(winner.text, winner.terms.recogniser, confidence, spans, correction)


_LIKELY: Final = 6.0
"""Texts whose log P by the recogniser is so many nats below the best one's are not looked at for language."""


def language_terms(language: Language, texts: Sequence[str], own: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the language model says of candidates.

    It keeps silent where no likely one holds language: it has no say in whether a cell of a table reads 4 or 山.

    Args:
        language: the model.
        texts: N candidates.
        own: float64 [N], log P(text | picture) by the recogniser.

    Returns:
        float64 [N], nats; zeros where it keeps silent.
    """
    likely = own >= own.max(initial=-np.inf) - _LIKELY
    if not any(language.knows(text) for text, near in zip(texts, likely.tolist(), strict=True) if near):
        return np.zeros(len(texts))
    return language.advantage(texts)


def _nothing(reading: Recognition) -> Recognition:
    """The reading of a line that holds nothing of what alone may be read: no text, and what was read noted."""
    correction = Correction(reading.text, "", reading.confidence, 0.0, ())
    return Recognition("", -math.inf, 0.0, (), correction)


class Late(Generic[_Helper]):
    """What is loaded when it is first needed; what cannot be loaded is not tried again.

    Args:
        load: loads it.
    """

    def __init__(self, load: Callable[[], _Helper]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: _Helper | None = None
        self._error: LucidOcrError | None = None

    @property
    def error(self) -> LucidOcrError | None:
        """Why it could not be loaded."""
        return self._error

    def get(self) -> _Helper | None:
        """It, or None where it cannot be had."""
        with self._lock:
            if self._loaded is None and self._error is None:
                try:
                    self._loaded = self._load()
                except LucidOcrError as error:
                    self._error = error
            return self._loaded
