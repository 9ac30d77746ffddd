"""What it costs and saves to compute the class layer only on frames that may hold a character.

``python -m benchmarks.skipping DIR`` reads lines of the ``tune`` parts with ``explain.onnx``, which computes every
frame, then leaves out frames under a range of thresholds, and compares log P(text) with nothing left out. It also
compares ``recognise.onnx`` as shipped. Results go to ``results/skipping.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.reading import RESULTS, SETS
from lucidocr.decode import best_path, strip
from lucidocr.evaluate import load_dataset
from lucidocr.io import load
from lucidocr.model import Model, load_model
from lucidocr.preprocess import normalise_line, to_batch, to_grey
from lucidocr.recognise import Recogniser
from lucidocr.session import Session
from lucidocr.trellis import log_probability
from lucidocr.types import STRIDE, Frames, ImageArray

THRESHOLDS = (1e-1, 1e-2, 1e-3, 1e-4, 2e-5, 1e-5, 1e-6)
LINES_OF_A_SET = 40


@dataclass(frozen=True, slots=True)
class Effect:
    """What one threshold does.

    Attributes:
        threshold: P(not blank) under which a frame is left out; "shipped" for ``recognise.onnx`` as it is.
        active: share of frames that remain.
        mean_nats: mean loss of log P(text).
        worst_nats: largest loss of log P(text).
        changed: lines whose text is another one.
        lines: lines compared.
    """

    threshold: float | str
    active: float
    mean_nats: float
    worst_nats: float
    changed: int
    lines: int


def whole_frames(session: Session, line: ImageArray) -> Frames:
    """All frames of a line image, none left out."""
    images, widths = to_batch([normalise_line(line)])
    log_blank, log_other, log_chars = session.run(
        {"images": images, "widths": widths}, ("log_blank", "log_other", "log_chars")
    )
    count = int(widths[0]) // STRIDE
    active = np.arange(count, dtype=np.int64)
    return Frames(log_blank[0], log_other[0], active, log_chars[0], line.shape[1] / count, line.shape[1])


def without_quiet(frames: Frames, threshold: float) -> Frames:
    """The same frames with the class layer only where P(not blank) is at least ``threshold``."""
    kept = np.flatnonzero(frames.log_other >= np.log(threshold))
    return Frames(
        frames.log_blank, frames.log_other, kept, frames.log_chars[kept], frames.pixels_per_frame, frames.width
    )


def effect(threshold: float | str, pairs: Iterable[tuple[Frames, Frames]], model: Model) -> Effect:
    """Compare lines whole and with frames left out."""
    losses, active, total, changed = [], 0, 0, 0
    for whole, partial in pairs:
        labels, others = ([run.label for run in strip(best_path(frames), model.charset)] for frames in (whole, partial))
        losses.append(log_probability(whole, labels) - log_probability(partial, labels))
        changed += others != labels
        active += len(partial.active)
        total += len(partial)
    return Effect(threshold, active / total, float(np.mean(losses)), float(np.max(losses)), changed, len(losses))


def sample(folder: Path) -> Iterator[ImageArray]:
    """Grey line images of the tune parts."""
    for name in SETS:
        for line in load_dataset(folder / name, "tune").sample(LINES_OF_A_SET).lines:
            yield to_grey(load(line.path).pixels)


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    model = load_model()
    session = Session(model.read_part("explain.onnx"), threads=1)
    recogniser = Recogniser(model, threads=1)
    images = list(sample(parser.parse_args().folder))
    wholes = [whole_frames(session, image) for image in images]
    effects = [
        effect(threshold, ((whole, without_quiet(whole, threshold)) for whole in wholes), model)
        for threshold in THRESHOLDS
    ]
    shipped = [recogniser.frames([image])[0] for image in images]
    effects.append(effect("shipped", zip(wholes, shipped, strict=True), model))
    records = [asdict(one) for one in effects]
    (RESULTS / "skipping.json").write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    for record in records:
        print(record)


if __name__ == "__main__":
    main()
