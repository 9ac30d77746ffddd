"""What speaks for each of several readings of a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Origin = Literal["recogniser", "alternatives", "spaces", "lexicon", "opinion", "mixture"]
"""Who proposed a text: the recogniser's best path, its next best texts, the language model's spaces, a lexicon, another
recogniser, or both recognisers, each in some places."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What each source says of a text; None where it was not asked.

    Attributes:
        recogniser: natural log of P(text | picture), by the CRNN.
        language: how much more the text is like language than a code of its length, nats; see
            :meth:`lucidocr.correct.language.LanguageModel.advantage`.
        lexicon: natural log of how much the lexicon prefers the text, see :class:`lucidocr.correct.lexicon.Lexicon`.
        opinion: natural log of P(text | picture), by the other recogniser.
    """

    recogniser: float
    language: float | None = None
    lexicon: float | None = None
    opinion: float | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A text that a line may hold, and all that speaks for it.

    Attributes:
        text: the text.
        origins: who proposed it.
        terms: what each source says of it.
        score: the terms weighed, natural log, up to a constant that all texts of the line share.
        probability: of this one among those compared, in [0, 1]; not calibrated.
    """

    text: str
    origins: tuple[Origin, ...]
    terms: Terms
    score: float
    probability: float


@dataclass(frozen=True, slots=True)
class Correction:
    """Several readings of a line compared.

    Attributes:
        before: what the recogniser read by itself.
        after: what is most probable, all considered; often the same.
        confidence_before: calibrated probability in [0, 1] that ``before`` is right, by the recogniser alone.
        confidence: calibrated probability in [0, 1] that ``after`` is right, all considered.
        hypotheses: the best ones, best first, and ``before`` in any case.
        asked: name of the other recogniser that was asked; empty for none.
    """

    before: str
    after: str
    confidence_before: float
    confidence: float
    hypotheses: tuple[Hypothesis, ...]
    asked: str = ""

    @property
    def changed(self) -> bool:
        """Whether the reading was corrected."""
        return self.after != self.before
