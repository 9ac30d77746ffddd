"""What was done to the picture of a line before it was read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """A line read after some steps.

    Attributes:
        steps: names of the steps, in the order in which they were taken.
        reason: why they were tried: what was measured, and what is usual.
        text: what was read then.
        confidence: calibrated probability in [0, 1] that this text is right, by the recogniser alone.
    """

    steps: tuple[str, ...]
    reason: str
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Preparation:
    """Readings of a line as it is and after steps, compared.

    Attributes:
        before: what the recogniser read in the picture as it is.
        confidence_before: calibrated probability in [0, 1] that this is right.
        attempts: what was tried, the most promising first.
        chosen: the steps whose reading was kept; none where the picture as it is was kept.
    """

    before: str
    confidence_before: float
    attempts: tuple[Attempt, ...]
    chosen: tuple[str, ...]
