"""How lines with known boxes become rows of figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.boxed import SYNTHETIC, WORDS, BoxedLine, scene_words, script_of
from benchmarks.examining import Examined, Likeness, Scored, spread
from benchmarks.explaining_figures import by_method, rows_of, set_figures
from lucidocr.explain.faithfulness import Effect


def line_of(text: str, source: str = "face") -> BoxedLine:
    boxes = np.array([(10.0 * k, 0.0, 10.0 * k + 8, 30.0) for k in range(len(text))], np.float32)
    return BoxedLine(SYNTHETIC, source, np.zeros((32, 10 * len(text)), np.uint8), text, boxes)


def scored(method: str, *, right: bool = True, deletion: float = 2.0, pointing: bool = True) -> Scored:
    return Scored(method, right, pointing, 0.5, Effect(deletion, deletion / 4, 1.0, 2.0, 0.5))


@pytest.mark.parametrize(
    ("reading", "text", "expected"),
    [
        ("abc", "abc", {0: 0, 1: 1, 2: 2}),
        ("aBc", "AbC", {0: 0, 1: 1, 2: 2}),
        ("a-bc", "abc", {0: 0, 2: 1, 3: 2}),
        ("ac", "abc", {0: 0, 1: 2}),
        ("a c", "a c", {0: 0, 2: 2}),
        ("xyz", "abc", {}),
    ],
)
def test_right_characters_find_their_boxes(reading: str, text: str, expected: dict[int, int]) -> None:
    assert line_of(text).places(reading) == expected


@pytest.mark.parametrize(
    ("char", "script"), [("元", "han"), ("a", "latin"), ("7", "latin"), ("，", "other"), ("é", "other")]
)
def test_scripts(char: str, script: str) -> None:
    assert script_of(char) == script


def test_boxes_of_scene_words_count_pixels_from_one(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (20, 10)).save(tmp_path / "images" / name)
    (tmp_path / "labels.tsv").write_text("a.png\tI\nb.png\tII\nc.png\tI\n", encoding="utf-8")
    (tmp_path / "split.tsv").write_text("a.png\t1\treport\nb.png\t2\ttune\nc.png\t3\ttrain\n", encoding="utf-8")
    boxes = {"a.png": [[1, 1, 20, 10]], "b.png": [[1, 2, 9, 5], [10, 2, 9, 5]], "c.png": [[1, 1, 1, 1]]}
    (tmp_path / "char_boxes.json").write_text(json.dumps(boxes), encoding="utf-8")
    first, second = scene_words(tmp_path)
    assert (first.dataset, first.source, first.text) == (WORDS, "report", "I")
    assert first.boxes.tolist() == [[0, 0, 20, 10]]
    assert second.boxes.tolist() == [[0, 1, 9, 6], [9, 1, 18, 6]]


def test_rows_are_means_over_right_characters_and_misreads_stand_apart() -> None:
    examined = [
        Examined(
            SYNTHETIC, 3, 2, (("latin", 0.5), ("latin", 1.0)), 3, (0.7, 0.9), (scored("a"), scored("a", deletion=4.0))
        ),
        Examined(SYNTHETIC, 1, 0, (), 0, (), (scored("a", right=False, deletion=-1.0), scored("b", pointing=False))),
    ]
    first, second = rows_of(examined)
    assert (first.method, first.characters, first.misread) == ("a", 2, 1)
    assert (first.deletion, first.elsewhere, first.ratio) == (3.0, 0.75, 4.0)
    assert first.selectivity == pytest.approx(0.25)
    assert (first.misread_deletion, first.misread_elsewhere) == (-1.0, -0.25)
    assert (second.pointing, second.misread_deletion) == (0.0, None)
    found = set_figures(SYNTHETIC, [line_of("a", "x"), line_of("b", "y")], examined, attention=True)
    assert (found.lines, found.characters, found.right) == (2, 4, 2)
    assert found.iou == {"latin": 0.75}
    assert found.agreement == 0.75
    assert found.ceiling == pytest.approx(0.8)
    assert found.sources == {"x": 1, "y": 1}


def test_correlations_are_averaged_by_set_and_method() -> None:
    found = by_method([[Likeness("s", "a", 0.2), Likeness("s", "b", 1.0)], [], [Likeness("s", "a", 0.4)]])
    assert found == pytest.approx({("s", "a"): 0.3, ("s", "b"): 1.0})


def test_a_sample_is_spread_evenly() -> None:
    lines = [line_of("a", str(number)) for number in range(10)]
    assert [line.source for line in spread(lines, 3)] == ["0", "3", "6"]
    assert spread(lines, 20) == lines
