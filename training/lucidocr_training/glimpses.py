"""What the attention head learns from: places of read characters on frozen feature maps, and what the CTC says of them.

Maps are kept in half precision, all lines of a collection side by side, so that twenty thousand lines take a gigabyte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from random import Random
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lucidocr.align import Stay, margin_of
from lucidocr.charset import Charset
from lucidocr.decode import best_path, strip
from lucidocr.places import Places, weigh_places
from lucidocr.preprocess import LINE_HEIGHT, normalise_line, to_batch
from lucidocr.preprocess.band import kept_rows
from lucidocr.trellis import make_trellis
from lucidocr.types import STRIDE, FloatArray, Frames, ImageArray
from lucidocr_training.network import Network
from lucidocr_training.real import RealLine
from lucidocr_training.synthesis import SyntheticLine

RIVALS: Final = 8
"""Most probable classes of a place that are kept; the rest hold next to nothing."""

ROWS: Final = 4
"""Rows of the feature maps."""

ACTIVE_LOGIT: Final = 6.9
"""Frames whose blank logit is below this are read: P(not blank) above 1e-3, enough for what is to be mimicked."""

_WIDEST: Final = 1400
_COLUMNS: Final = 12_288


class Scene(NamedTuple):
    """A normalised line.

    Attributes:
        image: uint8 [32, W].
        text: what it says; empty where only the reading is wanted.
        boxes: float32 [K, 4], left, top, right, bottom of the text's characters, pixels of ``image``; empty where
            unknown.
    """

    image: ImageArray
    text: str
    boxes: FloatArray


def synthetic_scene(line: SyntheticLine) -> Scene:
    """A synthetic line with its boxes."""
    image = normalise_line(line.pixels)
    first, last = kept_rows(line.pixels)
    across, down = image.shape[1] / line.pixels.shape[1], LINE_HEIGHT / (last - first)
    boxes = (line.boxes - np.array((0, first, 0, first), np.float32)) * np.array((across, down) * 2, np.float32)
    return Scene(image, line.text, boxes.astype(np.float32))


def real_scene(line: RealLine) -> Scene:
    """A real line: nobody knows its boxes."""
    return Scene(normalise_line(line.pixels), "", np.zeros((0, 4), np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Glimpses:
    """N characters on lines of S frames in all.

    Attributes:
        maps: float16 [S, 4, C2], the tap at height 4 of all lines, one after the other.
        first: int64 [N], frame at which a character's line begins among them.
        length: int64 [N], frames of its line.
        centre: float32 [N], its place, frames of its line.
        deviation: float32 [N], standard deviation of the place, frames.
        rivals: int64 [N, 8], the most probable classes there, best first.
        shares: float32 [N, 8], their probabilities; they add up to one.
        read: int64 [N], the class that the CTC reads.
        box: float32 [N, 4], left, top, right, bottom in frames and rows; NaN where it is unknown or misread.
    """

    maps: Tensor
    first: Tensor
    length: Tensor
    centre: Tensor
    deviation: Tensor
    rivals: Tensor
    shares: Tensor
    read: Tensor
    box: Tensor

    def __len__(self) -> int:
        return len(self.read)


@torch.no_grad()
def collect(network: Network, charset: Charset, scenes: Iterable[Scene]) -> Glimpses:
    """Run the network over lines and keep what the head needs.

    Args:
        network: the trained network, ready to read.
        charset: its alphabet.
        scenes: the lines; too wide ones are passed over.

    Raises:
        ValueError: no character is read on any of them.
    """
    maps: list[Tensor] = []
    rows: list[_Row] = []
    start = 0
    for group in _by_width(scene for scene in scenes if scene.image.shape[1] <= _WIDEST):
        images, widths = to_batch([scene.image for scene in group])
        features = network(torch.from_numpy(images), torch.from_numpy(widths))
        for line, scene in enumerate(group):
            count = int(widths[line]) // STRIDE
            frames = _frames(network, features.blank[line, :count], features.bottleneck[line, :count])
            maps.append(features.height4[line, :, :, :count].permute(2, 1, 0).half())
            rows += _rows(frames, charset, scene, start)
            start += count
    if not rows:
        raise ValueError("nothing is read on these lines")
    columns = [torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)]
    return Glimpses(torch.cat(maps), *columns)


class _Row(NamedTuple):
    """One character; see :class:`Glimpses`."""

    first: np.int64
    length: np.int64
    centre: np.float32
    deviation: np.float32
    rivals: NDArray[np.int64]
    shares: FloatArray
    read: np.int64
    box: FloatArray


def _rows(frames: Frames, charset: Charset, scene: Scene, start: int) -> Iterator[_Row]:
    labels = [run.label for run in strip(best_path(frames), charset)]
    if not labels:
        return
    trellis = make_trellis(frames, labels, margin=margin_of(charset))
    stay = Stay.of(trellis.occupancy)
    rivals, shares = _rivals(weigh_places(frames, trellis, ranked=RIVALS))
    boxes = _boxes(charset.decode(labels), scene)
    for place, label in enumerate(labels):
        yield _Row(
            np.int64(start), np.int64(len(frames)), np.float32(stay.centres[place]),
            np.float32(stay.deviations[place]), rivals[place], shares[place], np.int64(label), boxes[place],
        )  # fmt: skip


def _boxes(reading: str, scene: Scene) -> FloatArray:
    """float32 [K, 4], in frames and rows, of the characters of a reading that match the text; NaN for the others."""
    boxes = np.full((len(reading), 4), np.nan, np.float32)
    if len(scene.boxes):
        for block in SequenceMatcher(None, reading, scene.text, autojunk=False).get_matching_blocks():
            boxes[block.a : block.a + block.size] = scene.boxes[block.b : block.b + block.size]
    return np.asarray(boxes / np.array((STRIDE, LINE_HEIGHT / ROWS) * 2), dtype=np.float32)


def _rivals(places: Places) -> tuple[NDArray[np.int64], FloatArray]:
    """int64 [K, 8] and float32 [K, 8], the most probable classes of each place and their shares in these."""
    missing = max(RIVALS - len(places.candidates), 0)
    best = np.argsort(-places.log_candidates, axis=1)[:, :RIVALS]
    best = np.hstack([best, np.repeat(best[:, :1], missing, axis=1)])
    logs = np.take_along_axis(places.log_candidates, best, axis=1)
    powers = np.exp(logs - logs[:, :1])
    powers[:, RIVALS - missing :] = 0.0
    return places.candidates[best], (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _frames(network: Network, blank: Tensor, bottleneck: Tensor) -> Frames:
    """What the reading graph gives for one line."""
    active = torch.nonzero(blank < ACTIVE_LOGIT)[:, 0]
    return Frames(
        log_blank=torch.nn.functional.logsigmoid(blank).numpy(),
        log_other=torch.nn.functional.logsigmoid(-blank).numpy(),
        active=active.numpy(),
        log_chars=network.class_logits(bottleneck[active]).log_softmax(-1).numpy(),
        pixels_per_frame=float(STRIDE),
        width=STRIDE * len(blank),
    )


def _by_width(scenes: Iterable[Scene]) -> Iterator[Sequence[Scene]]:
    """Groups of lines of like width, each of about so many columns."""
    group: list[Scene] = []
    for scene in sorted(scenes, key=lambda one: one.image.shape[1]):
        if group and (len(group) + 1) * scene.image.shape[1] > _COLUMNS:
            yield group
            group = []
        group.append(scene)
    if group:
        yield group


def shuffled(count: int, size: int, rng: Random) -> Iterator[Tensor]:
    """Numbers 0 to ``count`` in random order, ``size`` at a time."""
    order = list(range(count))
    rng.shuffle(order)
    for start in range(0, count, size):
        yield torch.tensor(order[start : start + size])
