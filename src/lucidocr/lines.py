"""Line images in, readings out: the recogniser, what mends pictures, and what corrects readings, composed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lucidocr.calibration import Calibration
from lucidocr.charset import Charset
from lucidocr.correct.corrector import AT_ONCE, Correcting, Corrector, Doubt
from lucidocr.decode import read_frames
from lucidocr.gathering import Gatherer
from lucidocr.prepare import Preprocess, Reading, in_original, is_surer, prepare, wants_preparing
from lucidocr.preprocess import to_grey
from lucidocr.preprocess.plan import Plan
from lucidocr.recognise import Recogniser
from lucidocr.types import ImageArray, Recognition

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNSURE_AT_ONCE: Final = AT_ONCE
"""Lines that are held in memory to be read again at once."""


class LineReader:
    """Reads line images; one serves any number of threads.

    Args:
        recogniser: the network.
        charset: its alphabet.
        calibration: of its probabilities.
        plan: which steps may mend a picture; None where the model has none, and none is tried.
        corrector: compares doubtful readings with others.
    """

    def __init__(
        self,
        recogniser: Recogniser | Gatherer,
        charset: Charset,
        calibration: Calibration,
        plan: Plan | None,
        corrector: Corrector,
    ) -> None:
        self._recogniser = recogniser
        self._charset = charset
        self._calibration = calibration
        self._plan = plan
        self._corrector = corrector

    def is_doubtful(self, reading: Recognition, correcting: Correcting, preprocess: Preprocess) -> bool:
        """Whether anything else than the recogniser by itself has a say in a line that it reads like this."""
        return wants_preparing(self._plan, reading, preprocess) or self._corrector.doubts(reading, correcting)

    def read(self, images: Sequence[ImageArray], correcting: Correcting, preprocess: Preprocess) -> list[Recognition]:
        """Read line images, batched by width.

        Args:
            images: uint8 [h, w] grey or [h, w, 3] RGB each, of any size.
            correcting: what helps with doubtful lines.
            preprocess: whether their pictures are mended first.

        Returns:
            A reading for every image, in the order given; its text is empty where there is none.

        Raises:
            InputError: something else than such an array.
        """
        readings: dict[int, Recognition] = {}
        unsure: dict[int, Reading] = {}
        for number, reading in self._stream(images):
            readings[number] = reading.recognition
            if self.is_doubtful(reading.recognition, correcting, preprocess):
                unsure[number] = reading
            if len(unsure) == _UNSURE_AT_ONCE:
                readings |= self._settle(unsure, correcting, preprocess)
                unsure = {}
        readings |= self._settle(unsure, correcting, preprocess)
        return [readings[number] for number in range(len(images))]

    def _stream(self, images: Sequence[ImageArray]) -> Iterator[tuple[int, Reading]]:
        """The recogniser's own readings, batch by batch."""
        for number, frames in self._recogniser.stream(images):
            grey = to_grey(images[number])
            read = read_frames(frames, self._charset, grey, calibration=self._calibration)
            yield number, Reading(grey, frames, read)

    def _read(self, images: Sequence[ImageArray], /) -> list[Reading]:
        found = dict(self._stream(images))
        return [found[number] for number in range(len(images))]

    def _settle(
        self, lines: dict[int, Reading], correcting: Correcting, preprocess: Preprocess
    ) -> dict[int, Recognition]:
        """Readings of doubtful lines, all considered: corrected first, and mended where they are still in doubt."""
        readings = self._corrected(lines, correcting)
        if self._plan is None:
            return readings
        unsure = {
            number: line for number, line in lines.items() if wants_preparing(self._plan, readings[number], preprocess)
        }
        kept = prepare(self._plan, unsure, self._read)
        mended = {number: line for number, line in kept.items() if line.pixels is not lines[number].pixels}
        again = self._corrected(mended, correcting)
        for number, line in kept.items():
            reading, preparation = readings[number], line.recognition.preparation
            if number in again and is_surer(again[number], reading):
                reading = in_original(again[number], line.pixels, lines[number].pixels)
            elif preparation is not None:
                preparation = replace(preparation, chosen=())
            readings[number] = replace(reading, preparation=preparation)
        return readings

    def _corrected(self, lines: dict[int, Reading], correcting: Correcting) -> dict[int, Recognition]:
        """Readings compared with others, where they are doubtful."""
        doubts = {
            number: Doubt(line.frames, line.pixels, line.recognition)
            for number, line in lines.items()
            if self._corrector.doubts(line.recognition, correcting)
        }
        corrected = self._corrector.correct(list(doubts.values()), correcting)
        return {number: line.recognition for number, line in lines.items()} | dict(zip(doubts, corrected, strict=True))
