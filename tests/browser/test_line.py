"""The panel about one line: evidence, diagnosis and preparation arrive one by one, and each may fail by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lucidocr import Reader
from lucidocr.types import Correction, Hypothesis, Terms
from tests.browser.driving import PNG, Serve, UnsureReader, focused, open_line, read
from tests.diagnoses import PREPARATION
from tests.fakes import FakeReader, encoded, picture_of

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

WIDE_PNG = encoded(picture_of("INVOICE 2026", size=(2100, 48)))
SHORT = 700  # milliseconds, in which nothing is asked that should not be


def refuse(route: Route) -> None:
    body = '{"success": false, "error": {"code": "missing_part", "message": "There is no such part. Install it."}}'
    route.fulfill(status=501, content_type="application/json", body=body)


def test_a_chosen_line_shows_all_that_is_known_of_it(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    open_line(page, 3)
    assert page.inner_text("#line-title") == "doubt me"
    assert page.inner_text("#line-over") == "Line 3 of 4 · 40 % likely to be right as read"
    assert page.locator("#evidence .letter b").count() == len("doubt me")
    page.locator("#evidence .letter").nth(1).click()
    assert page.is_visible("#evidence .heat")
    assert page.evaluate("document.querySelector('#evidence .heat').naturalWidth") > 0
    page.get_by_label("Opacity").fill("30")
    assert page.evaluate("getComputedStyle(document.querySelector('#evidence .heat')).opacity") == "0.3"
    assert page.locator("#evidence details table tbody tr").count() == len("doubt me")
    assert page.inner_text("#diagnosis .verdict") == "Likely: slope"
    assert page.locator("#diagnosis .causes tr").count() >= 1
    assert "slope: 4.25 degrees, usually -1 to 1" in page.inner_text("#diagnosis")
    assert "Fix tested: levelled reads mended" in page.inner_text("#diagnosis")
    assert "Fine-tune on lines" in page.inner_text("#diagnosis .advice")
    page.click("#diagnosis summary")
    assert page.locator("#diagnosis .fixes tbody tr").first.inner_text().split("\t")[:2] == ["levelled", "mended"]
    assert "no step promised to help" in page.inner_text("#preparation")


def test_nothing_is_asked_about_a_line_before_it_is_chosen(page: Page, serve: Serve) -> None:
    fake = UnsureReader()
    page.goto(serve(fake))
    read(page)
    page.wait_for_timeout(SHORT)
    assert fake.explained == fake.diagnosed == []
    assert not page.is_visible("#line")


def test_lines_that_are_passed_by_are_not_asked_about(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    page.focus("#line-0 .choose")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.wait_for_selector("#evidence .letter")
    page.wait_for_selector("#diagnosis .verdict")
    assert page.inner_text("#line-title") == "certain"
    assert asked.count("explain") == asked.count("diagnose") == 1


def test_why_leads_to_the_panel_and_closing_it_back(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    page.click("#lines li:nth-child(2) .why")
    assert focused(page) == "line-title"
    page.wait_for_selector("#evidence .letter")
    page.click("#line-close")
    assert not page.is_visible("#line")
    assert page.evaluate("document.activeElement.parentElement.id") == "line-1"
    page.keyboard.press("w")
    assert page.inner_text("#line-title") == "check me"


def test_what_was_tried_on_the_picture(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader(preparation=PREPARATION)))
    read(page)
    open_line(page, 2)
    part = page.locator("#preparation")
    part.locator("figure").first.wait_for()
    assert "The picture was mended" in part.inner_text()
    assert part.locator(".attempt").count() == 2
    first, second = part.locator(".attempt").all()
    assert first.inner_text().startswith("levelled kept")
    assert "Tried because slope is 4.2, usually 0.1" in first.inner_text()
    assert second.locator("figcaption").all_inner_texts() == ["after: grain taken out", "after: sharpened"]
    assert part.locator("figcaption").first.inner_text() == "before"
    broken = "[...document.querySelectorAll('#preparation img')].filter((one) => !one.naturalWidth).length"
    assert page.evaluate(broken) == 0


def test_the_option_off_is_named_as_the_reason(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    page.click("#options summary")
    page.select_option("#option-preprocess", "off")
    read(page)
    open_line(page, 3)
    assert "switched off" in page.inner_text("#preparation")


def test_other_readings_that_were_compared(page: Page, serve: Serve) -> None:
    texts = ("doubt us", "doubt me")
    hypotheses = (
        Hypothesis("doubt us", ("opinion", "lexicon"), Terms(-2.5, 0.5, opinion=-0.1), -1.0, 0.8),
        Hypothesis("doubt me", ("recogniser",), Terms(-1.25, 0.25, opinion=-3.0), -2.0, 0.2),
    )
    changed = Correction("doubt me", "doubt us", 0.4, 0.7, hypotheses, "PP-OCRv6-small")
    page.goto(serve(UnsureReader(texts=texts, corrections=(changed, None))))
    read(page)
    open_line(page, 1)
    part = page.locator("#comparison")
    assert (
        "by itself reads “doubt me”, right with 40 %; all considered, “doubt us” is right with 70 %"
        in part.inner_text()
    )
    assert "Asked: PP-OCRv6-small" in part.inner_text()
    heads = ["reading", "proposed by", "picture", "language", "other recogniser", "share"]
    assert part.locator("thead th").all_inner_texts() == heads
    first = part.locator("tbody tr").first.locator("th, td").all_inner_texts()
    assert first == ["doubt us", "another recogniser, the list of words", "−2.5", "0.5", "−0.1", "80 %"]
    assert part.locator("tbody tr").first.locator("mark").all_inner_texts() == ["us"]
    open_line(page, 2)
    assert "No other reading was considered" in part.inner_text()


@pytest.mark.parametrize(("route", "fails", "stands"), [
    ("explain", "#evidence", "#diagnosis .verdict"), ("diagnose", "#diagnosis", "#evidence .letter"),
])  # fmt: skip
def test_each_part_fails_by_itself(page: Page, serve: Serve, route: str, fails: str, stands: str) -> None:
    page.route(f"**/api/v1/{route}", refuse)
    page.goto(serve(UnsureReader(preparation=PREPARATION)))
    read(page)
    page.click("#lines li:nth-child(2) .choose")
    page.wait_for_selector(f"{fails} .failed:has-text('There is no such part')")
    page.wait_for_selector(stands)
    assert page.locator("#preparation .attempt").count() == 2  # it is known from the reading; pictures may lack
    page.unroute(f"**/api/v1/{route}")
    page.click(f"{fails} .failed button")
    page.wait_for_selector(f"{fails} .root:not(:empty)")


def test_another_method_is_fetched_once(page: Page, serve: Serve) -> None:
    fake = FakeReader()
    page.goto(serve(fake))
    read(page)
    open_line(page)
    with page.expect_response("**/api/v1/explain"):
        page.get_by_label("Heat by").select_option("shap")
    page.wait_for_selector(".heat:visible")
    page.locator(".letter").nth(0).click()
    page.get_by_label("Heat by").select_option("hirescam")
    page.get_by_label("Heat by").select_option("shap")
    assert "SHAP" in page.inner_text("#evidence .caption")
    assert [methods for _, methods, _ in fake.explained if methods] == [("hirescam",), ("shap",)]


def test_without_attention_none_is_offered(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader(has_attention=False)))
    read(page)
    open_line(page)
    assert "Attention" not in page.locator("#evidence option").all_inner_texts()


def test_a_line_too_long_for_maps_says_so(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader(texts=("字" * 201,))))
    read(page, ("a.png", WIDE_PNG))
    page.wait_for_selector("#evidence .letter")
    assert "201 characters" in page.inner_text("#evidence .warning:visible")
    assert page.locator("#evidence .controls:visible").count() == 0


def test_editing_a_line(page: Page, serve: Serve) -> None:
    fake = UnsureReader()
    page.goto(serve(fake))
    read(page)
    page.click("#lines li:nth-child(3) .edit")
    page.keyboard.type("doubt not")
    page.keyboard.press("Enter")
    item = page.locator("#lines li:nth-child(3)")
    assert item.locator(".text").inner_text() == "doubt not"
    assert item.locator(".confidence").inner_text() == "edited"
    assert page.inner_text("#counts") == "4 lines · 1 unsure · 1 edited"
    assert "edited" in page.inner_text("#document-list .state")
    assert "edited" in (page.locator("#overlay .box").nth(2).get_attribute("class") or "")
    page.click("#lines li:nth-child(3) .undo")
    assert item.locator(".text").inner_text() == "doubt me"
    assert page.inner_text("#counts") == "4 lines · 2 unsure"
    page.focus("#line-0 .choose")
    page.keyboard.press("n")
    page.keyboard.press("e")
    page.keyboard.type("never mind")
    page.keyboard.press("Escape")
    assert page.locator("#lines .text").all_inner_texts()[1] == "check me"
    page.keyboard.press("F2")
    page.keyboard.type("first")
    page.keyboard.press("Control+Enter")  # and on to the next
    page.keyboard.type("second")
    page.keyboard.press("Enter")
    assert page.locator("#lines .text").all_inner_texts() == ["surely", "first", "second", "certain"]


def test_evidence_for_a_text_of_ones_own(page: Page, serve: Serve) -> None:
    fake = UnsureReader()
    page.goto(serve(fake))
    read(page)
    open_line(page, 3)
    assert not page.is_visible("#about")
    page.click("#lines li:nth-child(3) .edit")
    page.keyboard.type("doubt us")
    page.keyboard.press("Enter")
    page.wait_for_selector("#about:not([hidden])")
    assert page.is_checked("#about [value=own]")
    page.wait_for_selector("#diagnosis .facts dd:nth-of-type(2)")
    assert page.inner_text("#line-title") == "doubt us"
    page.wait_for_selector("#evidence .letter")
    assert page.locator("#evidence .letter b").all_inner_texts() == [*"doubt␣us"]
    assert ("doubt us", "exact") in fake.diagnosed
    assert "doubt us" in {text for text, _, _ in fake.explained}
    page.check("#about [value=read]")
    page.wait_for_selector("#evidence .letter:nth-child(8)")
    assert page.inner_text("#line-title") == "doubt me"


def test_only_unsure_lines_and_the_next_of_them(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    page.check("#unsure-only")
    assert page.locator("#lines li:visible .text").all_inner_texts() == ["check me", "doubt me"]
    for expected in ("check me", "doubt me", "check me"):
        page.click("#next-unsure")
        assert page.locator("#lines li.chosen .text").inner_text() == expected
    page.keyboard.press("p")
    assert page.locator("#lines li.chosen .text").inner_text() == "doubt me"
    for number in (2, 3):
        page.click(f"#lines li:nth-child({number}) .edit")
        page.keyboard.type(f"edited {number}")
        page.keyboard.press("Enter")
    assert page.is_disabled("#next-unsure")
    assert page.inner_text("#counts") == "4 lines · none unsure · 2 edited"


def test_the_bundled_model_explains_and_diagnoses(page: Page, serve: Serve, reader: Reader) -> None:
    page.goto(serve(reader))
    read(page, ("a.png", encoded(picture_of("Total 42.50", size=(240, 48)))), ("b.png", PNG))
    page.click("#document-list li:nth-child(1) .open")
    open_line(page)
    assert page.inner_text("#line-title") == "Total 42.50"
    assert page.locator("#evidence .letter").count() == 11
    assert page.locator("#diagnosis .causes tr").count() >= 1
    nothing = page.inner_text("#diagnosis .verdict")
    page.click("#diagnosis .misread")
    page.wait_for_function(
        "said => ![said, undefined].includes(document.querySelector('#diagnosis .verdict')?.innerText)", arg=nothing
    )
    assert page.locator("#diagnosis .misread").count() == 0
    page.click("#lines li:nth-child(1) .edit")
    page.keyboard.type("Total 42.60")
    page.keyboard.press("Enter")
    page.wait_for_selector("#diagnosis .facts mark")
    assert page.locator("#diagnosis .facts mark").all_inner_texts() == ["5", "6"]
    page.wait_for_selector("#evidence .letter")
    assert page.locator("#evidence .letter b").all_inner_texts()[-2] == "6"
