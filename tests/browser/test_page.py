"""The page in a real browser, with the production server behind it: files come in, and what is read is shown."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from lucidocr import Reader
from tests.browser.driving import PNG, Serve, UnsureReader, focused, read, upload
from tests.fakes import FakeReader, encoded, picture_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

GIVE = """([text, target, event, field, names]) => {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const transfer = new DataTransfer();
    for (const name of names) transfer.items.add(new File([bytes], name, { type: "image/png" }));
    const made = field === "clipboardData" ? ClipboardEvent : DragEvent;
    const given = { bubbles: true, cancelable: true, [field]: transfer };
    document.querySelector(target).dispatchEvent(new made(event, given));
}"""


def test_an_uploaded_picture_is_read_by_the_bundled_model(page: Page, serve: Serve, reader: Reader) -> None:
    page.goto(serve(reader))
    read(page, ("invoice.png", encoded(picture_of("INVOICE 2026", size=(300, 48)))))
    assert page.inner_text("#lines li .text") == "INVOICE 2026"
    assert "%" in page.inner_text("#lines li .confidence")
    assert page.locator("#overlay .box").count() == 1
    page.wait_for_selector("#evidence .letter")  # the only line is chosen
    assert page.locator("#evidence .letter").count() == len("INVOICE 2026")


def test_lines_confidences_and_boxes(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    assert page.locator("#lines .text").all_inner_texts() == ["surely", "check me", "doubt me", "certain"]
    assert page.locator("#lines .confidence").all_inner_texts() == [
        "99 % sure", "80 % check", "40 % doubtful", "95 % sure",
    ]  # fmt: skip
    assert page.get_attribute("#overlay", "viewBox") == "0 0 300 96"
    classes = [box.get_attribute("class") for box in page.locator("#overlay .box").all()]
    assert classes == ["box sure", "box check", "box doubtful", "box sure"]
    assert page.inner_text("#counts") == "4 lines · 2 unsure"
    assert page.inner_text("#document-list .state") == "4 lines · 78 % on average"
    assert page.text_content("#status") == "invoice.png: 4 lines · 78 % on average"
    assert "calibrated" in page.inner_text(".legend")


def test_line_and_box_find_each_other(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    boxes = page.locator("#overlay .box")
    page.click("#lines li:nth-child(2) .choose")
    assert "chosen" in (boxes.nth(1).get_attribute("class") or "")
    page.hover("#lines li:nth-child(1)")
    assert "hovered" in (boxes.nth(0).get_attribute("class") or "")
    boxes.nth(2).click()
    assert page.locator("#lines .choose[aria-current=true]").inner_text().startswith("doubt me")
    assert page.locator("#lines li.chosen").count() == 1


@pytest.mark.parametrize(
    ("target", "event", "field"), [("#choice", "drop", "dataTransfer"), ("body", "paste", "clipboardData")]
)
def test_dropped_and_pasted_pictures(page: Page, serve: Serve, target: str, event: str, field: str) -> None:
    page.goto(serve(FakeReader()))
    page.evaluate(GIVE, [base64.b64encode(PNG).decode(), target, event, field, ["a.png", "b.png"]])
    page.wait_for_selector("#document-list li.done:nth-child(2)")
    assert page.locator("#document-list .name").all_inner_texts() == ["a.png", "b.png"]


def test_the_files_of_a_dropped_folder(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    drop = """text => {
        const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
        const file = (name) => ({ isFile: true, name, file: (give) => give(new File([bytes], name)) });
        const folder = (name, ...inside) => ({ isDirectory: true, name, createReader: () => {
            const parts = [inside.slice(0, 1), inside.slice(1), []];
            return { readEntries: (give) => give(parts.shift()) };
        } });
        const top = folder("scans", file("a.png"), file(".hidden"), folder("more", file("b.png"), file("c.png")));
        const event = new Event("drop", { bubbles: true, cancelable: true });
        event.dataTransfer = { files: [new File([], "scans")], items: [{ webkitGetAsEntry: () => top }] };
        document.querySelector("#choice").dispatchEvent(event);
    }"""
    page.evaluate(drop, base64.b64encode(PNG).decode())
    page.wait_for_selector("#document-list li.done:nth-child(3)")
    assert page.locator("#document-list .name").all_inner_texts() == ["a.png", "b.png", "c.png"]


def test_keys_can_be_switched_off(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    page.click("#help summary")
    assert page.locator("#key-list kbd").count() > 10
    page.uncheck("#keys-wanted")
    page.reload()
    read(page)
    page.keyboard.press("n")
    assert page.locator("#lines li.chosen").count() == 0
    page.click("#help summary")
    page.check("#keys-wanted")
    page.focus("#next-unsure")
    page.keyboard.press("n")
    assert page.locator("#lines li.chosen").count() == 1
    assert page.evaluate("localStorage.length") == 0


def test_a_phone_offers_its_camera(browser: Browser, page: Page, serve: Serve) -> None:
    address = serve(FakeReader())
    page.goto(address)
    assert not page.is_visible("#photograph")
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    phone = context.new_page()
    phone.goto(address)
    with phone.expect_file_chooser() as chooser:
        phone.click("#photograph")
    assert chooser.value.element.get_attribute("capture") == "environment"
    chooser.value.set_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": PNG})
    phone.wait_for_selector("#document-list li.done")
    context.close()


def test_a_picture_without_text(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader(texts=())))
    read(page)
    assert page.inner_text("#none") == "No text was found in this picture."
    assert page.inner_text("#document-list .state") == "no text was found"
    assert page.is_disabled("#copy")


def test_markup_in_a_reading_stays_text(page: Page, serve: Serve) -> None:
    text = "<img src=x onerror=alert(1)>"
    page.goto(serve(FakeReader(texts=(text,))))
    read(page, ("<b>&.png", PNG))
    assert page.inner_text("#lines .text") == text
    assert page.inner_text("#document-list .name") == "<b>&.png"
    assert page.inner_text("#line-title") == text


def test_zoom(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    read(page, ("large.png", encoded(picture_of("a", size=(3000, 600)))))
    width = lambda: page.evaluate("document.querySelector('#picture').getBoundingClientRect().width")  # noqa: E731
    room = page.evaluate("document.querySelector('#viewport').clientWidth")
    assert width() == pytest.approx(room, abs=1)
    page.click("#zoom [aria-label='Pixel by pixel']")
    assert width() == 3000
    assert page.inner_text("#zoom output") == "100 %"
    page.keyboard.press("-")
    assert width() == 2400
    page.keyboard.press("+")
    assert width() == 3000
    page.keyboard.press("0")
    assert width() == pytest.approx(room, abs=1)
    page.keyboard.press("1")
    page.evaluate("document.querySelector('#viewport').scrollLeft = 2000")
    page.click("#lines li:nth-child(2) .choose")
    assert page.evaluate("document.querySelector('#viewport').scrollLeft") == 0  # the line is brought into sight


def test_the_way_by_keyboard_alone(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    page.wait_for_selector("#options:not([hidden])")
    found = []
    for _ in range(8):
        page.keyboard.press("Tab")
        found.append(focused(page))
    assert found[0] == "skip"
    assert found[6] == "choose"  # past three colours and two languages
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    upload(page)
    page.wait_for_selector("#lines li")
    page.keyboard.press("n")
    assert page.locator("#lines li.chosen .text").inner_text() == "check me"
    for key, chosen in (("ArrowDown", "line-2"), ("ArrowUp", "line-1"), ("End", "line-3"), ("Home", "line-0")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.parentElement.id") == chosen
        assert page.get_attribute(f"#{chosen} .choose", "aria-current") == "true"
    assert page.locator("#lines button[tabindex='0']").count() == 3  # one line's; the arrows lead to the others
    for expected in ("Edit surely", "Why? surely"):
        page.keyboard.press("Tab")
        assert focused(page) == expected
    page.keyboard.press("Enter")
    assert focused(page) == "line-title"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert not page.is_visible("#line")
    assert page.evaluate("document.activeElement.parentElement.id") == "line-0"


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_window(page: Page, serve: Serve, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(serve(FakeReader(texts=("很长的一行" * 20, "W" * 80))))
    page.click("#options summary")
    read(page, ("a-name-without-any-space-" * 6 + ".png", encoded(picture_of("a", size=(1700, 48)))), ("b.png", b"x"))
    page.click("#lines li:nth-child(1) .choose")
    page.wait_for_selector("#evidence .letter")
    page.wait_for_selector("#diagnosis .verdict")
    page.click("#lines li:nth-child(2) .edit")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        "width => [...document.querySelectorAll('main button, main h2, main p')]"
        ".filter((one) => one.getBoundingClientRect().right > width + 1).map((one) => one.outerHTML)", width
    )  # fmt: skip
    assert outside == []


def test_clear_forgets_everything(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    read(page)
    page.wait_for_function("() => document.querySelector('#image').src.startsWith('blob:')")
    address = page.get_attribute("#image", "src")
    page.click("#clear")
    assert not page.is_visible("#result")
    assert not page.is_visible("#documents")
    assert focused(page) == "choose"
    again = """address => new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve("there");
        image.onerror = () => resolve("gone");
        image.src = address;
    })"""
    assert page.evaluate(again, address) == "gone"
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"


def test_nothing_comes_from_elsewhere(page: Page, serve: Serve) -> None:
    here = serve(FakeReader())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(here)
    read(page)
    page.click("#lines li:nth-child(1) .choose")
    page.wait_for_selector("#diagnosis .verdict")
    assert all(url.startswith((here, "data:", "blob:")) for url in asked), asked
