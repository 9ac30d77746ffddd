"""What is taken away from the page: copied and downloaded, with what the user has written where the format holds it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lucidocr.export import FORMATS, Sheet
from lucidocr.export.json import page_record
from lucidocr.types import Block, Cell
from lucidocr.types import Page as ReadPage
from tests.browser.driving import Serve, UnsureReader, read
from tests.fakes import FakeReader
from tests.pdfs import pdf_of, shown

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BOX = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
TEXTS = ("Title #1", "a hyphen-", "ated word", "中文", "一行", "Name", "Zoë*", "h1", "h2", "c1", "- c2", "1. last")


class LaidOutReader(FakeReader):
    """Reads a page of all kinds of blocks."""

    def read(self, source: Any, **options: Any) -> ReadPage:
        page = super().read(source, **options)
        cells = tuple(Cell(row, column, self.texts[7 + 2 * row + column], (7 + 2 * row + column,), BOX)
                      for row in range(2) for column in range(2))  # fmt: skip
        form = (Cell(0, 0, "Name", (5,), BOX), Cell(0, 1, "Zoë*", (6,), BOX))
        blocks = (
            Block("heading", (0,), BOX, level=2), Block("paragraph", (1, 2, 3, 4), BOX),
            Block("form", (5, 6), BOX, cells=form), Block("table", (7, 8, 9, 10), BOX, cells=cells),
            Block("paragraph", (11,), BOX),
        )  # fmt: skip
        return replace(page, blocks=blocks)


def download(page: Page, form: str) -> bytes:
    page.select_option("#format", form)
    with page.expect_download() as taken:
        page.click("#download")
    assert taken.value.suggested_filename == f"invoice{FORMATS[form].suffix}"
    return Path(taken.value.path()).read_bytes()


def edit(page: Page, number: int, text: str) -> None:
    page.click(f"#lines li:nth-child({number}) .edit")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_copy(page: Page, serve: Serve) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(serve(UnsureReader()))
    read(page)
    edit(page, 2, "checked")
    page.click("#copy")
    page.wait_for_selector("#copy:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == "surely\nchecked\ndoubt me\ncertain"


@pytest.mark.parametrize("form", FORMATS)
def test_every_format(page: Page, serve: Serve, form: str) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    content = download(page, form)
    starts = {"pdf": b"%PDF-", "image": b"\x89PNG"}
    if form in starts:
        assert content.startswith(starts[form])
    else:
        assert "doubt" in content.decode()


def test_formats_that_are_written_here_are_those_of_the_service(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    read_page = _laid_out()
    write = """async ([record, name, edits]) => {
        const { WRITERS, editedTsv } = await import("/static/texts.js");
        const { Page } = await import("/static/documents.js");
        const page = new Page(record);
        for (const [index, text] of edits) page.edit(index, text);
        return name === "tsv" ? editedTsv(record.tsv, [page]) : WRITERS[name]([page, page]);
    }"""
    record = page_record(read_page)
    sheets = [Sheet(None, read_page), Sheet(None, read_page)]  # type: ignore[arg-type]  # no picture is drawn
    for name in ("text", "markdown"):
        made = page.evaluate(write, [record, name, []])
        assert made == b"".join(FORMATS[name].write(sheets)).decode(), name
    tsv = b"".join(FORMATS["tsv"].write(sheets[:1])).decode()
    assert page.evaluate(write, [{**record, "tsv": tsv}, "tsv", []]) == tsv
    edited = page.evaluate(write, [record, "markdown", [[10, "new | cell"], [0, "New title"]]])
    assert "## New title\n" in edited
    assert "| c1 | new \\| cell |" in edited


def _laid_out() -> ReadPage:
    from lucidocr.types import PageImage
    from tests.evidence import line_pixels

    pixels = line_pixels("abc")
    reader = LaidOutReader(texts=TEXTS)
    return reader.read(PageImage(pixels[..., None].repeat(3, axis=2)))


def test_edits_stand_in_the_formats_that_hold_them(page: Page, serve: Serve) -> None:
    page.goto(serve(UnsureReader()))
    read(page)
    edit(page, 3, "no doubt")
    assert download(page, "text").decode() == "surely\ncheck me\nno doubt\ncertain\n"
    assert "no doubt" in download(page, "markdown").decode()
    (record,) = json.loads(download(page, "json"))
    assert record["lines"][2]["text"] == "no doubt"
    assert (record["lines"][2]["as_read"], record["lines"][2]["edited"]) == ("doubt me", True)
    assert "edited" not in record["lines"][1]
    assert record["text"] == "surely\ncheck me\nno doubt\ncertain"
    rows = [row.split("\t") for row in download(page, "tsv").decode().splitlines()]
    assert [row[-1] for row in rows if row[0] == "5"] == ["surely", "check me", "no doubt", "certain"]
    assert {len(row) for row in rows} == {12}
    assert page.inner_text("#download-note") == ""
    page.select_option("#format", "hocr")
    assert "without your edits" in page.inner_text("#download-note")
    assert "no doubt" not in download(page, "hocr").decode()


def test_all_documents_one_after_another_or_as_one_text(page: Page, serve: Serve) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(serve(UnsureReader()))
    read(page)
    assert not page.is_visible("#download-all")
    assert not page.is_visible("#copy-all")
    page.click("#clear")
    read(page, "a.png", ("b.pdf", pdf_of(shown("one", 10, 50), shown("two", 10, 50))))
    page.click("#copy-all")
    page.wait_for_selector("#copy-all:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()").count("surely\ncheck me") == 3
    page.select_option("#format", "text")
    with page.expect_download() as taken:
        page.click("#download-all")
    assert taken.value.suggested_filename == "documents.txt"
    assert Path(taken.value.path()).read_text(encoding="utf-8").count("surely") == 3
    page.select_option("#format", "markdown")
    names: list[str] = []
    page.on("download", lambda one: names.append(one.suggested_filename))
    with page.expect_download(lambda one: one.suggested_filename == "b.md"):
        page.click("#download-all")
    assert names == ["a.md", "b.md"]


def test_a_format_that_cannot_be_made_says_why(page: Page, serve: Serve) -> None:
    page.goto(serve(FakeReader()))
    read(page, ("b.pdf", pdf_of(shown("one", 10, 50), shown("two", 10, 50))))
    page.select_option("#format", "image")
    page.click("#download")
    page.wait_for_selector("#download-note:has-text('shows one page')")
