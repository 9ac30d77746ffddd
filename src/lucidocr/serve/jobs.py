"""Batches: documents that are read one after another while their sender asks how far they are.

Everything is kept in memory, only so much of it, and only for so long: what expires or is taken back is gone.
"""

from __future__ import annotations

import secrets
import sys
import threading
import time
import traceback
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

import numpy as np

from lucidocr import io
from lucidocr.correct.display import normalise_page
from lucidocr.errors import BusyError, JobError, LucidOcrError, TooLargeError
from lucidocr.evidence import ExplainingReader
from lucidocr.export import FORMATS, Sheet
from lucidocr.serve.audit import Audit, inputs_of, readings_of, summary
from lucidocr.serve.fields import BatchOptions
from lucidocr.serve.pictures import check_shape
from lucidocr.serve.requests import Picture
from lucidocr.serve.settings import Settings
from lucidocr.types import Page, PageImage

State = Literal["waiting", "reading", "done"]

_BLANK: Final = PageImage(np.full((1, 1, 3), 255, np.uint8))
"""Stands for a page's picture in formats that do not show it."""


@dataclass(slots=True, eq=False)
class Document:
    """One document of a batch.

    Attributes:
        source: the name that its sender gave it.
        data: its file.
        pages: what has been read of it.
        state: how far it is.
        error: why it could not be read to its end; None where it could.
    """

    source: str
    data: bytes
    pages: list[Page] = field(default_factory=list)
    state: State = "waiting"
    error: LucidOcrError | None = None

    def sheets(self, options: BatchOptions, max_pixels: int, *, drawn: bool) -> Iterator[Sheet]:
        """Its pages with their pictures, decoded anew, or with blank ones where they are not drawn."""
        if not drawn:
            yield from (Sheet(_BLANK, page) for page in self.pages)
            return
        images = io.documents(
            self.data, pages=options.pages, pdf_text=options.pdf_text, max_pixels=max_pixels, name=self.source
        )
        for image, page in zip(images, self.pages, strict=False):
            yield Sheet(image, page)


@dataclass(slots=True, eq=False)
class Job:
    """A batch.

    Attributes:
        id: which nobody guesses.
        owner: identifier of the key that it was sent with; None without one.
        documents: in the order in which they came.
        options: how they are read.
        created: when it came, UTC.
        began: when it came, as of :func:`time.monotonic`.
        state: how far it is.
        expires: when it is forgotten, as of :func:`time.monotonic`; None while it is not done.
    """

    documents: list[Document]
    options: BatchOptions
    owner: str | None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    state: State = "waiting"
    expires: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """Until it is forgotten; None while it is not done."""
        return None if self.expires is None else max(0.0, self.expires - time.monotonic())

    @property
    def size(self) -> int:
        """Bytes of its documents."""
        return sum(len(document.data) for document in self.documents)


class Jobs:
    """The batches of one service, read by a thread of its own, which is started with the first.

    Args:
        settings: how many and how large they may be, and how long they are kept.
        reader: reads.
        audit: notes what was read.
    """

    def __init__(self, settings: Settings, reader: ExplainingReader, audit: Audit) -> None:
        self._settings = settings
        self._reader = reader
        self._audit = audit
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: deque[Job] = deque()
        self._change = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def add(self, pictures: Sequence[Picture], options: BatchOptions, owner: str | None) -> Job:
        """Take on a batch.

        Raises:
            BusyError: there are as many as are kept, or they are as large.
        """
        job = Job([Document(one.source, one.data) for one in pictures], options, owner)
        with self._change:
            self._forget_expired()
            size = job.size + sum(one.size for one in self._jobs.values())
            if len(self._jobs) >= self._settings.jobs or size > self._settings.jobs_bytes or self._closed:
                raise BusyError(
                    "the service keeps as many batches as it can",
                    remedy="Take back those that are done, or try again in a while.",
                    retry_after=30,
                )
            self._jobs[job.id] = job
            self._waiting.append(job)
            self._start()
            self._change.notify_all()
        return job

    def find(self, identifier: str, owner: str | None) -> Job:
        """A batch of the one who sent it.

        Raises:
            JobError: there is none, or none any more.
        """
        with self._change:
            self._forget_expired()
            job = self._jobs.get(identifier)
        if job is None or job.owner != owner:
            raise JobError("there is no such batch")
        return job

    def remove(self, identifier: str, owner: str | None) -> Job:
        """Take back a batch: it is forgotten at once, and its reading ends with the page at hand.

        Raises:
            JobError: there is none.
        """
        job = self.find(identifier, owner)
        with self._change:
            self._forget(job)
            self._change.notify_all()
        return job

    def read(self, job: Job, number: int) -> Document:
        """A document that has been read.

        Raises:
            JobError: there is no such document, or it has not been read yet.
            LucidOcrError: why it could not be read.
        """
        if not 0 <= number < len(job.documents):
            raise JobError(f"there is no document {number}", remedy=f"The batch has {len(job.documents)}, from 0 on.")
        document = job.documents[number]
        if document.state != "done":
            raise JobError(f"the document {number} is not read yet", remedy="Ask again in a while.", retry_after=1)
        if document.error is not None:
            raise document.error
        return document

    def export(self, job: Job, number: int, form: str) -> Iterator[bytes]:
        """A document in a format of :data:`lucidocr.export.FORMATS`; errors as :meth:`read`."""
        document = self.read(job, number)
        drawn = FORMATS[form].binary
        return FORMATS[form].write(document.sheets(job.options, self._settings.max_pixels, drawn=drawn))

    def close(self) -> None:
        """Forget all batches and end the threads."""
        with self._change:
            self._closed = True
            for job in list(self._jobs.values()):
                self._forget(job)
            self._change.notify_all()
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self) -> None:
        """Start the threads, in the process that has something for them to do."""
        if not self._threads:
            for work in (self._read_all, self._forget_all):
                thread = threading.Thread(target=work, name=f"lucidocr-jobs{work.__name__}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forget_all(self) -> None:
        """Forget what expires when it does."""
        with self._change:
            while not self._closed:
                self._forget_expired()
                ends = [job.expires for job in self._jobs.values() if job.expires is not None]
                self._change.wait(max(0.0, min(ends) - time.monotonic()) if ends else None)

    def _forget_expired(self) -> None:
        now = time.monotonic()
        for job in [job for job in self._jobs.values() if job.expires is not None and job.expires <= now]:
            self._forget(job)

    def _forget(self, job: Job) -> None:
        """Drop a batch and all that it holds, whoever still has a hand on it."""
        self._jobs.pop(job.id, None)
        for document in job.documents:
            document.data = b""
            document.pages = []

    def _is_kept(self, job: Job) -> bool:
        return job.id in self._jobs

    def _read_all(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed:
                    self._change.wait()
                if self._closed:
                    return
                job = self._waiting.popleft()
            if self._is_kept(job):
                self._read_job(job)

    def _read_job(self, job: Job) -> None:
        job.state = "reading"
        inputs = inputs_of(document.data for document in job.documents) if self._audit.on else []
        allowance = self._settings.job_pages
        for document in job.documents:
            if not self._is_kept(job):
                return
            document.state = "reading"
            try:
                for page in self._pages(job, document):
                    allowance -= 1
                    if allowance < 0:
                        raise TooLargeError(  # noqa: TRY301
                            f"the batch has more than {self._settings.job_pages} pages", remedy="Send it in parts."
                        )
                    with self._change:
                        if not self._is_kept(job):
                            return
                        document.pages.append(page)
            except LucidOcrError as error:
                document.error = error
            except Exception as error:  # noqa: BLE001  (the others are to be read, and their sender to be told)
                traceback.print_exception(error, file=sys.stderr)
                document.error = LucidOcrError("the service met an error of its own")
            document.state = "done"
        self._finish(job, inputs)

    def _pages(self, job: Job, document: Document) -> Iterator[Page]:
        options = job.options
        images = io.documents(
            document.data,
            pages=options.pages,
            pdf_text=options.pdf_text,
            max_pixels=self._settings.max_pixels,
            name=document.source,
        )
        for image in images:
            check_shape(image, self._settings)
            page = self._reader.read(
                image, mode=options.mode, correcting=options.correcting, preprocess=options.preparing
            )
            yield normalise_page(page, options.shown)

    def _finish(self, job: Job, inputs: list[dict[str, object]]) -> None:
        with self._change:
            job.state = "done"
            job.expires = time.monotonic() + self._settings.job_seconds
            readings = [one for document in job.documents for one in readings_of(*document.pages)]
            self._change.notify_all()
        if self._audit.on:
            failed = sum(document.error is not None for document in job.documents)
            duration = round(1000 * (time.monotonic() - job.began), 1)
            self._audit.write(
                {"job": job.id, "key": job.owner, "failed": failed, "duration_ms": duration, "inputs": inputs}
                | summary(readings)
            )
