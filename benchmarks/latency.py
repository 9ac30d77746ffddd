"""How fast a line is read, beside PP-OCRv6-small's recogniser; results go to ``results/latency.json``.

``python -m benchmarks.latency`` runs the networks on the same drawn lines of 32 x 280 pixels (scaled to the 48 that the
other one takes), one line and 32 at once, on one and on two threads. Rounds are interleaved, so that what slows the
machine slows all alike, and a ratio is taken within its round. All run under the same settings of ONNX Runtime. Cold
start and peak memory are those of fresh processes. ``--quick`` sees in seconds that it works.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.reading import RESULTS
from lucidocr.model import RECOGNISE, load_model
from lucidocr.preprocess import LINE_HEIGHT, to_batch
from lucidocr.recognise import RECOGNISE_INT8
from lucidocr.session import Session
from lucidocr.types import FloatArray, ImageArray

PEER = "PP-OCRv6-small"
_PEER_GRAPH = "PP-OCRv6_rec_small.onnx"
_PEER_HEIGHT = 48
OWN = {"lucidocr fp32": RECOGNISE, "lucidocr int8": RECOGNISE_INT8}
CONTENDERS = (PEER, *OWN)
WIDTH = 280
BATCHES = (1, 32)
THREADS = (1, 2)

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of a figure."""

    median: float
    lower: float
    upper: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least two values, three digits after the point."""
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(round(median, 3), round(lower, 3), round(upper, 3))


@dataclass(frozen=True, slots=True)
class Timing:
    """One network under one load.

    Attributes:
        name: one of :data:`CONTENDERS`.
        threads: that a run may use.
        lines: at once.
        ms: milliseconds of wall clock for all of them.
        ratio: how many times as long the peer takes, within the same round.
    """

    name: str
    threads: int
    lines: int
    ms: Spread
    ratio: Spread


@dataclass(frozen=True, slots=True)
class Start:
    """A fresh process that loads a network and runs it once, on one thread.

    Attributes:
        name: one of :data:`CONTENDERS`.
        load_ms: reading the file and building the session.
        first_ms: the first run.
        peak_mb: largest resident memory of the process, MiB, Python and NumPy included.
    """

    name: str
    load_ms: float
    first_ms: float
    peak_mb: float


def draw_lines(count: int) -> list[ImageArray]:
    """Lines of 32 x 280 pixels, dark on light, full of text, no two alike."""
    font = ImageFont.load_default(22)
    lines = []
    for number in range(count):
        line = Image.new("L", (WIDTH, LINE_HEIGHT), 240)
        ImageDraw.Draw(line).text((6, 2), f"Invoice No. {38105 + 97 * number} / 2024", fill=20, font=font)
        lines.append(np.asarray(line, np.uint8))
    return lines


def peer_input(lines: Sequence[ImageArray]) -> FloatArray:
    """float32 [B, 3, 48, W] in [-1, 1]: what the peer makes of grey lines of one size."""
    width = round(lines[0].shape[1] * _PEER_HEIGHT / lines[0].shape[0])
    scaled = np.stack([cv2.resize(line, (width, _PEER_HEIGHT)) for line in lines]).astype(np.float32)
    return np.repeat(scaled[:, None] / np.float32(127.5) - 1, 3, axis=1)


def load(name: str, threads: int) -> Callable[[int], Run]:
    """Load a network; what is returned makes a run on so many lines."""
    if name == PEER:
        path = Path(str(resources.files("rapidocr") / "models" / _PEER_GRAPH))
        session = Session(path.read_bytes(), threads=threads, arena=True)
        (key,) = session.inputs
        return lambda count: _bound(session, {key: peer_input(draw_lines(count))})
    session = Session(load_model().read_part(OWN[name]), threads=threads, arena=True)
    return lambda count: _bound(session, dict(zip(("images", "widths"), to_batch(draw_lines(count)), strict=True)))


def _bound(session: Session, feeds: Mapping[str, np.ndarray]) -> Run:
    return lambda: session.run(feeds)


def interleave(runs: Mapping[str, Run], *, rounds: int, repeats: int) -> dict[str, list[float]]:
    """Milliseconds of every run, round by round.

    Args:
        runs: by name; each is called twice before it counts.
        rounds: how many.
        repeats: calls in a row in a round, which counts with their mean.
    """
    for run in runs.values():
        run()
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            began = time.perf_counter()
            for _ in range(repeats):
                run()
            times[name].append(1000 * (time.perf_counter() - began) / repeats)
    return times


def timings(threads: int, lines: int, *, rounds: int) -> list[Timing]:
    """All contenders under one load."""
    runs = {name: load(name, threads)(lines) for name in CONTENDERS}
    times = interleave(runs, rounds=rounds, repeats=max(1, 20 // lines))
    return [
        Timing(
            name, threads, lines, Spread.of(times[name]),
            Spread.of([peer / own for peer, own in zip(times[PEER], times[name], strict=True)]),
        )
        for name in CONTENDERS
    ]  # fmt: skip


def start_here(name: str) -> Start:
    """Load and run a network in this process, which should be fresh."""
    began = time.perf_counter()
    make = load(name, 1)
    loaded = time.perf_counter()
    run = make(1)
    ready = time.perf_counter()
    run()
    done = time.perf_counter()
    return Start(name, 1000 * (loaded - began), 1000 * (done - ready), peak_mb())


def peak_mb() -> float:
    """Largest resident memory that this process has had, MiB (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def starts(*, rounds: int) -> list[Start]:
    """Medians over fresh processes, the contenders in turn."""
    seen: dict[str, list[Start]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name in CONTENDERS:
            command = [sys.executable, "-m", "benchmarks.latency", "--start", name]
            done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - this program
            seen[name].append(Start(**json.loads(done.stdout)))
    return [
        Start(
            name,
            *(
                round(statistics.median(getattr(one, part) for one in found), 1)
                for part in ("load_ms", "first_ms", "peak_mb")
            ),
        )
        for name, found in seen.items()
    ]


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few rounds, and nothing is written")
    parser.add_argument("--start", choices=CONTENDERS, help="only load and run this one, once")
    options = parser.parse_args()
    if options.start:
        print(json.dumps(asdict(start_here(options.start))))
        return
    rounds = 2 if options.quick else 40
    found = [one for threads in THREADS for lines in BATCHES for one in timings(threads, lines, rounds=rounds)]
    for timing in found:
        print(
            f"{timing.name:15} {timing.threads} threads {timing.lines:2} lines {timing.ms.median:8.2f} ms, "
            f"{timing.ratio.median:5.2f} times as fast ({timing.ratio.lower:.2f} to {timing.ratio.upper:.2f})"
        )
    fresh = starts(rounds=1 if options.quick else 7)
    for start in fresh:
        print(f"{start.name:15} loads in {start.load_ms:.0f} ms, runs in {start.first_ms:.0f}, {start.peak_mb:.0f} MiB")
    if not options.quick:
        result = {
            "machine": platform.machine(),
            "timings": [asdict(one) for one in found],
            "starts": [asdict(one) for one in fresh],
        }
        (RESULTS / "latency.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
