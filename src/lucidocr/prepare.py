"""Lines read as they are and after steps that may mend their picture; the more probable reading is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, get_args

from lucidocr.calibration import logit
from lucidocr.errors import OptionError
from lucidocr.model import Model
from lucidocr.preprocess.indicators import measure
from lucidocr.preprocess.plan import PREPROCESS, Plan, Proposal, parse_plan, take
from lucidocr.types import Attempt, Frames, ImageArray, Preparation, Recognition

Preprocess = Literal["off", "auto", "both"]
"""Whether the pictures of lines are mended before they are read: never; where a reading is doubtful and the plan knows
a step that may help; or wherever it knows one. A reading after steps is always compared with the one without."""

_CORRECTED_DOUBT: Final = 0.4
_CORRECTED_MARGIN: Final = 0.5
"""Confidence of a corrected reading from which on nothing more is tried, and logits by which a mended line must win
once both are corrected: chosen on tune lines, so that those in order lose nothing."""

_NOTHING: tuple[str, ...] = ()

PREPROCESSES: tuple[Preprocess, ...] = get_args(Preprocess)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A line image and what was read in it.

    Attributes:
        pixels: uint8 [h, w] grey.
        frames: what the network says of it.
        recognition: what it reads.
    """

    pixels: ImageArray
    frames: Frames
    recognition: Recognition


class Read(Protocol):
    """Reads line images, all of them at once."""

    def __call__(self, images: Sequence[ImageArray], /) -> Sequence[Reading]:
        """Readings in the order of the images."""


def check_preprocess(value: str) -> Preprocess:
    """The value, if it is one of the three.

    Raises:
        OptionError: it is not.
    """
    for known in PREPROCESSES:
        if value == known:
            return known
    raise OptionError(f"the preprocessing {value!r} is not one of {', '.join(PREPROCESSES)}")


def load_preprocessing(model: Model) -> Plan | None:
    """A model's plan; None where it has none.

    Raises:
        ModelError: the part is altered or not of the known form.
    """
    return parse_plan(model.read_part(PREPROCESS)) if PREPROCESS in model else None


def wants_preparing(plan: Plan | None, reading: Recognition, preprocess: Preprocess) -> bool:
    """Whether a reading is to be compared with others of the same line, mended."""
    if plan is None or preprocess == "off":
        return False
    doubt = plan.doubt if reading.correction is None else min(plan.doubt, _CORRECTED_DOUBT)
    return preprocess == "both" or reading.confidence < doubt


def prepare(plan: Plan, lines: Mapping[int, Reading], read: Read) -> dict[int, Reading]:
    """Read lines again after the steps that the plan proposes for each.

    Args:
        plan: of the model that reads.
        lines: readings of the pictures as they are, by any number.
        read: reads line images.

    Returns:
        For every line for which the plan knows a step, the reading that is kept; its recognition says what was tried.
        Frames and spans are in pixels of its own picture, see :func:`in_original`.
    """
    found = {number: measure(line.pixels) for number, line in lines.items()}
    tried = [(number, proposal) for number in lines for proposal in plan.proposals(found[number])]
    pictures = [take(lines[number].pixels, proposal.steps, found[number]) for number, proposal in tried]
    answers = read(pictures)
    by_line: dict[int, list[tuple[Proposal, Reading]]] = {}
    for (number, proposal), answer in zip(tried, answers, strict=True):
        by_line.setdefault(number, []).append((proposal, answer))
    return {number: _kept(plan, lines[number], attempts) for number, attempts in by_line.items()}


def _kept(plan: Plan, line: Reading, attempts: Sequence[tuple[Proposal, Reading]]) -> Reading:
    """The most probable reading; a mended one must win by its steps' margin."""
    best, chosen = line, _NOTHING
    highest = logit(line.recognition.confidence)
    for proposal, answer in attempts:
        value = logit(answer.recognition.confidence) - plan.margin(proposal.steps)
        if value > highest and answer.recognition.text:
            best, chosen, highest = answer, proposal.steps, value
    preparation = Preparation(
        before=line.recognition.text,
        confidence_before=line.recognition.confidence,
        attempts=tuple(
            Attempt(proposal.steps, proposal.reason, answer.recognition.text, answer.recognition.confidence)
            for proposal, answer in attempts
        ),
        chosen=chosen,
    )
    return replace(best, recognition=replace(best.recognition, preparation=preparation))


def is_surer(mended: Recognition, other: Recognition) -> bool:
    """Whether a mended line, corrected, is read more surely than the line as it is, corrected.

    Where neither was corrected, the plan's margins have decided already.
    """
    if mended.correction is None and other.correction is None:
        return True
    return logit(mended.confidence) > logit(other.confidence) + _CORRECTED_MARGIN


def in_original(recognition: Recognition, mended: ImageArray, original: ImageArray) -> Recognition:
    """A reading of a mended picture, its places in pixels of the picture as it came: steps keep or double widths."""
    scale = original.shape[1] / mended.shape[1]
    if scale == 1.0:
        return recognition
    spans = tuple(replace(span, left=span.left * scale, right=span.right * scale) for span in recognition.spans)
    return replace(recognition, spans=spans)
