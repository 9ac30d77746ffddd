"""The page in a real browser, with the production server behind it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lucidocr import Reader
from lucidocr.serve import PageReader
from tests.fakes import FakeReader, encoded, picture_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Serve = Callable[[PageReader], str]
PNG = encoded(picture_of("INVOICE 2026", size=(300, 48)))


def upload(page: Page, data: bytes = PNG, name: str = "invoice.png") -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": data})


def drop(page: Page, target: str, event: str, field: str) -> None:
    """Let a picture arrive as the browser's own drag or paste does."""
    page.evaluate(
        """([text, target, event, field]) => {
            const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
            const made = field === "clipboardData" ? ClipboardEvent : DragEvent;
            document.querySelector(target).dispatchEvent(
                new made(event, { bubbles: true, cancelable: true, [field]: transfer }));
        }""",
        [base64.b64encode(PNG).decode(), target, event, field],
    )


def test_an_uploaded_picture_is_read_by_the_bundled_model(page: Page, serve: Serve, reader: Reader) -> None:
    page.goto(serve(reader))
    upload(page)
    page.wait_for_selector("#lines li")
    assert page.inner_text("#lines li .text") == "INVOICE 2026"
    assert "%" in page.inner_text("#lines li .confidence")
    assert page.locator("#overlay polygon.line").count() == 1
    assert page.locator("#characters li").count() == len("INVOICE 2026")


def test_lines_confidences_and_boxes(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    upload(page)
    page.wait_for_selector("#lines li")
    assert page.locator("#lines .text").all_inner_texts() == ["发票 Invoice", "42.00"]
    assert page.locator("#lines .confidence").all_inner_texts() == ["90 % sure"] * 2
    assert page.get_attribute("#overlay", "viewBox") == "0 0 300 48"
    assert page.inner_text("#status").startswith("2 lines, 90 % confidence on average")


def test_line_and_box_find_each_other(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    upload(page)
    page.click("#lines li:nth-child(2)")
    boxes = page.locator("#overlay polygon.line")
    assert "chosen" in (boxes.nth(1).get_attribute("class") or "")
    assert page.locator("#characters b").all_inner_texts() == ["4", "2", ".", "0", "0"]
    page.hover("#lines li:nth-child(1)")
    assert "hovered" in (boxes.nth(0).get_attribute("class") or "")
    boxes.nth(0).click(position={"x": 60, "y": 5}, force=True)
    assert page.locator("#lines .choose[aria-current=true]").count() == 1


def test_keyboard(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    for _ in range(3):  # past the two languages
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "choose"
    upload(page)
    page.wait_for_selector("#lines li")
    page.focus("#line-0 .choose")
    for key, chosen in (("ArrowDown", "line-1"), ("ArrowUp", "line-0"), ("End", "line-1"), ("Home", "line-0")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.parentElement.id") == chosen
        assert page.get_attribute(f"#{chosen} .choose", "aria-current") == "true"
    assert page.locator("#lines button[tabindex='0']").count() == 2  # one line's two; the arrows lead to the rest


@pytest.mark.parametrize(
    ("target", "event", "field"), [("#choice", "drop", "dataTransfer"), ("body", "paste", "clipboardData")]
)
def test_dropped_and_pasted_pictures(page: Page, serve: Serve, target: str, event: str, field: str) -> None:
    page.goto(serve(FakeReader()))
    drop(page, target, event, field)
    page.wait_for_selector("#lines li")
    assert page.inner_text("#picture-title").startswith("dropped.png")


def test_another_mode_reads_again(page: Page, serve: Serve) -> None:
    fake = FakeReader()
    page.goto(serve(fake))
    upload(page)
    page.wait_for_selector("#lines li")
    with page.expect_response("**/api/v1/ocr"):
        page.click("label[for=mode-line]")
    assert fake.modes == ["auto", "line"]


def test_copy_all(page: Page, serve: Serve) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(serve(FakeReader()))
    upload(page)
    page.click("#copy")
    page.wait_for_selector("#copy:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == "发票 Invoice\n42.00"


@pytest.mark.parametrize(
    ("data", "words"), [(b"hello", "is not a picture"), (PNG[:120], "damaged"), (b"\0" * 10_000_001, "10 MB")]
)
def test_errors_are_shown_and_the_next_picture_is_read(page: Page, serve: Serve, data: bytes, words: str) -> None:
    page.goto(serve(FakeReader()))
    upload(page, data)
    page.wait_for_selector("#problem:not([hidden])")
    assert words in page.inner_text("#problem")
    assert not page.is_visible("#result")
    upload(page)
    page.wait_for_selector("#lines li")
    assert not page.is_visible("#problem")


def test_a_picture_without_text(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader(texts=())))
    upload(page)
    page.wait_for_selector("#result:not([hidden])")
    assert page.inner_text("#status") == "No text was found in this picture."
    assert page.is_disabled("#copy")


def test_markup_in_a_reading_stays_text(page: Page, serve: Serve) -> None:
    text = "<img src=x onerror=alert(1)>"
    page.goto(serve(FakeReader(texts=(text,))))
    upload(page)
    page.wait_for_selector("#lines li")
    assert page.inner_text("#lines .text") == text


def test_a_type_that_browsers_cannot_show(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    upload(page, encoded(picture_of("a"), "TIFF"), "scan.tif")
    page.wait_for_selector("#undrawable:not([hidden])")
    assert page.locator("#overlay polygon.line").count() == 2


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_window(page: Page, serve: Serve, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(serve(FakeReader(texts=("很长的一行" * 20, "W" * 80))))
    upload(page)
    page.wait_for_selector("#lines li")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_theme_follows_the_system(page: Page, serve: Serve) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(serve(FakeReader()))
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("html[data-bs-theme=light]")
