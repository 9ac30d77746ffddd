"""The page that shows the API, in a real browser: its policy lets it work, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lucidocr.serve import PageReader
from tests.fakes import FakeReader, encoded, picture_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Serve = Callable[[PageReader], str]


def test_routes_are_shown_and_can_be_tried(page: Page, serve: Serve, fake: FakeReader) -> None:
    here = serve(fake)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{here}openapi")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() >= 9
    page.click("#operations-reading-api_ocr_form_ocr_post .opblock-summary-control")
    page.click("text=Try it out")
    page.set_input_files(
        "input[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": encoded(picture_of("a"))}
    )
    for box in page.locator(".parameter__empty_value_toggle input[type=checkbox]").all():
        if box.is_checked():
            box.uncheck()
    with page.expect_response("**/ocr") as answer:
        page.click("button.execute")
    assert answer.value.request.method == "POST"
    assert answer.value.status == 200
    assert all(url.startswith((here, "data:", "blob:")) for url in asked), asked
