"""How labelled pages are compared and counted, with texts placed by hand."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import page_tables, pages, tables
from benchmarks.page_scores import PageScore, PlacedText, groups, score_page, shared_areas
from benchmarks.pages import (
    Clock,
    LabelledPage,
    Seconds,
    TimedDetector,
    TimedReader,
    figures,
    load_pages,
    read_lines_of,
    some,
)
from benchmarks.pages import truth_line as labelled
from lucidocr.errors import DatasetError
from lucidocr.types import FloatArray, Line, Page, PageImage


def box(left: float, top: float, right: float, bottom: float) -> FloatArray:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def line(text: str | None, left: float, top: float, right: float, height: float = 20) -> PlacedText:
    return PlacedText(box(left, top, right, top + height), text)


TRUTH = [line("first", 0, 0, 100), line("second", 0, 40, 100)]


class TestScore:
    def test_the_order_of_lines_does_not_matter(self) -> None:
        score = score_page(TRUTH[::-1], TRUTH, "exact")
        assert score == PageScore(lines=2, found=2, right=2, length=11)

    def test_a_line_that_was_not_read_is_neither_found_nor_right(self) -> None:
        assert score_page(TRUTH[:1], TRUTH, "exact") == PageScore(lines=2, found=1, right=1, length=11, errors=6)
        assert score_page([], TRUTH, "exact") == PageScore(lines=2, length=11, errors=11)

    def test_a_wrong_character_spoils_its_line_only(self) -> None:
        read = [line("fist", 2, 1, 101), TRUTH[1]]
        assert score_page(read, TRUTH, "exact") == PageScore(lines=2, found=2, right=1, length=11, errors=1)

    def test_what_stands_beside_the_truth_is_an_error(self) -> None:
        score = score_page([*TRUTH, line("xyz", 300, 0, 340)], TRUTH, "exact")
        assert (score.errors, score.beside, score.right) == (3, 3, 2)

    def test_a_line_may_be_read_in_pieces(self) -> None:
        read = [line("fi", 0, 0, 40), line("rst", 41, 0, 100), TRUTH[1]]
        assert score_page(read, TRUTH, "exact") == PageScore(lines=2, found=2, right=2, length=11)

    def test_cells_may_be_read_as_one_line_in_its_direction(self) -> None:
        cells = [line("b", 50, 0, 90), line("a", 0, 0, 40)]
        score = score_page([line("ab", 0, 0, 90)], cells, "exact")
        assert score == PageScore(lines=2, found=2, right=2, length=2)
        turned = PlacedText(np.roll(box(0, 0, 90, 20), 2, axis=0), "ba")
        assert score_page([turned], cells, "exact").right == 2

    def test_what_the_truth_leaves_open_is_not_counted(self) -> None:
        truth = [*TRUTH, line(None, 0, 80, 100)]
        for read in (TRUTH, [*TRUTH, line("anything", 0, 80, 100)]):
            assert score_page(read, truth, "exact") == PageScore(lines=2, found=2, right=2, length=11)

    def test_a_line_of_which_the_rule_leaves_nothing_is_no_line(self) -> None:
        truth = [*TRUTH, line("---", 0, 80, 100)]
        assert score_page(TRUTH, truth, "alnum") == PageScore(lines=2, found=2, right=2, length=11)

    def test_a_touch_makes_no_group(self) -> None:
        read = [line("first", 0, 0, 100, height=45), TRUTH[1]]  # reaches five pixels into the second line
        assert score_page(read, TRUTH, "exact").right == 2

    def test_a_line_of_which_less_than_half_was_read_is_not_found(self) -> None:
        assert score_page([line("fi", 0, 0, 40)], TRUTH, "exact").found == 0
        assert score_page([line("fir", 0, 0, 60)], TRUTH, "exact").found == 1


def test_shared_areas_of_tilted_quads() -> None:
    tilted = np.array([(10, 0), (20, 10), (10, 20), (0, 10)], np.float32)
    assert shared_areas([tilted], [box(0, 0, 20, 20), box(10, 0, 20, 20), box(21, 0, 30, 9)]) == pytest.approx(
        np.array([[200, 100, 0]])
    )


def test_groups_hang_together_through_any_number_of_links() -> None:
    linked = np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]], np.bool_)
    assert list(groups(linked)) == [([0, 1], [0, 1]), ([2], [3]), ([3], []), ([], [2])]


class TestFigures:
    def test_counts_of_pages_are_added_before_they_are_divided(self) -> None:
        scores = [PageScore(1, 1, 0, 10, 5, 2), PageScore(3, 2, 2, 30, 3, 0)]
        found = figures("sroie", "tune", scores, [Seconds(3.0, 1.0, 1.5), Seconds(1.0, 1.0, 0.0)])
        assert (found.pages, found.lines, found.rule) == (2, 4, "alnum")
        assert (found.found, found.right, found.cer, found.beside) == (0.75, 0.5, 0.2, 0.05)
        assert (found.seconds, found.detection, found.recognition) == (2.0, 0.5, 0.375)
        assert found.rest == pytest.approx(0.125)

    def test_pages_without_any_line(self) -> None:
        found = figures("sroie", "tune", [PageScore(errors=4, beside=4)], [Seconds(1.0, 1.0, 0.0)])
        assert (found.found, found.right, found.cer) == (0, 0, 4)


def make_set(folder: Path) -> Path:
    (folder / "images").mkdir(parents=True)
    poly = box(0, 0, 30, 10).tolist()
    lines = [{"poly": poly, "text": "a"}, {"poly": poly, "text": None}, {"poly": poly, "text": "b", "ignore": True}]
    files = ["1.png", "2.png", "3.png"]
    labels = [{"file": file, "size": [40, 20], "lines": lines} for file in files]
    (folder / "gt.json").write_text(json.dumps(labels), encoding="utf-8")
    parts = zip(files, ["tune", "report", "tune"], strict=True)
    (folder / "split.tsv").write_text("".join(f"{file}\tbook\t{part}\n" for file, part in parts), encoding="utf-8")
    for file in files:
        cv2.imwrite(str(folder / "images" / file), np.full((20, 40), 200, np.uint8))
    return folder


class TestPages:
    def test_only_pages_of_the_part(self, tmp_path: Path) -> None:
        found = load_pages(make_set(tmp_path / "one"), "tune")
        assert [page.path.name for page in found] == ["1.png", "3.png"]
        assert [line.text for line in found[0].lines] == ["a", None, None]

    def test_a_set_that_is_missing_or_has_no_such_page(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match=r"split\.tsv"):
            load_pages(tmp_path / "none", "tune")
        folder = make_set(tmp_path / "one")
        (folder / "split.tsv").write_text("1.png\tbook\ttune\n", encoding="utf-8")
        with pytest.raises(DatasetError, match="no page of part 'report'"):
            load_pages(folder, "report")

    def test_labels_in_another_order_are_put_in_that_of_reading(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        orders = tmp_path / "orders.json"
        monkeypatch.setattr(pages, "ORDERS", orders)
        folder = make_set(tmp_path / "one")
        orders.write_text('{"one": {"1.png": [1, 2, 0]}, "other": {"3.png": [2, 1, 0]}}', encoding="utf-8")
        first, third = load_pages(folder, "tune")
        assert [line.text for line in first.lines] == [None, None, "a"]
        assert [line.text for line in first.given or ()] == ["a", None, None]
        assert third.given is None
        orders.write_text('{"one": {"1.png": [1, 0]}}', encoding="utf-8")
        with pytest.raises(DatasetError, match="has 3 labels"):
            load_pages(folder, "tune")

    def test_the_orders_of_reading_are_permutations(self) -> None:
        for files in json.loads(pages.ORDERS.read_text(encoding="utf-8")).values():
            for order in files.values():
                assert sorted(order) == list(range(len(order)))
                assert order != sorted(order)

    def test_an_empty_text_is_left_open(self) -> None:
        assert labelled({"poly": box(0, 0, 1, 1).tolist(), "text": ""}).text is None

    def test_a_limit_draws_the_same_pages_for_a_seed(self) -> None:
        pages = [LabelledPage(Path(f"{number}.png"), ()) for number in range(20)]
        drawn = some(pages, 5, seed=3)
        assert len(drawn) == 5
        assert drawn == some(pages, 5, seed=3) != some(pages, 5, seed=4)
        assert drawn == sorted(drawn, key=pages.index)
        assert some(pages, None, 0) == some(pages, 30, 0) == pages

    def test_the_first_side_of_a_column_runs_downwards(self) -> None:
        corners = tuple((float(x), float(y)) for x, y in box(0, 0, 10, 80))
        lines = tuple(Line("ab", 0.9, corners, vertical=vertical) for vertical in (False, True))
        level, column = read_lines_of(Page(lines, 100, 100))
        assert (level.box[1] - level.box[0]).tolist() == [10, 0]
        assert (column.box[1] - column.box[0]).tolist() == [0, 80]


def test_a_clock_adds_up_even_what_fails() -> None:
    clock = Clock()
    with pytest.raises(KeyError), clock.running():
        raise KeyError
    first = clock.seconds
    with clock.running():
        pass
    assert 0 < first < clock.seconds


def test_a_timed_detector_finds_the_same() -> None:
    class Finder:
        def find(self, page: PageImage) -> list[FloatArray]:
            return [box(0, 0, page.width, page.height)]

    timed = TimedDetector(Finder())
    (found,) = timed.find(PageImage(np.zeros((5, 9, 3), np.uint8)))
    assert found[2].tolist() == [9, 5]
    assert timed.clock.seconds > 0


@pytest.mark.parametrize("size", [(400, 300), (400, 40)])
def test_reading_is_counted_whether_a_picture_is_a_page_or_a_line(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 3), 250, np.uint8)
    cv2.putText(pixels, "Total 42.50", (20, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    page, seconds = TimedReader(threads=1).read_timed(PageImage(pixels))
    assert len(page.lines) == 1
    assert 0 < seconds.recognition <= seconds.total - seconds.detection
    assert (seconds.detection > 0) == (page.mode == "page")


def test_the_table_shows_every_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = figures("sroie", "tune", [PageScore(1200, 900, 600, 10, 5, 2)], [Seconds(3.0, 1.5, 0.75)])
    row = page_tables.markdown({"sets": [{name: getattr(one, name) for name in one.__slots__}]}).splitlines()[-1]
    assert row == ("| sroie | tune | alnum | 1 | 1,200 | 0.750 | 0.500 | 0.500 | 0.200 | 3.00 | 50% | 25% | 25% |")
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    assert tables.TABLES["pages"]().startswith("Not measured yet: `python -m benchmarks.pages DIR`")
