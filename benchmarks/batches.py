"""Batches to measure: drawn pages, the command line on them, and how it bears being killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lucidocr.batch.store import OWN

_FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_WORDS = ("发票", "合计", "金额", "Invoice", "total", "2024", "38105.50", "date", "日期", "公司", "No.")
_PATIENCE = 120.0
"""Seconds after which a process that is waited for has hung."""


def draw_pages(folder: Path, count: int, *, lines: int, seed: int = 0) -> None:
    """Draw pages of words, each on a picture of its own.

    Args:
        folder: for ``0000/0000.png`` and so on, a hundred pages to a folder.
        count: of pages.
        lines: of a page.
        seed: which words.
    """
    chance = random.Random(seed)  # noqa: S311  (words to draw)
    font = ImageFont.truetype(_FONT, 22) if _FONT.is_file() else ImageFont.load_default(22)
    words = _WORDS if _FONT.is_file() else tuple(word for word in _WORDS if word.isascii())
    for number in range(count):
        page = Image.new("L", (500, 40 * lines + 40), 255)
        pen = ImageDraw.Draw(page)
        for line in range(lines):
            pen.text((20, 20 + 40 * line), " ".join(chance.choices(words, k=4)), fill=0, font=font)
        path = folder / f"{number // 100:04}" / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.save(path)


def command(pages: Path, output: Path, *options: str) -> list[str]:
    """The command line that reads a folder of pages."""
    return [sys.executable, "-m", "lucidocr", "batch", str(pages), "--output", str(output), *options]


def run(arguments: Sequence[str]) -> float:
    """Run a command to its end; returns the seconds that it took.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    began = time.perf_counter()
    subprocess.run(arguments, check=True, stderr=subprocess.PIPE)  # noqa: S603  (our own command)
    return time.perf_counter() - began


def run_watched(arguments: Sequence[str]) -> tuple[float, float, float]:
    """Run a command to its end.

    Returns:
        The seconds that it took, the most memory of its process, and the most of one that it has started, MiB (Linux).

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    own = workers = 0.0
    began = time.perf_counter()
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as process:  # noqa: S603  (our own command)
        while process.poll() is None:
            own = max(own, _peak_mb(process.pid))
            workers = max([workers, *map(_peak_mb, _children(process.pid))])
            time.sleep(0.2)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return time.perf_counter() - began, own, workers


@dataclass(frozen=True, slots=True)
class KillTrial:
    """A batch that was killed several times, beside one that was left alone.

    Attributes:
        pages: to read.
        kills: how many documents the journal held at each kill.
        identical: whether both wrote the same files, byte for byte.
        twice: documents that the journal has more than once.
        left: processes that outlived a kill.
    """

    pages: int
    kills: tuple[int, ...]
    identical: bool
    twice: int
    left: int


def kill_trial(pages: Path, work: Path, *options: str, kills: int = 3, seed: int = 0) -> KillTrial:
    """Kill a batch (signal 9) at random moments, go on with it, and compare.

    Args:
        pages: folder of pages.
        work: for the outputs.
        options: of the command line.
        kills: how often.
        seed: when.
    """
    count = sum(1 for path in pages.rglob("*.png"))
    run(command(pages, work / "calm", *options))
    chance = np.random.default_rng(seed)
    moments = np.sort(chance.choice(np.arange(1, count - 1), size=kills, replace=False)).tolist()
    found, left = [], 0
    arguments = command(pages, work / "killed", "--resume", *options)
    for moment in moments:
        left += _kill_at(arguments, work / "killed", moment, float(chance.uniform(0, 0.2)))
        found.append(sum(_documents(work / "killed").values()))
    run(arguments)
    documents = _documents(work / "killed")
    identical = _files(work / "calm") == _files(work / "killed") and len(_files(work / "calm")) == count
    return KillTrial(count, tuple(found), identical, sum(number > 1 for number in documents.values()), left)


def _kill_at(arguments: Sequence[str], output: Path, moment: int, delay: float) -> int:
    """Kill a batch a moment after its journal holds a number of documents; returns the processes that outlive it."""
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as process:  # noqa: S603  (our own command)
        began, before = time.monotonic(), 0
        while (done := sum(_documents(output).values())) < moment and process.poll() is None:
            if done > before:
                began, before = time.monotonic(), done
            _check(began)
            time.sleep(0.01)
        time.sleep(delay)
        workers = _children(process.pid)
        process.send_signal(signal.SIGKILL)
    began = time.monotonic()
    while any(map(_is_alive, workers)) and time.monotonic() - began < 5:
        time.sleep(0.05)
    return sum(map(_is_alive, workers))


def _check(began: float) -> None:
    if time.monotonic() - began > _PATIENCE:
        raise TimeoutError("the batch does not get on")


def _children(pid: int) -> list[int]:
    """Processes that a process has started (Linux)."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _peak_mb(pid: int) -> float:
    """Most resident memory that a process has had, MiB (Linux)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)


def _is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def _documents(output: Path) -> Counter[str]:
    """How often the journal says of each output that it is done; a last line that is cut off does not count."""
    path = output / OWN / "journal.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    return Counter(record["output"] for line in lines if "output" in (record := json.loads(line)))


def _files(output: Path) -> dict[str, bytes]:
    paths = (Path(folder) / name for folder, _, names in os.walk(output) for name in names)
    return {str(path.relative_to(output)): path.read_bytes() for path in paths if OWN not in path.parts}
