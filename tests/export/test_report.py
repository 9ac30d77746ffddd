"""The files of a report: a page that needs nothing else, a record, and pictures."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from lucidocr.export.report import report_files, report_page
from lucidocr.types import ExplainedPage
from tests.evidence import HEIGHT, WIDE, explained_line, explanation_of, line_pixels, page_of

EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(2)">&amp;$x${y}'


class Reader(HTMLParser):
    """Notes elements, what they name, and the text inside of each kind."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.named: list[str] = []
        self.texts: dict[str, str] = {}
        self.record = ""
        self._attributes: dict[str, str | None] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self._attributes = dict(attrs)
        self.named += [value or "" for name, value in attrs if name in {"src", "href", "action", "data", "srcset"}]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data
        if self.open[-1:] == ["script"] and self._attributes.get("type") == "application/json":
            self.record += data


def test_the_page_needs_nothing_from_anywhere() -> None:
    html = report_page(page_of("元 invoice", "ab"))
    page = Reader(html)
    assert page.named == []
    assert not re.search(r"https?://|@import|url\(", html)
    assert "link" not in page.tags
    assert page.tags.count("script") == 2
    assert "import " not in re.sub(r"//.*|/\*.*?\*/", "", html.split('<script type="module">')[1])
    assert "default-src 'none'" in html
    assert not re.search(r"script-src[^;]*unsafe", html)


def test_the_page_holds_record_and_pictures() -> None:
    record = json.loads(Reader(report_page(page_of("元", "ab"))).record)
    assert record["text"] == "元\nab"
    line = record["lines"][1]
    assert Image.open(BytesIO(_bytes(line["image"]))).size == (2 * WIDE, HEIGHT)
    assert Image.open(BytesIO(_bytes(line["network_image"]))).height == 32
    for character in line["characters"]:
        for heat in character["maps"].values():
            assert Image.open(BytesIO(_bytes(heat["overlay"]))).format == "PNG"


def _bytes(text: str) -> bytes:
    import base64

    return base64.b64decode(text, validate=True)


def test_markup_in_texts_and_names_stays_text() -> None:
    line = explained_line(explanation_of(EVIL, methods=("hirescam",)))
    page = Reader(report_page(ExplainedPage((line,), 9, 9, EVIL)))
    assert page.tags.count("script") == 2
    assert "img" not in page.tags
    assert page.texts["title"] == f"Why: {EVIL}"
    assert json.loads(page.record)["lines"][0]["text"] == EVIL


def test_a_page_without_text() -> None:
    files = dict(report_files(ExplainedPage((), 5, 6, "blank.png")))
    assert set(files) == {"explanation.html", "explanation.json"}
    assert json.loads(files["explanation.json"])["lines"] == []


def test_the_record_names_the_files_that_are_written() -> None:
    files = dict(report_files(page_of("abc", "d")))
    record = json.loads(files["explanation.json"])
    named = set()
    for line in record["lines"]:
        named |= set(line["files"].values())
        named |= {heat["file"] for character in line["characters"] for heat in character["maps"].values()}
    assert named | {"explanation.html", "explanation.json"} == set(files)


def test_sizes_of_the_pictures() -> None:
    files = dict(report_files(page_of("abc")))
    sizes = {name: Image.open(BytesIO(data)).size for name, data in files.items() if name.endswith(".png")}
    width = 3 * WIDE
    assert sizes["line-1/line.png"] == (width, HEIGHT)
    assert sizes["line-1/network.png"] == (width, 32)
    assert sizes["line-1/alignment.png"] == (3 * width, 3 * HEIGHT + 72)
    assert {sizes[f"line-1/{name}-2.png"] for name in ("hirescam", "gradcam", "attention")} == {(3 * width, 96)}


def test_before_and_after_differ_where_the_line_is_scaled() -> None:
    tall = explanation_of("ab", pixels=np.repeat(np.repeat(line_pixels("ab"), 2, axis=0), 2, axis=1))
    files = dict(report_files(ExplainedPage((explained_line(tall),), 200, 200)))
    assert Image.open(BytesIO(files["line-1/line.png"])).size == (4 * WIDE, 64)
    assert Image.open(BytesIO(files["line-1/network.png"])).size == (2 * WIDE, 32)


@pytest.mark.parametrize("name", ["\udcff.png", "图 1.png"])
def test_names_that_are_no_utf8_can_be_written(name: str) -> None:
    files = dict(report_files(ExplainedPage((), 5, 6, name)))
    assert json.loads(files["explanation.json"])["source"] == name
