"""Pages as text, JSON, TSV, Markdown, hOCR, ALTO and PaddleOCR's shape."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from markdown_it import MarkdownIt

from lucidocr.export import FORMATS, page_record
from lucidocr.export.alto import NAMESPACE
from lucidocr.types import Block, Cell, Line, Page
from tests.export.pages import box, column_at, document, line_at, page_of, sheet_of, turned_line

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "page-1.json"
CONTROL = "a\x00\x0b\ufffe\x1bz"
"""Characters that no XML may hold."""


def written(form: str, *pages: Page) -> str:
    return b"".join(FORMATS[form].write(sheet_of(page) for page in pages)).decode("utf-8")


def rows_of(page: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(written("tsv", page).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def classes(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if element.get("class") == name]


def alto(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def test_text_keeps_lines_blocks_and_rows() -> None:
    assert written("text", document()) == "标题\n\nfirst line\nand <second> &\n\n品名\t金额\na|b\n"
    assert written("text", page_of(line_at("a  b", 0, 0)), page_of(), page_of(line_at("c", 0, 0))) == "a  b\n\f\fc\n"


@pytest.mark.parametrize("page", [document(), page_of(), page_of(column_at("春眠", 0, 0), turned_line("ab"))])
def test_records_obey_the_published_schema(page: Page) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for record in json.loads(written("json", page)):
        jsonschema.validate(record, schema)
        assert set(record) | {"success", "processing_time_ms"} == set(schema["$defs"]["page"]["properties"])
    jsonschema.validate({"success": False, "source": "a", "error": {"code": "x", "message": "y"}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**page_record(page), "confidence": 2}, schema)


def test_the_record_of_a_table() -> None:
    _, _, table = page_record(document())["blocks"]
    assert (table["kind"], table["lines"], len(table["cells"])) == ("table", [3, 4, 5], 4)
    assert table["cells"][2] | {"box": 0} == {
        "row": 1, "column": 0, "row_span": 1, "column_span": 1, "text": "a|b", "lines": [5], "box": 0,
    }  # fmt: skip


def test_tsv_has_a_row_for_every_word() -> None:
    rows = rows_of(document())
    words = [row for row in rows if row["level"] == "5"]
    assert [row["text"] for row in words] == ["标题", "first", "line", "and", "<second>", "&", "品名", "金额", "a|b"]
    assert [(row["left"], row["width"], row["block_num"], row["word_num"]) for row in words[1:3]] == [
        ("20", "100", "2", "1"),
        ("140", "80", "2", "2"),
    ]
    assert {row["conf"] for row in rows if row["level"] != "5"} == {"-1"}
    assert all(0 <= float(row["conf"]) <= 100 for row in words)


def test_markdown_is_read_back_by_a_parser() -> None:
    html = MarkdownIt("commonmark").enable("table").render(written("markdown", document()))
    assert "<h1>标题</h1>" in html
    assert "<p>first line and &lt;second&gt; &amp;</p>" in html
    assert re.findall(r"<t[hd]>(.*?)</t[hd]>", html) == ["品名", "金额", "a|b", ""]


@pytest.mark.parametrize(
    "text", ["# a", "1. a", "12) a", "- a", "+ a", "===", "---", "*a* _b_ `c` [d](e) <f> \\ ~g~ &amp;", "> a"]
)
def test_no_text_is_taken_for_a_mark(text: str) -> None:
    block = Block("paragraph", (0,), box(0, 0, 9, 9))
    (paragraph, inline, _) = MarkdownIt("commonmark").parse(
        written("markdown", page_of(line_at(text, 0, 0), blocks=(block,)))
    )
    assert paragraph.type == "paragraph_open"
    assert "".join(child.content for child in inline.children or []) == text


def test_a_form_is_a_list_of_labels_and_values() -> None:
    lines = (line_at("Name", 0, 0), line_at("Li Lei", 100, 0), line_at("Sign", 0, 30))
    cells = (Cell(0, 0, "Name", (0,), lines[0].box), Cell(0, 1, "Li Lei", (1,), lines[1].box))
    form = Block("form", (0, 1, 2), box(0, 0, 220, 50), cells=(*cells, Cell(1, 0, "Sign", (2,), lines[2].box)))
    assert written("markdown", page_of(*lines, blocks=(form,))) == "- **Name**: Li Lei\n- **Sign**:\n"


def test_pages_of_markdown_are_parted_by_rules() -> None:
    html = MarkdownIt("commonmark").render(
        written("markdown", page_of(line_at("a", 0, 0)), page_of(line_at("b", 0, 0)))
    )
    assert html == "<p>a</p>\n<hr />\n<p>b</p>\n"


def test_hocr_holds_pages_blocks_lines_words_and_characters() -> None:
    root = ET.fromstring(written("hocr", document(), page_of()).partition("\n")[2].partition("\n")[2])
    assert len(classes(root, "ocr_page")) == 2
    assert [len(classes(root, name)) for name in ("ocr_carea", "ocr_table", "ocr_header", "ocr_line")] == [2, 1, 1, 5]
    words = classes(root, "ocrx_word")
    assert ["".join(word.itertext()) for word in words][:3] == ["标题", "first", "line"]
    assert words[1].get("title") == "bbox 20 60 120 80; x_wconf 90"
    assert "".join(classes(root, "ocr_line")[0].itertext()) == "first line"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    used = {element.get("class") for element in root.iter() if element.get("class")}
    stated = next(meta.get("content") for meta in root.iter() if meta.get("name") == "ocr-capabilities")
    assert used <= set((stated or "").split())


def test_boxes_of_hocr_lie_within_those_that_hold_them() -> None:
    def check(element: ET.Element, outer: tuple[int, ...]) -> None:
        found = re.search(r"bbox (\d+) (\d+) (\d+) (\d+)", element.get("title", ""))
        own = tuple(int(value) for value in found.groups()) if found else outer
        inside = [low <= value for low, value in zip(outer[:2], own[:2], strict=True)]
        inside += [value <= high for high, value in zip(outer[2:], own[2:], strict=True)]
        assert all(inside)
        assert all(low < high for low, high in zip(own[:2], own[2:], strict=True))
        for child in element:
            check(child, own)

    check(ET.fromstring(written("hocr", document()).partition("\n")[2].partition("\n")[2]), (0, 0, 400, 300))


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (turned_line("ab"), "textangle -90.00"),
        (column_at("春", 0, 0), "textangle -90.00"),
        (line_at("ab", 20, 10), "baseline 0.0000 -4; x_size 20.0"),
    ],
)
def test_hocr_says_how_a_line_runs(line: Line, title: str) -> None:
    assert title in written("hocr", page_of(line))


def test_alto_has_the_structure_of_its_schema() -> None:
    root = ET.fromstring(written("alto", document(), page_of()).encode())
    assert [child.tag for child in root] == [alto(name) for name in ("Description", "Tags", "Layout")]
    pages = root.findall(f"{alto('Layout')}/{alto('Page')}")
    assert [(page.get("ID"), page.get("PHYSICAL_IMG_NR"), page.get("WIDTH")) for page in pages] == [
        ("page_1", "1", "400"),
        ("page_2", "2", "400"),
    ]
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name or "") for name in ids)
    labels = {tag.get("ID"): tag.get("LABEL") for tag in root.iter(alto("LayoutTag"))}
    assert [labels[block.get("TAGREFS")] for block in root.iter(alto("TextBlock"))] == ["heading", "paragraph", "table"]
    allowed = {
        "Page": {"PrintSpace"}, "PrintSpace": {"TextBlock"}, "TextBlock": {"TextLine"},
        "TextLine": {"Shape", "String", "SP"}, "String": {"Glyph"}, "Shape": {"Polygon"}, "Glyph": set(), "SP": set(),
    }  # fmt: skip
    for name, children in allowed.items():
        for element in root.iter(alto(name)):
            assert {child.tag for child in element} <= {alto(child) for child in children}


def test_alto_holds_the_text_and_its_places() -> None:
    root = ET.fromstring(written("alto", document()).encode())
    line = next(line for line in root.iter(alto("TextLine")) if line.get("ID") == "line_1_2_1")
    assert [(part.tag, part.get("CONTENT"), part.get("HPOS"), part.get("WIDTH")) for part in line] == [
        (alto("String"), "first", "20", "100"),
        (alto("SP"), None, None, None),
        (alto("String"), "line", "140", "80"),
    ]
    assert line.get("BASELINE") == "20.0,76.0 220.0,76.0"
    assert [glyph.get("CONTENT") for glyph in line[0]] == list("first")
    assert all(0 <= float(word.get("WC", "-1")) <= 1 for word in root.iter(alto("String")))


def test_alto_says_how_a_line_runs() -> None:
    level, column, turned = ET.fromstring(
        written("alto", page_of(line_at("a", 0, 0), column_at("春", 50, 0), turned_line("ab")))
    ).iter(alto("TextLine"))
    assert (level.get("BASEDIRECTION"), column.get("BASEDIRECTION")) == (None, "ttb")
    assert [line.find(alto("Shape")) is None for line in (level, column, turned)] == [True, True, True]
    slanted = ((0.0, 0.0), (90.0, 30.0), (84.0, 48.0), (-6.0, 18.0))
    (line,) = ET.fromstring(written("alto", page_of(Line("a", 0.5, slanted)))).iter(alto("TextLine"))
    assert line.find(f"{alto('Shape')}/{alto('Polygon')}") is not None


@pytest.mark.parametrize("form", ["hocr", "alto"])
def test_what_xml_cannot_hold_is_replaced(form: str) -> None:
    text = written(form, page_of(line_at(CONTROL + "\"<&'", 0, 0), source='a"b<c>;\x01.png'))
    root = ET.fromstring(text if form == "alto" else text.partition("\n")[2].partition("\n")[2])
    assert "\ufffd" in "".join(
        str(value) for element in root.iter() for value in (*element.attrib.values(), element.text)
    )


def test_the_shape_of_paddleocr() -> None:
    ((record,),) = [json.loads(written("paddle", document()))]
    result = record["res"]
    count = len(document().lines)
    assert all(len(result[key]) == count for key in ("dt_polys", "rec_texts", "rec_scores", "rec_polys", "rec_boxes"))
    assert (result["rec_texts"][1], result["rec_scores"][1], result["rec_boxes"][1]) == (
        "first line",
        0.9,
        [20, 60, 220, 80],
    )
    assert result["rec_polys"][1] == [[20, 60], [220, 60], [220, 80], [20, 80]]
    assert (result["input_path"], result["page_index"]) == ("a.png", 0)


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"image"}))
def test_a_page_without_text_is_a_result(form: str) -> None:
    assert b"".join(FORMATS[form].write([sheet_of(page_of())])) is not None


@pytest.mark.parametrize("form", sorted(name for name, one in FORMATS.items() if not one.binary))
def test_names_that_are_not_utf8_are_escaped(form: str) -> None:
    assert written(form, page_of(line_at("a", 0, 0), source="\udcff.png"))
