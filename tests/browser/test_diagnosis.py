"""The pages about diagnoses and about sets in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lucidocr.analysis.analyse import analysis_record
from lucidocr.analysis.cards import cards_of
from lucidocr.analysis.page import analysis_page
from lucidocr.export.diagnosis import diagnoses_record
from lucidocr.export.diagnosis_page import diagnoses_page
from tests.analysis.sets import READ, analysis_of
from tests.diagnoses import diagnosed_page, diagnosis_of
from tests.fakes import FakeAnalyst

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Open = Callable[[bytes], None]


@pytest.fixture
def show(page: Page, tmp_path: Path) -> Open:
    """Open a page from a file; a request for anything else fails the test."""

    def open_page(content: bytes) -> None:
        path = tmp_path / "page.html"
        path.write_bytes(content)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("main section")
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]

    return open_page


@pytest.fixture
def report(show: Open, tmp_path: Path) -> None:
    reader = FakeAnalyst(texts=(READ,))
    analysis = analysis_of(tmp_path / "set", reader)
    record = analysis_record(analysis)
    show(analysis_page(record, cards_of(reader, analysis, record)))


def broken_pictures(page: Page) -> int:
    return int(page.evaluate("[...document.images].filter((one) => !one.naturalWidth).length"))


def test_a_diagnosis(page: Page, show: Open) -> None:
    diagnosed = diagnosed_page(diagnosis_of("ab"), diagnosis_of("cd", verdict=None), count=3)
    show(diagnoses_page([diagnoses_record(diagnosed, pictures=True)]))
    first, second = page.locator(".line").all()
    assert first.locator(".verdict").inner_text() == "Likely: slope"
    assert "slope: 4.25 degrees, usually -1 to 1" in first.inner_text()
    assert "Fix tested: levelled reads mended" in first.inner_text()
    assert second.locator(".verdict").inner_text() == "Unsure; most probable: slope"
    assert second.locator(".advice").count() == 0
    assert "3 lines read, 2 diagnosed" in page.inner_text("main")
    assert broken_pictures(page) == 0
    page.get_by_text("中文").click()
    assert first.locator(".verdict").inner_text() == "可能的原因：倾斜"


def test_a_known_truth_marks_what_differs(page: Page, show: Open) -> None:
    diagnosed = diagnosed_page(diagnosis_of("A0-C", truth="a0c"), diagnosis_of("a1", truth="a2"), mode="line")
    show(diagnoses_page([diagnoses_record(diagnosed, rule="alnum", pictures=True)]))
    lines = page.locator(".line")
    assert lines.nth(0).locator(".facts mark").count() == 0
    assert lines.nth(1).locator(".facts mark").all_inner_texts() == ["1", "2"]


@pytest.mark.usefixtures("report")
def test_the_report_says_what_goes_wrong(page: Page) -> None:
    assert page.inner_text("h1") == "set"
    tiles = page.locator(".tile").all_inner_texts()
    assert tiles[0].startswith("29 %")
    assert tiles[1].startswith("5")
    headings = page.locator("main h2").all_inner_texts()
    assert headings[:4] == [
        "What to do next", "Accuracy by kind of line", "Which characters are taken for which", "Why lines are misread"
    ]  # fmt: skip
    assert page.locator("#failures").inner_text() == "The 5 most instructive failures"
    assert page.locator("section:has(#failures) .line").count() == 5
    assert page.locator(".plot .column").count() > 3
    assert page.locator(".plot .point").count() == 1
    assert page.locator(".bracket").count() > 0
    assert "</script><b>&" in page.inner_text("section:has(#failures)")
    assert "2.png" in page.inner_text("section:has(#unreadable)")
    assert broken_pictures(page) == 0


@pytest.mark.usefixtures("report")
def test_the_report_in_chinese(page: Page) -> None:
    page.get_by_text("中文").click()
    assert page.locator("main h2").first.inner_text() == "下一步做什么"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize("width", [360, 800, 1400])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_colour_scheme(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    shade = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    assert (int(shade) > 127) == (scheme == "light")


def test_where_every_line_is_right(page: Page, show: Open, tmp_path: Path) -> None:
    from lucidocr.analysis.analyse import analyse
    from lucidocr.evaluate import load_dataset
    from tests.analysis.sets import write_set

    analysis = analyse(FakeAnalyst(texts=("a",)), load_dataset(write_set(tmp_path / "right", ("a", "a"))), "exact")
    show(analysis_page(analysis_record(analysis), {}))
    assert "Every line was read right." in page.inner_text("main")
