"""Several documents on the page: how far they are, what becomes of them, and what happens when the service does not."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from lucidocr import Reader
from lucidocr.serve.keys import make_key, write_keys
from lucidocr.types import Page as ReadPage
from tests.browser.driving import PNG, Serve, focused, read, upload
from tests.fakes import FakeReader, encoded, picture_of
from tests.pdfs import pdf_of, shown

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

PDF = pdf_of(shown("one", 10, 50), shown("two", 10, 50))


class SlowReader(FakeReader):
    """Reads a page each time it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Semaphore(0)

    def read(self, source: Any, **options: Any) -> ReadPage:
        assert self.let.acquire(timeout=30)
        return super().read(source, **options)


@pytest.fixture
def slow() -> Iterator[SlowReader]:
    reader = SlowReader()
    yield reader
    for _ in range(100):
        reader.let.release()


def states(page: Page) -> list[str]:
    return [str(one.get_attribute("class")).split()[0] for one in page.locator("#document-list li").all()]


def test_two_at_once_and_the_failure_of_one_stops_no_other(page: Page, serve: Serve, slow: SlowReader) -> None:
    page.goto(serve(slow))
    upload(page, "a.png", "b.png", ("c.png", b"hello"), "d.png")
    page.wait_for_selector("#document-list .reading")
    assert states(page) == ["reading", "reading", "waiting", "waiting"]
    assert page.inner_text("#documents-title") == "Documents: 0 of 4 done"
    assert page.get_attribute("#progress", "max") == "4"
    for _ in range(3):
        slow.let.release()
    page.wait_for_selector("#documents-title:has-text('Documents (4)')")
    assert states(page) == ["done", "done", "failed", "done"]
    assert not page.is_visible("#progress")
    assert "is not a picture" in page.inner_text("#document-list li.failed")
    assert page.locator("#document-list li.chosen").count() == 1
    page.click("#document-list li:nth-child(4) .open")
    assert page.inner_text("#picture-title").startswith("d.png")


def test_cancel_and_try_again(page: Page, serve: Serve, slow: SlowReader) -> None:
    page.goto(serve(slow))
    upload(page, "a.png", "b.png", "c.png")
    page.wait_for_selector("#document-list .reading")
    page.click("[aria-label='Cancel a.png']")
    page.click("[aria-label='Cancel c.png']")
    assert states(page)[0] == "cancelled"
    assert states(page)[2] == "cancelled"
    for _ in range(4):
        slow.let.release()
    page.wait_for_selector("#document-list li.done")
    page.click("[aria-label='Read c.png again']")
    page.wait_for_selector("#document-list li.done:nth-child(3)")
    page.click("[aria-label='Remove a.png']")
    assert page.locator("#document-list .name").all_inner_texts() == ["b.png", "c.png"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.png", b"hello", "is not a picture"),
        ("a.png", PNG[:120], "damaged"),
        ("a.pdf", b"%PDF-1.7 nothing", "PDF"),
        ("a.png", b"\0" * 10_000_001, "10.0 MB; at most 10 MB"),
    ],
)
def test_what_cannot_be_read_says_why(page: Page, serve: Serve, name: str, data: bytes, words: str) -> None:
    page.goto(serve(FakeReader()))
    read(page, (name, data))
    assert words in page.inner_text("#document-list li.failed .state")
    assert not page.is_visible("#result")
    read(page)
    assert page.is_visible("#result")


def test_a_pdf_page_by_page(page: Page, serve: Serve) -> None:
    fake = FakeReader()
    page.goto(serve(fake))
    read(page, ("report.pdf", PDF))
    assert page.inner_text("#document-list .state").startswith("2 pages · 4 lines")
    assert page.inner_text("#pages output") == "Page 1 of 2"
    assert page.is_disabled("#pages [aria-label='Page before']")
    page.wait_for_function("() => document.querySelector('#image').naturalWidth > 0")
    size = page.evaluate(
        "[document.querySelector('#image').naturalWidth, document.querySelector('#image').naturalHeight]"
    )
    assert page.get_attribute("#overlay", "viewBox") == f"0 0 {size[0]} {size[1]}"
    page.click("#pages [aria-label='Next page']")
    assert page.inner_text("#pages output") == "Page 2 of 2"
    page.keyboard.press("[")
    assert page.inner_text("#pages output") == "Page 1 of 2"
    page.click("#lines li:nth-child(2) .choose")
    page.wait_for_selector("#evidence .letter")
    assert "Page 1, line 2 of 2" in page.inner_text("#line-over")


def test_text_that_a_pdf_holds_itself(page: Page, serve: Serve, reader: Reader) -> None:
    page.goto(serve(reader))
    read(page, ("own.pdf", pdf_of(shown("Total amount 42.50", 20, 60, 16) + shown("Thank you", 20, 30, 16))))
    assert page.locator("#lines .text").all_inner_texts() == ["Total amount 42.50", "Thank you"]
    page.click("#lines li:nth-child(1) .choose")
    page.wait_for_selector("#evidence .letter")
    page.wait_for_selector("#diagnosis .verdict")
    assert page.inner_text("#line-over").endswith("the file's own text, not read from the picture")
    assert "the text is the file's own" in page.inner_text("#comparison")
    assert "the text is the file's own" in page.inner_text("#preparation")


def test_a_tiff_is_shown_although_browsers_cannot(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    read(page, ("scan.tif", encoded(picture_of("a"), "TIFF")))
    page.wait_for_function("() => document.querySelector('#image').naturalWidth === 320")
    assert not page.is_visible("#undrawable")
    assert not page.is_visible("#pages")


def test_a_service_without_batches(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader(), jobs=0))
    read(page, ("a.pdf", PDF), ("scan.tif", encoded(picture_of("a"), "TIFF")))
    assert "takes no PDFs" in page.inner_text("#document-list li:nth-child(1)")
    page.wait_for_selector("#undrawable:not([hidden])")
    assert page.locator("#overlay .box").count() == 2


def test_a_batch_is_taken_back_once_it_is_dropped(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    with page.expect_response(re.compile(r"api/v1/batch$")) as sent:
        read(page, ("a.pdf", PDF))
    job = sent.value.json()["job"]["id"]
    with page.expect_response(re.compile(f"{job}$")) as answer:
        page.click("#clear")
    assert (answer.value.request.method, answer.value.status) == ("DELETE", 200)


def test_a_batch_that_was_forgotten_is_read_again(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    with page.expect_response(re.compile(r"api/v1/batch$")) as sent:
        read(page, ("a.pdf", PDF))
    page.wait_for_function("() => document.querySelector('#image').naturalWidth > 0")
    page.evaluate("job => fetch(`/api/v1/batch/${job}`, { method: 'DELETE' })", sent.value.json()["job"]["id"])
    page.click("#pages [aria-label='Next page']")
    page.wait_for_function("() => document.querySelector('#image').naturalWidth > 0")


def test_a_batch_that_is_cancelled_is_taken_back(page: Page, serve: Serve, slow: SlowReader) -> None:
    page.goto(serve(slow))
    upload(page, ("a.pdf", PDF))
    slow.let.release()
    page.wait_for_selector("#document-list .state:has-text('1 page so far')")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
        page.click("[aria-label='Cancel a.pdf']")
    assert answer.value.status == 200
    assert states(page) == ["cancelled"]


def test_more_documents_than_the_service_keeps(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader(), jobs=9))
    read(page, *((f"{number}.pdf", PDF) for number in range(12)))
    assert states(page) == ["done"] * 12
    page.click("#document-list li:nth-child(2) .open")  # which the service has forgotten, and reads again
    page.wait_for_function("() => document.querySelector('#image').naturalWidth > 0")


@pytest.mark.parametrize("status", [503, 429])
def test_a_busy_service_is_waited_for(page: Page, serve: Serve, status: int) -> None:
    refused: list[int] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(status)
        body = '{"success": false, "error": {"code": "busy", "message": "Full."}}'
        route.fulfill(status=status, headers={"Retry-After": "2", "Content-Type": "application/json"}, body=body)

    page.route("**/api/v1/ocr", refuse_once)
    page.goto(serve(FakeReader()))
    upload(page)
    page.wait_for_selector("#document-list .state:has-text('asked again in')")
    page.wait_for_selector("#document-list li.done")
    assert refused == [status]


def test_a_request_that_takes_too_long_is_not_repeated(page: Page, serve: Serve) -> None:
    body = '{"success": false, "error": {"code": "timed_out", "message": "It took too long. Send less."}}'
    page.route("**/api/v1/ocr", lambda route: route.fulfill(status=503, content_type="application/json", body=body))
    page.goto(serve(FakeReader()))
    read(page)
    assert page.inner_text("#document-list .failed .state") == "It took too long. Send less."


def test_a_service_that_is_gone(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    page.wait_for_selector("#options:not([hidden])")
    page.route("**/api/**", lambda route: route.abort())
    read(page)
    assert "does not answer" in page.inner_text("#document-list .failed .state")
    page.unroute("**/api/**")
    page.click("[aria-label='Read invoice.png again']")
    page.wait_for_selector("#document-list li.done")


def test_a_service_that_is_gone_at_first(page: Page, serve: Serve) -> None:
    page.route("**/api/**", lambda route: route.abort())
    page.goto(serve(FakeReader()))
    page.wait_for_selector("#problem:not([hidden])")
    assert "does not answer" in page.inner_text("#problem")
    page.unroute("**/api/**")
    page.click("#problem-again")
    page.wait_for_selector("#options:not([hidden])")
    assert not page.is_visible("#problem")


def test_a_key_is_asked_for(page: Page, serve: Serve, tmp_path: Path) -> None:
    key, entry = make_key("clerk")
    write_keys(tmp_path / "keys.json", [entry])
    address = serve(FakeReader(), keys=str(tmp_path / "keys.json"))
    page.goto(address)
    page.wait_for_selector("#key:not([hidden])")
    assert focused(page) == "key-text"
    upload(page)
    page.fill("#key-text", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("#key-why:has-text('refused')")
    page.fill("#key-text", key)
    page.keyboard.press("Enter")
    page.wait_for_selector("#document-list li.done")
    assert not page.is_visible("#key")
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    page.reload()
    page.wait_for_selector("#key:not([hidden])")
    page.check("#key-keep")
    page.fill("#key-text", key)
    page.click("#key button")
    page.wait_for_selector("#options:not([hidden])")
    page.reload()
    page.wait_for_selector("#options:not([hidden])")
    assert not page.is_visible("#key")
    assert page.evaluate("localStorage.length") == 0
