"""Too many requests at once, over real sockets."""

from __future__ import annotations

import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.running import running
from lucidocr.correct.corrector import Correcting
from lucidocr.serve import Settings, create_app
from lucidocr.types import Page, PageImage
from tests.fakes import FakeReader, encoded, form_of, picture_of


@dataclass
class HeldReader(FakeReader):
    """Reads once it is let."""

    free: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def read(self, source: PageImage, *, mode: str = "auto", correcting: Correcting | None = None, **_: object) -> Page:  # type: ignore[override]
        self.begun.release()
        assert self.free.wait(30)
        return super().read(source, mode=mode, correcting=correcting)


def ask(port: int, number: int = 0) -> tuple[int, str | None, dict[str, object]]:
    """Status, Retry-After and answer of a request with a picture of its own."""
    body, content_type = form_of(encoded(picture_of(str(number))))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/ocr", body, {"Content-Type": content_type})
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Retry-After"), json.loads(answer.read())
    connection.close()
    return found


def test_too_many_are_told_when_to_come_back_and_the_others_are_answered() -> None:
    reader = HeldReader()
    app = create_app(Settings(request_threads=2, queue=3), reader)
    with running(app) as server, ThreadPoolExecutor(16) as pool:
        working = [pool.submit(ask, server.effective_port, number) for number in range(2)]
        for _ in working:
            assert reader.begun.acquire(timeout=30)
        waiting = [pool.submit(ask, server.effective_port, number) for number in range(10, 13)]
        while len(server.task_dispatcher.queue) < 3:
            threading.Event().wait(0.01)
        for number in range(20, 25):
            status, retry, answer = ask(server.effective_port, number)
            assert (status, retry) == (503, "2")
            assert answer["error"]["code"] == "busy"  # type: ignore[index]
        reader.free.set()
        assert [one.result()[0] for one in (*working, *waiting)] == [200] * 5
        assert ask(server.effective_port)[0] == 200
        exposed = app.test_client().get("/metrics").get_data(as_text=True)
        assert "lucidocr_requests_refused_total 5.0" in exposed


def test_a_request_that_has_waited_too_long_is_not_begun() -> None:
    reader = FakeReader()
    with running(create_app(Settings(), reader)) as server:
        server.task_dispatcher._patience = -1.0
        assert ask(server.effective_port)[:2] == (503, "2")
        assert reader.modes == []
        server.task_dispatcher._patience = 60.0
        assert ask(server.effective_port)[0] == 200
