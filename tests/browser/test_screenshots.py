"""Pictures of the page for the documentation, made from documents that are drawn here and read by the bundled model.

``LUCIDOCR_SCREENSHOTS=docs/figures`` keeps them there (``make screenshots``); a test's own folder has them otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from lucidocr import Reader
from tests import drawn
from tests.browser.driving import Serve, read
from tests.fakes import encoded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LARGEST = 300_000  # bytes
Show = Callable[..., "Page"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    named = os.environ.get("LUCIDOCR_SCREENSHOTS")
    chosen = Path(named) if named else tmp_path
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


@pytest.fixture
def show(browser: Browser, serve: Serve, reader: Reader) -> Show:
    """The page in a window of its own, at twice the pixels or so."""

    def open_page(width: int, height: int, scheme: str = "light", scale: float = 1, *, touch: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            device_scale_factor=scale,
            has_touch=touch,
            is_mobile=touch,
            reduced_motion="reduce",
        )
        tab = context.new_page()
        tab.set_default_timeout(100_000)
        tab.goto(serve(reader))
        return tab

    return open_page


def documents() -> list[tuple[str, bytes]]:
    return [
        ("发票 2026-08-14.png", encoded(drawn.invoice())),
        ("身份证 沈清和.png", encoded(drawn.card())),
        ("receipt harbour cafe.png", encoded(drawn.receipt())),
        ("服务时间通知.png", encoded(drawn.letter())),
    ]


def taken(tab: Page, folder: Path, name: str, width: int) -> None:
    """Keep a picture of the window, with 256 colours, and see that it is one."""
    image = Image.open(BytesIO(tab.screenshot())).convert("RGB")
    assert image.width == width
    assert np.asarray(image).std() > 10
    few = image.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    few.save(folder / name, optimize=True)
    assert 10_000 < (folder / name).stat().st_size < LARGEST
    tab.context.close()


def choose(tab: Page, name: str) -> None:
    tab.click(f"#document-list .open:has-text('{name}')")
    tab.wait_for_function("() => document.querySelector('#image').naturalWidth > 0")


def test_desktop(show: Show, folder: Path) -> None:
    tab = show(1280, 1060)
    read(tab, *documents())
    choose(tab, "发票")
    text = "\n".join(tab.locator("#lines .text").all_inner_texts())
    for words in ("江南办公用品有限公司", "20260814", "打印纸", "5,172.01"):
        assert words in text
    assert tab.locator("#document-list li.done").count() == 4
    taken(tab, folder, "page-desktop.png", 1280)


def test_line(show: Show, folder: Path) -> None:
    tab = show(1280, 1060)
    read(tab, documents()[0])
    choose(tab, "发票")
    tab.locator("#lines li:has(.doubtful)", has_text="577").locator(".choose").click()  # the stamped one
    tab.wait_for_selector("#evidence .heat:visible")
    tab.wait_for_selector("#diagnosis .verdict")
    tab.evaluate("document.querySelector('#line').scrollIntoView()")
    assert tab.locator("#evidence .letter").count() > 3
    assert tab.locator("#diagnosis .causes tr").count() > 0
    tab.set_viewport_size({"width": 1280, "height": int(tab.locator("#line").bounding_box()["height"]) + 24})  # type: ignore[index]
    tab.evaluate("document.querySelector('#line').scrollIntoView()")
    taken(tab, folder, "page-line.png", 1280)


def test_phone(show: Show, folder: Path) -> None:
    tab = show(390, 844, scale=2, touch=True)
    read(tab, documents()[2])
    choose(tab, "receipt")
    assert tab.is_visible("#photograph")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    assert "Flat white" in tab.inner_text("#lines")
    tab.evaluate("document.querySelector('#result').scrollIntoView()")
    taken(tab, folder, "page-phone.png", 780)


def test_dark(show: Show, folder: Path) -> None:
    tab = show(1280, 1060, scheme="dark")
    tab.click("#languages button:nth-child(2)")
    read(tab, *documents()[2:])
    choose(tab, "服务时间")
    assert "关于调整服务时间的通知" in tab.inner_text("#lines")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    taken(tab, folder, "page-dark.png", 1280)
