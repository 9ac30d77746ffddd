"""The page under axe-core, which looks for what keeps people from using it: labels, roles, contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from tests.browser.driving import Serve, UnsureReader, open_line, read
from tests.diagnoses import PREPARATION

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RULES = "() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"


def findings(page: Page) -> list[str]:
    """What axe finds, each with the elements that it is about."""
    page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found = page.evaluate(RULES)
    assert len(found["passes"]) > 10
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_found(page: Page, serve: Serve, scheme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(serve(UnsureReader(preparation=PREPARATION)))
    page.click("#options summary")
    assert findings(page) == []
    read(page, "a.png", ("b.png", b"none"))
    open_line(page, 2)
    page.click("#help summary")
    page.click("#lines li:nth-child(3) .edit")
    page.keyboard.type("other")
    page.keyboard.press("Enter")
    page.click("#lines li:nth-child(4) .edit")
    assert findings(page) == []
