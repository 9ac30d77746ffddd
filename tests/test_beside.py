"""Pages beside other programs, with readers that are made up here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import beside, page_tables
from benchmarks.beside import Answer, Peer, Total, given_order, label_order, row
from benchmarks.huge import draw
from benchmarks.page_peers import tesseract_lines
from benchmarks.page_scores import PlacedText, ordered_errors
from benchmarks.pages import LabelledPage
from benchmarks.skewing import skew
from tests.test_pages import line

TRUTH = [line("first", 0, 0, 100), line("second", 0, 40, 100)]


class TestOrder:
    def test_lines_in_another_order_are_wrong(self) -> None:
        assert ordered_errors(TRUTH, TRUTH, "exact") == (0, 11)
        assert ordered_errors(TRUTH[::-1], TRUTH, "exact") == (10, 11)

    def test_what_was_read_where_labels_are_open_is_not_counted(self) -> None:
        truth = [TRUTH[0], line(None, 0, 40, 100)]
        assert ordered_errors(TRUTH, truth, "exact") == (0, 5)

    def test_what_was_read_beside_the_labels_is_an_error(self) -> None:
        assert ordered_errors([*TRUTH, line("xyz", 300, 0, 340)], TRUTH, "exact") == (3, 11)
        assert ordered_errors([], TRUTH, "exact") == (11, 11)

    def test_labels_in_reading_order_are_no_distance_from_it(self) -> None:
        page = LabelledPage(Path("a.png"), tuple(TRUTH))
        assert label_order("taigi_scans", [page]) == 0
        assert label_order("taigi_scans", [LabelledPage(Path("a.png"), tuple(TRUTH[::-1]))]) > 0.5

    def test_labels_as_they_are_given_may_be_far_from_it(self) -> None:
        truth = tuple(TRUTH)
        assert given_order("taigi_scans", [LabelledPage(Path("a.png"), truth)]) == 0
        assert given_order("taigi_scans", [LabelledPage(Path("a.png"), truth, truth[::-1])]) > 0.5


def test_counts_of_pages_are_added_before_they_are_divided() -> None:
    total = Total()
    total.add(Answer(tuple(TRUTH), 1.0, {"detection": 0.5}), TRUTH, "zh")
    total.add(Answer((), 2.0, {"detection": 0.1}), TRUTH, "zh")
    found = row("some reader", "taigi_scans", total)
    assert (found.pages, found.lines, found.found, found.page_cer, found.seconds) == (2, 4, 0.5, 0.5, 1.5)
    assert found.parts == {"detection": pytest.approx(0.3)}


def test_lines_of_tesseract_are_made_of_their_words() -> None:
    head = [
        "level",
        "page_num",
        "block_num",
        "par_num",
        "line_num",
        "word_num",
        "left",
        "top",
        "width",
        "height",
        "conf",
        "text",
    ]
    rows = [
        (1, 1, 0, 0, 0, 0, 0, 0, 99, 99, -1, ""),
        (4, 1, 1, 1, 1, 0, 10, 20, 80, 12, -1, ""),
        (5, 1, 1, 1, 1, 1, 10, 20, 30, 12, 90, 'say "'),
        (5, 1, 1, 1, 1, 2, 50, 20, 40, 12, 90, "two"),
        (4, 1, 1, 1, 2, 0, 10, 40, 80, 12, -1, ""),
    ]
    table = "\n".join("\t".join(map(str, one)) for one in (head, *rows))
    (found,) = tesseract_lines(table)
    assert found == {"text": 'say " two', "box": [[10, 20], [90, 20], [90, 32], [10, 32]]}


class TestPeer:
    @pytest.fixture
    def program(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "program.py"
        monkeypatch.setattr(beside, "_PROGRAM", path)
        return path

    def test_a_reader_answers_for_one_page_after_the_other(self, program: Path) -> None:
        box = [[0, 0], [9, 0], [9, 5], [0, 5]]
        answer = json.dumps({"lines": [{"box": box, "text": "TEXT"}], "seconds": 0.5, "parts": {}})
        program.write_text(
            "import sys\nprint('{\"ready\": 1}', flush=True)\n"
            f"for line in sys.stdin: print({answer!r}.replace('TEXT', line.strip()), flush=True)\n"
        )
        with Peer("RapidOCR", "zh", 1, sys.executable) as peer:
            assert peer.missing is None
            for name in ("a.bmp", "b.bmp"):
                found = peer.read(Path(name))
                assert (found.lines[0].text, found.seconds) == (name, 0.5)
                np.testing.assert_array_equal(found.lines[0].box, box)

    def test_a_reader_that_is_not_there_says_why(self, program: Path) -> None:
        program.write_text('print(\'{"missing": "no such package"}\')\n')
        with Peer("RapidOCR", "zh", 1, sys.executable) as peer:
            assert peer.missing == "no such package"

    def test_a_reader_that_gives_up(self, program: Path) -> None:
        program.write_text("print('{\"ready\": 1}', flush=True)\nimport sys\nsys.stdin.readline()\n")
        with Peer("RapidOCR", "zh", 1, sys.executable) as peer, pytest.raises(RuntimeError, match="was not read"):
            peer.read(Path("a.bmp"))


def test_tables_show_every_reader() -> None:
    shared = {"found": 1.0, "right": 0.5, "cer": 0.1, "page_cer": 0.2, "dataset": "some", "lines": 9}
    rows = [
        shared | {"model": "ours", "seconds": 1.0, "parts": {"detection": 0.6, "recognition": 0.3}},
        shared | {"model": "RapidOCR", "seconds": 3.0, "parts": {}},
    ]
    orders = {"label_order": {"some": 0.25}, "given_order": {"some": 0.5}}
    result = orders | {"rows": rows, "part": "report", "threads": 1, "missing": {"other": "why"}}
    table = page_tables.beside(result)
    assert "| some | ours | 1.000 | 0.500 | 0.100 | 0.200 | 1.00 | 3.0 |" in table
    assert "rows and columns: some 0.250; as labelled: some 0.500." in table
    assert "other is left out: why." in table
    steps = page_tables.steps(result)
    assert "| ours | 1.000 | 0.500 | 0.60 | 0.30 | 0.10 | 1.00 | 3.0 |" in steps
    assert "| RapidOCR | 1.000 | 0.500 | – | – | – | 3.00 | 1.0 |" in steps


def test_lines_of_all_sets_count_alike() -> None:
    shared = {"model": "ours", "right": 0.5, "seconds": 1.0, "parts": {}}
    rows = [shared | {"lines": 30, "found": 1.0}, shared | {"lines": 10, "found": 0.6}]
    assert "| ours | 0.900 | 0.500 | – | – | – | 1.00 | – |" in page_tables.steps({"rows": rows})


def test_a_skewed_page_keeps_its_lines_on_their_ink() -> None:
    pixels = np.full((200, 300, 3), 255, np.uint8)
    pixels[50:70, 80:200] = 0
    page, (placed,) = skew(pixels, [PlacedText(line("x", 80, 50, 200).box, "x")], 12.0)
    x, y = placed.box.mean(axis=0)
    assert page.pixels[int(y), int(x)].max() < 40
    across = placed.box[1] - placed.box[0]
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(12, abs=0.1)
    assert (placed.box >= 0).all()
    assert (placed.box <= (page.width, page.height)).all()


def test_a_huge_page_is_drawn_with_as_many_lines_as_it_says() -> None:
    page, count = draw(6000, 2000)
    assert page.shape == (2000, 6000)
    assert count == 10
