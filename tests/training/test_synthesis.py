"""Synthetic lines: the same for a seed, truthful labels, and boxes that are where the ink is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

pytest.importorskip("freetype", reason="needs the train extra")

from lucidocr.charset import Charset
from lucidocr.types import FloatArray, ImageArray
from lucidocr_training import compose
from lucidocr_training.compose import Drawing, bend, draw_text, place, vary_strokes
from lucidocr_training.corpus import Corpus, Text
from lucidocr_training.glyphs import Atlas, Glyph, open_atlas
from lucidocr_training.synthesis import Synthesiser, SyntheticLine
from tests.training import small

HALF = 128
CODE = "Ab7天gä国.W"


def same(one: SyntheticLine, other: SyntheticLine) -> bool:
    equal = np.array_equal(one.pixels, other.pixels) and np.array_equal(one.boxes, other.boxes)
    return equal and (one.text, one.face) == (other.text, other.face)


class TestSeed:
    def test_order_of_calls_does_not_matter(
        self, synthesiser: Synthesiser, atlases: tuple[Atlas, ...], corpus: Corpus
    ) -> None:
        forward = [synthesiser.line(index) for index in range(40)]
        other = Synthesiser(atlases, corpus, 7)
        for index in (25, 3, 39, 3, 0, 17):
            assert same(other.line(index), forward[index])

    def test_lines_differ(self, synthesiser: Synthesiser) -> None:
        assert len({synthesiser.line(index).pixels.tobytes() for index in range(100)}) == 100

    def test_another_seed_gives_other_lines(
        self, synthesiser: Synthesiser, atlases: tuple[Atlas, ...], corpus: Corpus
    ) -> None:
        other = Synthesiser(atlases, corpus, 8)
        assert not any(same(other.line(index), synthesiser.line(index)) for index in range(50))

    def test_seeds_do_not_share_lines_shifted(self, atlases: tuple[Atlas, ...], corpus: Corpus) -> None:
        first, second = (Synthesiser(atlases, corpus, seed) for seed in (0, 1))
        pixels = {first.line(index).pixels.tobytes() for index in range(60)}
        assert not pixels & {second.line(index).pixels.tobytes() for index in range(60)}


class TestLabels:
    def test_every_character_has_a_box(self, synthesiser: Synthesiser, charset: Charset) -> None:
        for index in range(400):
            line = synthesiser.line(index)
            assert line.boxes.shape == (len(line.text), 4)
            assert line.boxes.dtype == np.float32
            assert np.isfinite(line.boxes).all()
            assert (line.boxes[:, 2:] >= line.boxes[:, :2]).all()
            assert line.pixels.dtype == np.uint8
            assert line.pixels.ndim == 2
            assert 12 <= line.pixels.shape[0] <= 64
            assert charset.unknown(line.text) == frozenset()

    def test_characters_stand_in_the_picture_in_reading_order(self, synthesiser: Synthesiser) -> None:
        for index in range(400):
            line = synthesiser.line(index)
            middles = line.boxes[:, (0, 2)].mean(1)
            assert -0.1 * line.pixels.shape[0] < middles[0]
            assert middles[-1] < line.pixels.shape[1] + 0.1 * line.pixels.shape[0]
            if len(middles) > 3:
                assert (middles[3:] > middles[:-3]).all()

    def test_spaces_survive_and_their_box_is_the_gap(self, atlases: tuple[Atlas, ...]) -> None:
        synthesiser = Synthesiser(atlases, ScriptedCorpus(Text("ab cd", "latin")), 1)
        for index in range(30):
            line = synthesiser.line(index)
            assert line.text == "ab cd"
        drawing = draw_text(atlases[1], "ab cd", Random(0), plain=True)
        before, gap, after = drawing.boxes[1], drawing.boxes[2], drawing.boxes[3]
        assert gap[2] - gap[0] == pytest.approx(0.28 * 40, abs=1)
        assert before[2] - 2 <= gap[0]
        assert gap[2] <= after[0] + 2
        assert not drawing.coverage[:, int(before[2]) + 1 : int(after[0]) - 1].any()

    def test_a_text_of_all_kinds_has_spaces(self, synthesiser: Synthesiser) -> None:
        assert sum(" " in synthesiser.line(index).text for index in range(200)) > 5

    def test_write_draws_the_text_that_is_asked_for(self, synthesiser: Synthesiser) -> None:
        line = synthesiser.write("国 7", "cjk", 3)
        assert (line.text, line.face, len(line.boxes)) == ("国 7", "cjk", 3)
        assert same(line, synthesiser.write("国 7", "cjk", 3))


class ScriptedCorpus(Corpus):
    """Says the same texts over and over."""

    def __init__(self, *texts: Text) -> None:
        self._texts = texts

    def draw(self, rng: Random) -> Text:
        return rng.choice(self._texts)


def blocks(chars: str, width: int = 20) -> dict[str, Glyph]:
    return {char: small.block(28, width) for char in chars}


class TestFaces:
    def test_clean_print_has_tight_boxes_on_even_paper(self, synthesiser: Synthesiser) -> None:
        for index in range(12):
            line = synthesiser.plain(index)
            assert same(line, synthesiser.plain(index))
            assert line.pixels.shape[0] in {32, 40, 52}
            assert line.pixels.max() == 240
            for char, (left, top, right, bottom) in zip(line.text, np.rint(line.boxes).astype(int), strict=True):
                inside = line.pixels[max(top, 0) : bottom, max(left, 0) : right]
                assert char == " " or inside.min() < 150

    def test_a_face_without_a_character_is_not_chosen(self) -> None:
        lacking = small.make_atlas("lacking", "latin", blocks("abd"))
        holding = small.make_atlas("holding", "latin", blocks("abcd"))
        chinese = small.make_atlas("chinese", "zh", blocks("abcd"))
        synthesiser = Synthesiser((holding, lacking, chinese), ScriptedCorpus(Text("abc", "latin")), 1)
        lines = [synthesiser.line(index) for index in range(100)]
        assert {line.face for line in lines} == {"holding", "chinese"}
        assert {line.text for line in lines} == {"abc"}

    def test_what_no_face_draws_is_left_out_of_the_label(self) -> None:
        atlas = small.make_atlas("only", "zh", blocks("abd"))
        synthesiser = Synthesiser((atlas,), ScriptedCorpus(Text("c a cb", "latin")), 1)
        line = synthesiser.line(0)
        assert line.text == "a b"
        assert len(line.boxes) == 3

    def test_a_text_that_nobody_draws_is_passed_over(self) -> None:
        atlas = small.make_atlas("only", "zh", blocks("abd"))
        texts = ScriptedCorpus(Text("xyz", "latin"), Text("bad", "latin"))
        synthesiser = Synthesiser((atlas,), texts, 1)
        assert {synthesiser.line(index).text for index in range(20)} == {"bad"}

    def test_chinese_is_never_written_in_a_latin_face(self, synthesiser: Synthesiser) -> None:
        faces = {"zh": set[str](), "latin": set[str]()}
        for index in range(300):
            line = synthesiser.line(index)
            faces["zh" if any(char > "\u2e7f" for char in line.text) else "latin"].add(line.face)
        assert faces["zh"] == {"cjk"}
        assert faces["latin"] == {"cjk", "dejavu", "liberation"}

    def test_a_face_of_one_case_gets_capital_labels(self) -> None:
        capitals = small.make_atlas("capitals", "latin", blocks("abcABC"), one_case=True)
        chinese = small.make_atlas("chinese", "zh", blocks("abcABC"))
        synthesiser = Synthesiser((capitals, chinese), ScriptedCorpus(Text("aBc", "latin")), 1)
        said = {(line.face, line.text) for line in map(synthesiser.line, range(60))}
        assert said == {("capitals", "ABC"), ("chinese", "aBc")}

    def test_a_face_of_one_case_gets_capital_labels_when_characters_are_left_out(self) -> None:
        capitals = small.make_atlas("capitals", "zh", blocks("abcABC"), one_case=True)
        synthesiser = Synthesiser((capitals,), ScriptedCorpus(Text("aBcx", "latin")), 1)
        assert synthesiser.line(0).text == "ABC"

    def test_held_out_faces_are_kept_apart(self, fonts_folder: Path, texts_folder: Path) -> None:
        charset = Charset("".join(map(chr, range(0x20, 0x7F))) + "国永")
        for held_out, expected in ((False, {"dejavu", "zh-dejavu"}), (True, {"liberation", "zh-liberation"})):
            synthesiser = Synthesiser.load(fonts_folder, texts_folder, charset, 1, held_out=held_out)
            assert {synthesiser.line(index).face for index in range(40)} == expected


class TestAtlas:
    def test_holds_what_the_face_draws_and_no_more(self, atlases: tuple[Atlas, ...], charset: Charset) -> None:
        chinese, dejavu, _ = atlases
        assert set(charset.chars) == set(chinese.glyphs)
        assert "国" not in dejavu
        assert set(map(chr, range(0x21, 0x7F))) <= set(dejavu.glyphs)
        assert all(glyph.pixels.any() for char, glyph in chinese.glyphs.items() if char != " ")

    def test_bitmaps_are_tight_and_sit_on_the_baseline(self, atlases: tuple[Atlas, ...]) -> None:
        for char in "Hgä7":
            pixels = atlases[1].glyphs[char].pixels
            assert pixels[0].any()
            assert pixels[-1].any()
            assert pixels[:, 0].any()
            assert pixels[:, -1].any()
        upright, hanging = atlases[1].glyphs["H"], atlases[1].glyphs["g"]
        assert upright.top == upright.pixels.shape[0]
        assert hanging.top < hanging.pixels.shape[0]
        assert upright.pixels.shape[0] == pytest.approx(0.73 * 40, abs=1)

    def test_a_second_call_maps_what_the_first_drew(self, tmp_path: Path) -> None:
        first = open_atlas(small.FACES[1], "Hg", tmp_path)
        second = open_atlas(small.FACES[1], "Hg", tmp_path)
        assert set(first.glyphs) == set(second.glyphs) == {"H", "g"}
        assert (first.glyphs["g"].pixels == second.glyphs["g"].pixels).all()

    def test_more_characters_are_drawn_when_the_alphabet_grows(self, tmp_path: Path) -> None:
        open_atlas(small.FACES[1], "Hg", tmp_path)
        assert "A" in open_atlas(small.FACES[1], "HgA", tmp_path)

    def test_one_case_is_seen(self, atlases: tuple[Atlas, ...]) -> None:
        assert not any(atlas.one_case for atlas in atlases)


def solid(text: str) -> Atlas:
    """Every character a rectangle of a size of its own."""
    rng = Random(5)
    glyphs = {char: small.block(rng.randint(14, 34), rng.randint(14, 34), top=rng.randint(12, 30)) for char in text}
    return small.make_atlas("solid", "zh", glyphs)


def alone(atlas: Atlas, text: str, number: int) -> Atlas:
    """The same face, but only one character of the text has ink."""
    glyphs = {
        char: glyph if char == text[number] else glyph._replace(pixels=np.zeros_like(glyph.pixels))
        for char, glyph in atlas.glyphs.items()
    }
    return small.make_atlas("alone", "zh", glyphs)


def ink_box(coverage: ImageArray, level: int) -> FloatArray | None:
    rows, columns = (np.flatnonzero((coverage >= level).any(axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return np.array((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), np.float32)


def excess(drawing: Drawing, number: int, level: int = HALF) -> FloatArray | None:
    """How far the ink of the only drawn character reaches out of its box at each side; None if out of the picture."""
    height, width = drawing.coverage.shape
    limits = np.array((width, height, width, height), np.float32)
    box = np.clip(drawing.boxes[number], 0, limits)
    ink = ink_box(drawing.coverage, level)
    if ink is None or (box[2:] - box[:2]).min() < 3:
        return None
    return (ink - box) * np.array((-1, -1, 1, 1), np.float32)


def measure(
    atlas: Atlas, text: str, compose_line: Callable[[Atlas, Random], Drawing], seeds: Sequence[int], level: int = HALF
) -> FloatArray:
    """Excess of every character of ``text`` under every seed: float32 [N, 4]."""
    found = []
    for seed in seeds:
        for number in range(len(text)):
            one = excess(compose_line(alone(atlas, text, number), Random(seed)), number, level)
            if one is not None:
                found.append(one)
    assert len(found) > 0.9 * len(seeds) * len(text)
    return np.array(found)


class TestBoxes:
    TEXT = "abcd"

    def test_a_plain_drawing_is_exact(self, atlases: tuple[Atlas, ...]) -> None:
        text = CODE
        found = measure(atlases[0], text, lambda atlas, rng: draw_text(atlas, text, rng, plain=True), range(1), 1)
        assert (found == 0).all()

    def test_spacing_and_baseline_move_the_box(self, atlases: tuple[Atlas, ...]) -> None:
        text = "Ab7天"
        found = measure(atlases[0], text, lambda atlas, rng: draw_text(atlas, text, rng), range(30), 1)
        assert (found == 0).all()

    def test_strokes_stay_inside_and_near(self) -> None:
        atlas = solid(self.TEXT)
        found = measure(
            atlas, self.TEXT, lambda face, rng: vary_strokes(draw_text(face, self.TEXT, rng), rng), range(60)
        )
        assert found.max() <= 0
        assert found.min() >= -1

    @classmethod
    def placed(cls, face: Atlas, rng: Random) -> Drawing:
        return place(draw_text(face, cls.TEXT, rng), rng)

    def test_place_keeps_boxes_exact(self) -> None:
        found = measure(solid(self.TEXT), self.TEXT, self.placed, range(100))
        assert found.max() <= 1.5
        assert found.min() >= -1.5
        assert np.abs(found.mean(0)).max() < 0.25  # no shift: the half-pixel offset of warps is right

    def test_perspective_keeps_boxes_exact(self, monkeypatch: pytest.MonkeyPatch) -> None:
        viewed: list[int] = []
        perspective = compose._perspective

        def noted(rng: Random, height: int, width: int) -> FloatArray:
            viewed.append(seed)
            return perspective(rng, height, width)

        atlas = solid(self.TEXT)
        with monkeypatch.context() as patch:
            patch.setattr(compose, "_perspective", noted)
            for seed in range(300):
                self.placed(atlas, Random(seed))
        assert len(viewed) > 10
        found = measure(atlas, self.TEXT, self.placed, viewed)
        assert found.max() <= 1.5
        assert found.min() >= -1.5

    @pytest.mark.parametrize("number", [0, 1])
    def test_real_glyphs_stay_inside(self, atlases: tuple[Atlas, ...], number: int) -> None:
        text = "Ag7W"
        found = measure(atlases[number], text, lambda face, rng: place(draw_text(face, text, rng), rng), range(40))
        assert found.max() <= 1.5

    def test_bent_ink_stays_at_its_box(self) -> None:
        def bent(face: Atlas, rng: Random) -> Drawing:
            return bend(place(draw_text(face, self.TEXT, rng), rng), rng)

        def scaled(drawing: Drawing) -> Drawing:
            factor = 32 / drawing.coverage.shape[0]
            size = (round(drawing.coverage.shape[1] * factor), 32)
            coverage = np.asarray(cv2.resize(drawing.coverage, size, interpolation=cv2.INTER_LINEAR), np.uint8)
            return Drawing(coverage, drawing.boxes * np.float32(factor), drawing.ascent, drawing.descent)

        found = measure(solid(self.TEXT), self.TEXT, lambda face, rng: scaled(bent(face, rng)), range(60))
        assert np.quantile(np.abs(found[:, (0, 2)]), 0.95) <= 2
        assert np.abs(np.median(found, 0)).max() <= 1

    def test_bending_moves_boxes_with_the_ink(self) -> None:
        tight = draw_text(solid("a"), "a", Random(0), plain=True)
        wide = cv2.copyMakeBorder(tight.coverage, 8, 8, 8, 8, cv2.BORDER_CONSTANT)
        drawing = Drawing(np.asarray(wide, np.uint8), tight.boxes + np.float32(8), tight.ascent, tight.descent)
        followed, stayed = [], []
        for seed in range(40):
            bent = bend(drawing, Random(seed))
            moments = cv2.moments(bent.coverage)
            centre = np.array((moments["m10"], moments["m01"])) / moments["m00"] + 0.5
            for boxes, errors in ((bent.boxes, followed), (drawing.boxes, stayed)):
                errors.append(np.abs(boxes.reshape(2, 2).mean(0) - centre).mean())
        assert np.mean(stayed) > 0.7
        assert np.mean(followed) < 0.5 * np.mean(stayed)
