"""The evidence in a real browser: the HTML report from its file. The web page shows the same, see test_line.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lucidocr.export.report import report_page
from lucidocr.types import ExplainedPage
from tests.evidence import explained_line, explanation_of, page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

EVIL = "<b>&'\"</script>"


@pytest.fixture
def report(page: Page, tmp_path: Path) -> Callable[[ExplainedPage], None]:
    """Open a report from a file; a request for anything else fails the test."""

    def open_report(evidence: ExplainedPage) -> None:
        path = tmp_path / "explanation.html"
        path.write_text(report_page(evidence), encoding="utf-8")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("#lines section")
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]

    return open_report


def letter(page: Page, number: int) -> Locator:
    return page.locator(".letter").nth(number)


def middle(node: Locator) -> float:
    box = node.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def test_a_chosen_character_shows_its_evidence(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元ab"))
    letter(page, 1).click()
    assert letter(page, 1).get_attribute("aria-checked") == "true"
    assert page.text_content(".one h3") == "a 75 %, check"
    assert page.inner_text(".reason").startswith(
        "Why a and not x? With the rest of the line as it is, a leads by 1.8 nats"
    )
    assert page.locator(".one tbody").first.locator("tr").count() == 4
    assert "6.0 to 1" in page.inner_text(".reason")
    assert page.is_visible(".heat")
    assert page.evaluate("document.querySelector('.heat').naturalWidth") > 0
    assert middle(page.locator(".heat")) == pytest.approx(middle(page.locator(".share").nth(1).locator(".band")), abs=1)


def test_the_line_itself_can_be_clicked(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元ab"))
    for selector in (".shown", ".ribbon"):
        for number in (0, 2, 1):
            box = page.locator(selector).bounding_box()
            assert box is not None
            page.mouse.click(box["x"] + (number + 0.5) / 3 * box["width"], box["y"] + box["height"] / 2)
            assert letter(page, number).get_attribute("aria-checked") == "true"


def test_the_least_sure_character_is_shown_first(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元ab"))
    assert letter(page, 2).get_attribute("aria-checked") == "true"
    assert "nothing" in page.inner_text(".reason")


def test_opacity_and_method(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元ab"))
    page.get_by_label("Opacity").fill("30")
    assert page.evaluate("getComputedStyle(document.querySelector('.heat')).opacity") == "0.3"
    first = page.get_attribute(".heat", "src")
    page.get_by_label("Heat by").select_option("attention")
    assert page.get_attribute(".heat", "src") != first
    assert "Attention" in page.inner_text(".caption")


def test_an_unsound_method_is_marked(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元ab"))
    assert page.locator("select option").all_inner_texts()[1] == "Grad-CAM (fails a check)"
    assert page.locator(".warning:visible").count() == 0
    page.get_by_label("Heat by").select_option("gradcam")
    assert "fails a sanity check" in page.inner_text(".warning:visible")


def test_a_map_that_fails_its_own_check_is_marked(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    line = explained_line(explanation_of("ab", methods=("hirescam", "layercam"), faithfulness=True))
    report(ExplainedPage((line,), 9, 9))
    assert "lowers the lead by 2.5 nats, as much elsewhere by 0.5" in page.inner_text(".caption")
    assert page.locator(".warning:visible").count() == 0
    page.get_by_label("Heat by").select_option("layercam")
    assert "not to be relied on" in page.inner_text(".warning:visible")


def test_keyboard(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元ab"))
    letter(page, 2).focus()
    for key, number in (("ArrowLeft", 1), ("Home", 0), ("ArrowRight", 1), ("End", 2), ("ArrowDown", 2)):
        page.keyboard.press(key)
        assert letter(page, number).evaluate("node => node === document.activeElement")
        assert letter(page, number).get_attribute("aria-checked") == "true"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.locator(".letter[tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SELECT"


def test_the_attention_table(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元a"))
    rows = page.locator("details table tbody tr")
    assert rows.count() == 2
    assert rows.nth(1).locator("td, th").all_inner_texts() == [
        "2", "8", "a", "75 %", "36.0–56.0", "x", "1.8", "x 38–54, y 8–24", "a (90 %)",
    ]  # fmt: skip


def test_other_readings_of_the_line(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元ab"))
    rows = page.locator(".others tbody tr")
    assert rows.locator("td:first-child").all_inner_texts() == ["元ab", "元az"]
    assert rows.locator("td:last-child").all_inner_texts() == ["80.0 %", "10.0 %"]
    assert page.locator("mark").all_inner_texts() == ["z"]  # what is not as in the text that is explained
    assert "read" in (rows.nth(0).get_attribute("class") or "")


def test_chinese_words(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元ab"))
    letter(page, 1).click()
    page.get_by_label("Heat by").select_option("gradcam")
    page.get_by_label("Opacity").fill("30")
    page.click("#languages button:nth-child(2)")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.text_content(".one h3") == "a 75 %，待核"
    assert page.inner_text("footer").endswith("本页不从网络加载任何内容。")
    assert letter(page, 1).get_attribute("aria-checked") == "true"  # what is looked at stays
    assert page.get_by_label("热图方法").input_value() == "gradcam"
    assert page.get_by_label("不透明度").input_value() == "30"
    assert page.evaluate("getComputedStyle(document.querySelector('.heat')).opacity") == "0.3"
    page.click("#languages button:nth-child(1)")
    assert page.text_content(".one h3") == "a 75 %, check"


def test_a_chinese_browser_is_met_in_chinese(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "explanation.html"
    path.write_text(report_page(page_of("元")), encoding="utf-8")
    context = browser.new_context(locale="zh-CN")
    tab = context.new_page()
    tab.goto(path.as_uri())
    tab.wait_for_selector("#lines section")
    assert tab.inner_text("header .over") == "为何这样识别"
    assert tab.get_attribute("#languages button:nth-child(2)", "aria-pressed") == "true"
    context.close()


def test_markup_stays_text(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(ExplainedPage((explained_line(explanation_of(EVIL)),), 9, 9, EVIL))
    assert page.inner_text("h2") == EVIL
    assert page.locator(".letter b").all_inner_texts() == list(EVIL)
    assert EVIL in page.title()


def test_several_lines_have_a_list_of_contents(page: Page, report: Callable[[ExplainedPage], None]) -> None:
    report(page_of("元", "ab", attention=False))
    assert page.locator("nav a").all_inner_texts() == ["元", "ab"]
    page.click("nav li:nth-child(2) a")
    assert page.evaluate("location.hash") == "#line-2"
    assert page.locator(".looked:visible").count() == 0


def test_no_text(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "blank.html"
    path.write_text(report_page(ExplainedPage((), 5, 6, "blank.png")), encoding="utf-8")
    page.goto(path.as_uri())
    assert "No text was found" in page.inner_text("header")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_window(
    page: Page, report: Callable[[ExplainedPage], None], width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    report(page_of("很长的一行" * 20, "W" * 50))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    grounds = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert grounds == {"light": "rgb(245, 247, 249)", "dark": "rgb(21, 24, 28)"}[scheme]
    chosen = page.locator(".letter[aria-checked=true]").first
    assert chosen.evaluate("node => getComputedStyle(node).color") != grounds
