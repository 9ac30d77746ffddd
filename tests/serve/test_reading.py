"""The reader of a service."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lucidocr.errors import MissingPartError
from lucidocr.serve import Settings
from lucidocr.serve.metrics import Metrics
from lucidocr.serve.reading import OneByOne, make_reader
from lucidocr.types import FloatArray, PageImage
from tests.toy import CHARS, paint_line


@dataclass
class Counting:
    """A detector that finds nothing and notes how many pages it is given at once."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    inside: int = 0
    most: int = 0
    pages: int = 0

    def find(self, page: PageImage) -> list[FloatArray]:
        with self.lock:
            self.inside += 1
            self.pages += 1
            self.most = max(self.most, self.inside)
        threading.Event().wait(0.01)
        with self.lock:
            self.inside -= 1
        return []


@pytest.fixture
def page() -> PageImage:
    from lucidocr import io

    return io.load(paint_line("abc"))


def test_pages_are_looked_at_one_by_one_by_a_detector_that_is_made_once(page: PageImage) -> None:
    made: list[Counting] = []

    def make() -> Counting:
        made.append(Counting())
        return made[-1]

    detector = OneByOne(make)
    assert made == []
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detector.find, [page] * 24)) == [[]] * 24
    assert [(one.pages, one.most) for one in made] == [(24, 1)]


def test_a_detector_that_cannot_be_made_is_tried_again(page: PageImage) -> None:
    failures = [MissingPartError("no detector"), None]

    def make() -> Counting:
        failure = failures.pop(0)
        if failure:
            raise failure
        return Counting()

    detector = OneByOne(make)
    with pytest.raises(MissingPartError):
        detector.find(page)
    assert detector.find(page) == []


@pytest.mark.parametrize("batching", [True, False])
def test_a_service_reads_the_same_with_batching_and_without(toy_model: Path, batching: bool) -> None:
    metrics = Metrics()
    reader = make_reader(Settings(model=toy_model, batching=batching, lanes=2), metrics)
    texts = [CHARS[:n] for n in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda text: reader.read(paint_line(text), mode="line"), texts))
    assert [one.text for one in pages] == texts
    assert reader.waiting == 0
    assert (b"lucidocr_batch_lines_count 0.0" in metrics.exposed()) is not batching
