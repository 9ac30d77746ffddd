"""The reader of a service: lines of all requests go through one queue, and pages are looked at one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from lucidocr.detect import Detector, PaddleDetector
from lucidocr.gathering import Gatherer, Gathering
from lucidocr.pipeline import Reader
from lucidocr.recognise import Recogniser
from lucidocr.serve.metrics import Metrics
from lucidocr.serve.settings import Settings
from lucidocr.threads import available_cores
from lucidocr.types import FloatArray, PageImage

PAGES: Final = 1
"""Pages that lines are looked for in at once, on all threads: each takes hundreds of megabytes while it is."""


def make_reader(settings: Settings, metrics: Metrics) -> Reader:
    """The reader that a service's settings describe.

    Raises:
        MissingPartError, ModelError, OptionError: as :class:`lucidocr.pipeline.Reader`.
    """
    threads = settings.threads or available_cores()
    detector = OneByOne(lambda: PaddleDetector(threads=threads))
    if not settings.batching:
        return Reader(settings.model, threads=threads, precision=settings.precision, detector=detector)
    gathering = Gathering(
        lanes=settings.lanes or threads,
        wait=settings.batch_wait,
        queue=4 * settings.queue,
        deadline=settings.request_seconds,
    )

    def gather(recogniser: Recogniser) -> Gatherer:
        return Gatherer(recogniser, gathering, observe=metrics.ran)

    return Reader(settings.model, threads=threads, precision=settings.precision, detector=detector, gather=gather)


class OneByOne:
    """A detector that is made with the first page, and works on ``PAGES`` pages at once; the others wait.

    Args:
        make: makes the detector itself.
    """

    def __init__(self, make: Callable[[], Detector]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(PAGES)
        self._detector: Detector | None = None

    def find(self, page: PageImage) -> list[FloatArray]:
        """See :meth:`lucidocr.detect.Detector.find`."""
        with self._lock:
            if self._detector is None:
                self._detector = self._make()
        with self._slots:
            return self._detector.find(page)
