"""Pages rewritten for display: what was read is kept, and every character has a place."""

from __future__ import annotations

from lucidocr.correct.display import normalise_line, normalise_page
from lucidocr.correct.normalise import Normalisation
from lucidocr.types import Block, Cell, Page
from tests.fakes import line_of

BOX = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def test_a_space_put_in_takes_the_gap() -> None:
    line = normalise_line(line_of("第3页"), Normalisation(spaces="add"))
    assert (line.text, line.as_read) == ("第 3 页", "第3页")
    assert "".join(span.char for span in line.spans) == line.text
    assert len(line.quads) == len(line.text)
    first, gap, second = line.spans[:3]
    assert first.right == gap.left <= gap.right <= second.left
    assert gap.confidence == 0.9
    assert line.quads[1][0] == line.quads[0][1]


def test_spaces_taken_out_leave_the_others_in_their_places() -> None:
    plain = line_of("第 3 页")
    line = normalise_line(plain, Normalisation(spaces="remove"))
    assert line.text == "第3页"
    assert [span.left for span in line.spans] == [plain.spans[place].left for place in (0, 2, 4)]


def test_what_is_not_changed_stays_the_very_line() -> None:
    line = line_of("abc")
    assert normalise_line(line, Normalisation(spaces="add")) is line
    assert line.as_read is None
    page = Page((line,), 10, 10)
    assert normalise_page(page, Normalisation()) is page


def test_cells_are_rewritten_with_their_lines() -> None:
    cell = Cell(0, 0, "ＡＢ", (0,), BOX)
    page = Page((line_of("ＡＢ"),), 10, 10, blocks=(Block("table", (0,), BOX, cells=(cell,)),))
    shown = normalise_page(page, Normalisation(width="half"))
    assert (shown.lines[0].text, shown.blocks[0].cells[0].text, shown.text) == ("AB", "AB", "AB")
    assert shown.lines[0].as_read == "ＡＢ"
