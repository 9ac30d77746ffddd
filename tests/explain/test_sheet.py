from __future__ import annotations

import numpy as np

from lucidocr.explain.render import alignment_picture
from lucidocr.explain.sheet import line_sheet, page_sheet
from lucidocr.types import ExplainedPage
from tests.evidence import WIDE, explanation_of, page_of

ROW = 20 + 96  # a label and the line, three times as large


def test_a_line_has_its_alignment_and_a_row_for_each_method() -> None:
    explanation = explanation_of("abc", methods=("hirescam", "ink"), attention=True)
    sheet = line_sheet(explanation)
    alignment = alignment_picture(explanation)
    assert sheet.shape == (len(alignment) + 3 * ROW, 3 * 3 * WIDE, 3)
    assert np.array_equal(sheet[: len(alignment)], alignment)


def test_a_row_shows_the_heat_of_every_character() -> None:
    explanation = explanation_of("abc", methods=("hirescam",), attention=False)
    heat = line_sheet(explanation)[-96:].astype(int)
    for one in explanation.maps:
        x, y = (round(3 * value) for value in one.peak)
        assert heat[y, x, 0] > heat[y, x, 2] + 50
    assert np.ptp(heat[3, 3]) == 0


def test_lines_stand_one_below_the_other() -> None:
    sheet = page_sheet(page_of("abc", "a", methods=(), attention=False))
    assert sheet.shape == (2 * (96 + 72 + 16), 3 * 3 * WIDE, 3)
    assert (sheet[-80:, 3 * WIDE :] == 255).all()


def test_a_page_without_text_is_blank() -> None:
    assert (page_sheet(ExplainedPage((), 5, 6)) == 255).all()
