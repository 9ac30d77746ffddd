"""Pages of PDFs: how they are drawn, and the text that they hold themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from lucidocr import io
from lucidocr.errors import InputError, OptionError
from lucidocr.types import Line, PageImage
from tests.pdfs import pdf_of, picture, shown, stream

WHITE = Image.new("RGB", (800, 400), "white")


def page_of(data: bytes, **options: str) -> PageImage:
    (page,) = io.documents(data, **options)  # type: ignore[arg-type]
    return page


def ink(page: PageImage) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is dark."""
    rows, columns = np.nonzero(page.pixels.min(axis=2) < 128)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def bounds(line: Line) -> tuple[float, ...]:
    corners = np.array(line.box)
    return (*corners.min(axis=0), *corners.max(axis=0))


def test_pages_are_drawn_at_200_dots_per_inch() -> None:
    page = page_of(pdf_of(shown("Hello", 20, 50)))
    assert (page.width, page.height, page.number) == (556, 278, 1)
    assert page.dpi == pytest.approx(200)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_native_boxes_are_where_the_ink_is(turn: int) -> None:
    keys = f"/Rotate {turn} /MediaBox [10 5 210 105]"
    for text in ("Hello world", "发票号码"):
        page = page_of(pdf_of(shown(text, 40, 60), page_keys=keys))
        (line,) = page.native
        assert (line.text, line.confidence) == (text, 1.0)
        assert bounds(line) == pytest.approx(ink(page), abs=2.5)


@pytest.mark.parametrize(("turn", "corner"), [(0, 0), (90, 3), (180, 2), (270, 1)])
def test_boxes_begin_at_the_texts_own_top_left(turn: int, corner: int) -> None:
    page = page_of(pdf_of(shown("Hello world", 40, 60), page_keys=f"/Rotate {turn}"))
    (line,) = page.native
    left, top, right, bottom = bounds(line)
    seen = [(left, top), (left, bottom), (right, bottom), (right, top)]  # counter-clockwise from the picture's top left
    assert line.box[0] == pytest.approx(seen[corner])
    assert line.quads[0][0] == pytest.approx(line.box[0])


def test_every_character_has_its_place() -> None:
    (line,) = page_of(pdf_of(shown("i W", 20, 50, 24))).native
    assert [span.char for span in line.spans] == list("i W")
    assert [span.left for span in line.spans] == sorted(span.left for span in line.spans)
    assert line.spans[2].right - line.spans[2].left > 3 * (line.spans[0].right - line.spans[0].left)
    assert len(line.quads) == 3


def test_what_stands_far_apart_are_lines_of_their_own() -> None:
    data = pdf_of(shown("Total", 20, 50) + shown("42.00", 120, 50) + shown("below", 20, 30))
    assert [line.text for line in page_of(data).native] == ["Total", "42.00", "below"]


def test_chinese_columns() -> None:
    column = "".join(shown(char, 150, 80 - 13 * n) for n, char in enumerate("春眠不觉"))
    (line,) = page_of(pdf_of(column)).native
    assert (line.text, line.vertical) == ("春眠不觉", True)
    assert line.box[0][0] < line.box[1][0]
    assert line.box[0][1] < line.box[3][1]
    tops = [quad[0][1] for quad in line.quads]
    assert tops == sorted(tops)


def test_slanted_text() -> None:
    (line,) = page_of(pdf_of(shown("Confidential", 40, 20, turn="0.866 0.5 -0.5 0.866"))).native
    (ax, ay), (bx, by) = line.box[:2]
    assert np.degrees(np.arctan2(by - ay, bx - ax)) == pytest.approx(-30, abs=1)


def test_text_can_be_ignored() -> None:
    assert page_of(pdf_of(shown("Hello", 20, 50)), pdf_text="ignore").native == ()


def test_text_over_a_scan_is_another_programs_reading() -> None:
    content = "q 200 0 0 100 0 0 cm /Im1 Do Q "
    for mode in (0, 3):
        data = pdf_of(content + shown("Read before", 20, 60, mode=mode), extras=[picture(WHITE)])
        assert page_of(data).native == ()
    small = "q 60 0 0 30 0 0 cm /Im1 Do Q "
    assert page_of(pdf_of(small + shown("Caption", 20, 60), extras=[picture(WHITE)])).native != ()


def test_invisible_text_is_not_taken() -> None:
    assert page_of(pdf_of(shown("Hidden", 20, 60, mode=3))).native == ()
    both = shown("Seen and long enough", 20, 60) + shown("hidden", 20, 30, mode=3)
    assert [line.text for line in page_of(pdf_of(both)).native] == ["Seen and long enough"]


def test_a_scan_is_drawn_at_its_own_resolution() -> None:
    content = "q 200 0 0 100 0 0 cm /Im1 Do Q"
    page = page_of(pdf_of(content, extras=[picture(WHITE)]))
    assert (page.width, page.height) == (800, 400)
    form = stream(content.encode(), "/Type /XObject /Subtype /Form /BBox [0 0 400 400] /Resources 12 0 R")
    nested = [picture(WHITE), form, b"<< /XObject << /Im1 10 0 R >> >>"]
    outer = pdf_of("/Fm Do", extras=nested).replace(b"/Im1 10 0 R >> >> /C", b"/Fm  11 0 R >> >> /C")
    assert page_of(outer).width == 800


def test_what_is_filled_in_is_drawn_and_part_of_the_text() -> None:
    keys = "/Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (Li Lei) /DA (/F1 12 Tf 0 g) /Rect [90 55 190 75] /F 4"
    look = "/Type /XObject /Subtype /Form /BBox [0 0 100 20] /Resources << /Font << /F1 3 0 R >> >>"
    extras = [f"<< {keys} /AP << /N 11 0 R >> >>".encode(), stream(b"BT /F1 12 Tf 2 5 Td (Li Lei) Tj ET", look)]
    forms = "/AcroForm << /Fields [10 0 R] /DR << /Font << /F1 3 0 R >> >> >>"
    page = page_of(pdf_of(shown("Name", 20, 60), extras=extras, page_keys="/Annots [10 0 R]", catalog_keys=forms))
    assert sorted(line.text for line in page.native) == ["Li Lei", "Name"]
    assert ink(page)[2] > 270


def test_pages_are_chosen_and_numbered() -> None:
    data = pdf_of(*(shown(f"Page {n}", 20, 50) for n in range(1, 6)))
    pages = list(io.documents(data, pages="2-3,5", name="a.pdf"))
    assert [(page.number, page.native[0].text, page.source) for page in pages] == [
        (2, "Page 2", "a.pdf"),
        (3, "Page 3", "a.pdf"),
        (5, "Page 5", "a.pdf"),
    ]
    with pytest.raises(OptionError):
        list(io.documents(data, pages="6"))


def test_a_page_of_any_size_is_drawn_within_bounds() -> None:
    huge = page_of(pdf_of(shown("Hello", 20, 50, 900), page_keys="/MediaBox [0 0 14400 14400]"))
    assert 30_000_000 < huge.width * huge.height <= 40_000_000
    assert huge.dpi is not None
    assert huge.dpi < 40
    small = next(io.documents(pdf_of(shown("Hello", 20, 50)), max_pixels=10_000))
    assert small.width * small.height <= 10_000
    assert page_of(pdf_of("", page_keys="/MediaBox [0 0 0.1 0.1]")).width >= 1


def test_an_empty_page_is_a_page() -> None:
    page = page_of(pdf_of(""))
    assert page.native == ()
    assert page.pixels.min() == 255


def test_a_locked_file() -> None:
    key = "/Filter /Standard /V 1 /R 2 /P -4 /Length 40"
    encrypt = f"<< {key} /O <{'41' * 32}> /U <{'42' * 32}> >>".encode()
    data = pdf_of(shown("Hello", 20, 50), extras=[encrypt])
    data = data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 10 0 R /ID [<00> <00>]")
    with pytest.raises(InputError, match="is locked"):
        list(io.documents(data))


def test_no_bytes_whatever_raise_anything_else() -> None:
    chance = np.random.default_rng(3)
    data = pdf_of(shown("Hello", 20, 50), extras=[picture(WHITE.resize((40, 20)))])
    outcomes = set()
    for _ in range(60):
        broken = bytearray(data)
        for place in chance.integers(0, len(data), 12):
            broken[place] = int(chance.integers(0, 256))
        try:
            outcomes |= {type(page) for page in io.documents(bytes(broken))}
        except InputError as error:
            outcomes.add(type(error))
    assert PageImage in outcomes


def test_threads_take_turns() -> None:
    data = pdf_of(*(shown(f"Page {n}", 20, 50) for n in range(1, 5)))

    def texts(_: int) -> list[str]:
        return [page.native[0].text for page in io.documents(data)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(texts, range(8))) == [["Page 1", "Page 2", "Page 3", "Page 4"]] * 8
