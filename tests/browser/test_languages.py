"""Languages, colours and options of the page: everything is translated, and choices stay chosen."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lucidocr.export
import lucidocr.serve
from lucidocr.types import Correction, Hypothesis, Terms
from tests.browser.driving import Serve, UnsureReader, open_line, read, upload
from tests.diagnoses import PREPARATION
from tests.fakes import FakeReader, encoded, picture_of
from tests.pdfs import pdf_of, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

SERVE = Path(lucidocr.serve.__file__).parent
SHARED = Path(lucidocr.export.__file__).parent / "static"
SAID = re.compile(r'\bsay\(\s*((?:"(?:[^"\\]|\\.)*"(?:\s*\+\s*)?)+)')
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
FIXED = re.compile(r"<(\w+)[^>]*\bdata-say(?=[\s>])[^>]*>([^<]*)<")
LABEL = re.compile(r'aria-label="([^"]*)"[^>]*data-say-label')
NAMES = {"HiResCAM", "LayerCAM", "Grad", "LIME", "SHAP"}
UNTRANSLATED = """async () => [...(await import("/static/evidence/language.js")).untranslated]"""
KNOWN = """async () => {
    const words = (await import("/static/phrases.js")).CHINESE;
    const shared = (await import("/static/evidence/chinese.js")).CHINESE;
    return [...words.keys(), ...shared.keys()];
}"""


def phrases() -> set[str]:
    """All English words that the scripts and the template of the page give."""
    found = set()
    scripts = [*(SERVE / "static").glob("*.js"), *(SHARED / f"{name}.js" for name in ("evidence", "parts", "words"))]
    for path in scripts:
        for said in SAID.findall(path.read_text(encoding="utf-8")):
            found.add("".join(json.loads(piece) for piece in STRING.findall(said)))
    reasons = (SERVE / "static" / "reasons.js").read_text(encoding="utf-8")
    found |= {json.loads(text) for text in re.findall(r'^  \w+: ("[^"]+"),$', reasons, re.MULTILINE)}
    html = (SERVE / "templates" / "index.html").read_text(encoding="utf-8")
    return found | {text.strip() for _, text in FIXED.findall(html)} | set(LABEL.findall(html))


def test_every_phrase_of_the_code_is_translated(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    given = phrases()
    assert len(given) > 150
    assert given - set(page.evaluate(KNOWN)) == set()


def test_nothing_that_is_shown_in_chinese_lacks_words(page: Page, serve: Serve) -> None:
    terms = Terms(-1.0, 0.5, 0.2, -0.5)
    said = Hypothesis("check me", ("recogniser", "spaces", "mixture"), terms, -1.0, 0.9)
    corrections = (None, Correction("check me", "check me", 0.7, 0.8, (said,), "PP-OCRv6-small"), None, None)
    page.goto(serve(UnsureReader(preparation=PREPARATION, corrections=corrections)))
    page.click("#languages button:nth-child(2)")
    page.click("#options summary")
    page.click("#help summary")
    read(page, "a.png", ("b.pdf", pdf_of(shown("one", 10, 50), shown("two", 10, 50))), ("c.png", b"none"))
    page.click("#document-list li:nth-child(2) .open")
    open_line(page, 2)
    page.click("#diagnosis summary")
    for method in page.locator("#evidence select option").all():
        page.get_by_label("热图方法").select_option(method.get_attribute("value") or "")
    page.click("#lines li:nth-child(3) .edit")
    page.keyboard.type("other")
    page.keyboard.press("Enter")
    page.select_option("#format", "pdf")
    upload(page, ("big.png", b"\0" * 10_000_001))
    page.wait_for_selector("#document-list li.failed:nth-child(4)")
    lacking = set(page.evaluate(UNTRANSLATED))
    assert lacking <= {*NAMES, "Grad-CAM"}
    assert "这不是图片" in page.inner_text("#document-list li:nth-child(3)")
    shown_text = page.inner_text("body")
    left = re.sub(
        r"lucidocr|English|curl.*|HiResCAM|CLAHE|--preprocess auto|TSV|PDF|TIFF|Ctrl|Enter|Esc", "", shown_text
    )
    words = set(re.findall(r"[A-Za-z]{4,}", left)) - {"surely", "check", "doubt", "certain", "other"}
    assert words <= {
        "JSON",
        "Markdown",
        "hOCR",
        "ALTO",
        "PaddleOCR",
        "mended",
        "webp",
        "tiff",
        "finetune",
        "OCRv",
        "small",
        *NAMES,
    }, words


def test_what_is_shown_follows_the_language(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    open_line(page, 2)
    page.click("#lines li:nth-child(3) .choose")
    page.click("#lines li:nth-child(2) .choose")
    page.wait_for_selector("#evidence .letter")
    page.wait_for_selector("#diagnosis .verdict")
    page.click("#languages button:nth-child(2)")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.title() == "lucidocr：识别文件"
    assert page.inner_text("#choose") == "选择文件"
    assert page.locator("#lines .confidence").all_inner_texts()[:2] == ["99 % 可靠", "80 % 待核"]
    assert page.inner_text("#counts") == "4 行 · 2 行不确定"
    assert page.inner_text("#line-title") == "check me"
    assert page.inner_text("#diagnosis .verdict") == "可能的原因：倾斜"
    assert page.locator("#lines li.chosen .text").inner_text() == "check me"
    assert page.locator("#evidence .letter").count() == len("check me")
    page.reload()
    assert page.inner_text("#choose") == "选择文件"  # it is remembered
    page.click("#languages button:nth-child(1)")
    assert page.inner_text("#choose") == "Choose files"


def test_a_chinese_browser_is_met_in_chinese(browser: Browser, serve: Serve) -> None:
    context = browser.new_context(locale="zh-CN")
    tab = context.new_page()
    tab.goto(serve(FakeReader()))
    assert tab.inner_text("#choose") == "选择文件"
    context.close()


def test_colours_follow_the_system_or_the_choice(page: Page, serve: Serve) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(serve(FakeReader()))
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("html[data-bs-theme=light]")
    page.click("#themes [value=dark]")
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    shade = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]"
    assert int(page.evaluate(shade)) < 60
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    assert page.get_attribute("#themes [value=dark]", "aria-pressed") == "true"
    page.click("#themes [value=system]")
    assert page.get_attribute("html", "data-bs-theme") == "light"
    assert page.evaluate("localStorage.length") == 0


def test_nothing_turns_where_motion_is_not_wanted(page: Page, serve: Serve) -> None:
    page.emulate_media(reduced_motion="reduce")
    held: list[Route] = []
    page.route("**/api/v1/ocr", lambda route: held.append(route))  # noqa: PLW0108  (playwright marks its handlers)
    page.goto(serve(FakeReader()))
    upload(page)
    page.wait_for_selector("#document-list .reading .sign")
    name = "getComputedStyle(document.querySelector('#document-list .reading .sign')).animationName"
    assert page.evaluate(name) == "none"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(name) == "turn"
    held[0].abort()


def test_options_are_those_of_the_service_and_reach_it(page: Page, serve: Serve) -> None:
    fake = FakeReader()
    page.goto(serve(fake))
    read(page)
    page.click("#options summary")
    fields = page.locator("#options-form [name]").evaluate_all("all => all.map(({ name }) => name)")
    assert set(fields) == {
        "mode", "preprocess", "second_opinion", "lm", "lexicon", "lexicon_mode", "width", "punctuation", "script",
        "spaces", "pages", "pdf_text",
    }  # fmt: skip
    page.select_option("#option-mode", "line")
    page.select_option("#option-lm", "off")
    page.select_option("#option-preprocess", "off")
    page.fill("#option-lexicon", "Invoice\nSecret")
    page.keyboard.press("Tab")
    assert page.inner_text("#options-changed") == "4 changed"
    with page.expect_response("**/api/v1/ocr"):
        page.click("#read-again")
    page.wait_for_selector("#document-list li.done")
    assert (fake.modes, fake.prepared_with) == (["auto", "line"], [None, "off"])
    first, second = fake.corrected_with
    assert first is None
    assert second is not None
    assert second.language is False
    assert second.lexicon is not None
    assert "Secret" not in page.evaluate("JSON.stringify({ ...localStorage })")
    page.reload()
    page.click("#options summary")
    assert page.input_value("#option-mode") == "line"
    assert page.input_value("#option-lexicon") == ""
    page.click("#reset-options")
    assert page.input_value("#option-mode") == "auto"
    assert not page.is_visible("#options-changed")
    read(page, ("b.png", encoded(picture_of("another"))))
    assert fake.modes[-1] == "auto"


def test_an_option_that_cannot_be_is_told(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    page.click("#options summary")
    page.fill("#option-pages", "none")
    page.keyboard.press("Tab")
    read(page, ("b.pdf", pdf_of(shown("one", 10, 50))))
    assert "none" in page.inner_text("#document-list li.failed .state")
