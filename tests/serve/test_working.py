"""Requests are waited for only so long."""

from __future__ import annotations

import threading
import time
from io import BytesIO
from typing import Any

import pytest

from lucidocr.errors import BusyError, OptionError, TimeLimitError
from lucidocr.serve import Settings, create_app
from lucidocr.serve.working import ABANDONED, Workers
from lucidocr.types import Page
from tests.fakes import FakeReader, encoded, picture_of

PNG = encoded(picture_of("hello"))


def test_results_and_errors_come_back() -> None:
    workers = Workers(5)
    assert workers.run(lambda: 7) == 7
    with pytest.raises(OptionError, match="no such"):
        workers.run(lambda: (_ for _ in ()).throw(OptionError("no such")))
    with pytest.raises(TimeoutError, match="its own"):
        workers.run(lambda: (_ for _ in ()).throw(TimeoutError("its own")))


def test_what_takes_too_long_is_given_up_and_only_so_much_may_be() -> None:
    workers = Workers(0.05)
    go = threading.Event()
    for _ in range(ABANDONED):
        with pytest.raises(TimeLimitError) as caught:
            workers.run(lambda: go.wait(20))
        assert caught.value.retry_after
    with pytest.raises(BusyError, match="still at work"):
        workers.run(lambda: 7)
    go.set()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            assert workers.run(lambda: 7) == 7
            break
        except BusyError:
            time.sleep(0.01)
    else:
        pytest.fail("it never took work again")


@pytest.mark.parametrize("route", ["/ocr", "/api/v1/ocr", "/api/v1/explain"])
def test_a_request_that_takes_too_long_is_answered(route: str) -> None:
    go = threading.Event()

    class Endless(FakeReader):
        def read(self, source: Any, **options: Any) -> Page:
            go.wait(20)
            return super().read(source, **options)

    client = create_app(Settings(request_seconds=0.1), Endless()).test_client()
    answer = client.post(route, data={"image": (BytesIO(PNG), "a.png")})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "timed_out")
    assert int(answer.headers["Retry-After"]) > 0
    go.set()
