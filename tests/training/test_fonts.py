"""The font manifest is sound, and coverage is what a face draws, not what it claims."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

pytest.importorskip("fontTools", reason="needs the train extra")
pytest.importorskip("freetype", reason="needs the train extra")

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from lucidocr_training import fonts, gather
from lucidocr_training.slices import merge_slices


def draw_box(left: int, bottom: int, right: int, top: int) -> Glyph:
    pen = TTGlyphPen(None)
    pen.moveTo((left, bottom))
    pen.lineTo((left, top))
    pen.lineTo((right, top))
    pen.lineTo((right, bottom))
    pen.closePath()
    return pen.glyph()


def build_font(characters: dict[str, Glyph]) -> TTFont:
    """Return a font whose .notdef is a tall box and whose `characters` are as given."""
    glyphs = {".notdef": draw_box(50, 0, 450, 900)} | {f"u{ord(text):05X}": glyph for text, glyph in characters.items()}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(text): f"u{ord(text):05X}" for text in characters})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (600, getattr(glyph, "xMin", 0)) for name, glyph in glyphs.items()})
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    return builder.font


def save_face(folder: Path, characters: dict[str, Glyph]) -> fonts.Face:
    path = folder / "test.ttf"
    build_font(characters).save(path)
    return fonts.Face("test", "zh", "sans", 1.0, held_out=False, files=(path,), index=0)


def measure(folder: Path, characters: dict[str, Glyph], charset: str = "both") -> str:
    codes = fonts.measure_coverage(save_face(folder, characters), charset)
    return "".join(chr(code) for code in sorted(codes))


@pytest.fixture(scope="module")
def manifest() -> tuple[fonts.FaceSpec, ...]:
    return fonts.load_manifest()


class TestManifest:
    def test_has_enough_faces_of_each_script(self, manifest: tuple[fonts.FaceSpec, ...]) -> None:
        assert sum(spec.script == "zh" for spec in manifest) >= 30
        assert sum(spec.script == "latin" for spec in manifest) >= 120

    def test_holds_out_different_styles(self, manifest: tuple[fonts.FaceSpec, ...]) -> None:
        chinese = [spec.style for spec in manifest if spec.held_out and spec.script == "zh"]
        latin = [spec.style for spec in manifest if spec.held_out and spec.script == "latin"]
        assert len(chinese) == len(set(chinese)) == 4
        assert len(latin) == 6
        assert "handwriting" in chinese
        assert {"handwriting", "serif", "sans"} <= set(latin)

    def test_every_style_of_training_is_trained_on(self, manifest: tuple[fonts.FaceSpec, ...]) -> None:
        trained = {(spec.script, spec.style) for spec in manifest if not spec.held_out}
        assert {(spec.script, spec.style) for spec in manifest} == trained

    def test_every_face_has_a_licence_a_weight_and_a_slug(self, manifest: tuple[fonts.FaceSpec, ...]) -> None:
        for spec in manifest:
            assert spec.licence
            assert spec.weight > 0
            assert spec.name.replace("-", "").isalnum()
            assert spec.name == spec.name.lower()

    def test_npm_versions_are_exact(self, manifest: tuple[fonts.FaceSpec, ...]) -> None:
        for spec in manifest:
            if spec.source.startswith("npm:"):
                version = spec.source.rsplit("@", 1)[1].split(":")[0]
                assert version.replace(".", "").isdigit()

    def test_no_two_faces_share_a_source(self, manifest: tuple[fonts.FaceSpec, ...]) -> None:
        assert len({spec.source for spec in manifest}) == len(manifest)

    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            ('name = "a", script = "latin", style = "sans", licence = "MIT"', "incomplete"),
            (
                'name = "a", script = "latin", style = "sans", licence = "MIT", source = "npm:a@1", colour = 1',
                "unknown",
            ),
            ('name = "a", script = "greek", style = "sans", licence = "MIT", source = "npm:a@1"', "script"),
            ('name = "a", script = "zh", style = "sans", licence = "MIT", source = "npm:a@1"', "charset"),
            ('name = "a", script = "latin", style = "sans", licence = "MIT", source = "ftp:a"', "source"),
        ],
    )
    def test_refuses_a_bad_entry(self, tmp_path: Path, line: str, complaint: str) -> None:
        path = tmp_path / "fonts.toml"
        path.write_text(f"face = [{{ {line} }}]", encoding="utf-8")
        with pytest.raises(fonts.FontError, match=complaint):
            fonts.load_manifest(path)

    def test_refuses_a_name_used_twice(self, tmp_path: Path) -> None:
        entry = '{ name = "a", script = "latin", style = "sans", licence = "MIT", source = "npm:a@1" }'
        path = tmp_path / "fonts.toml"
        path.write_text(f"face = [{entry}, {entry}]", encoding="utf-8")
        with pytest.raises(fonts.FontError, match="twice"):
            fonts.load_manifest(path)


class TestCoverage:
    def test_keeps_what_is_drawn_and_spaces(self, tmp_path: Path) -> None:
        characters = {"A": draw_box(0, 0, 300, 700), "一": draw_box(0, 300, 900, 380), " ": Glyph()}
        assert measure(tmp_path, characters) == " A一"

    def test_drops_a_blank_character(self, tmp_path: Path) -> None:
        assert measure(tmp_path, {"A": draw_box(0, 0, 300, 700), "B": Glyph()}) == "A"

    def test_drops_a_character_drawn_as_missing(self, tmp_path: Path) -> None:
        assert measure(tmp_path, {"A": draw_box(0, 0, 300, 700), "丁": draw_box(50, 0, 450, 900)}) == "A"

    def test_keeps_a_typeface_without_lower_case(self, tmp_path: Path) -> None:
        shapes = {text: draw_box(0, 0, 100 + 20 * number, 700) for number, text in enumerate("ABC")}
        assert measure(tmp_path, shapes | {text.lower(): glyph for text, glyph in shapes.items()}) == "ABCabc"

    def test_keeps_letters_that_look_like_figures(self, tmp_path: Path) -> None:
        assert measure(tmp_path, dict.fromkeys("1Il", draw_box(0, 0, 80, 700))) == "1Il"

    def test_drops_one_placeholder_drawn_for_many_letters(self, tmp_path: Path) -> None:
        characters = dict.fromkeys("BCDE", draw_box(0, 0, 300, 600)) | {"A": draw_box(0, 0, 300, 700)}
        assert measure(tmp_path, characters) == "A"

    def test_drops_one_placeholder_drawn_for_many_symbols(self, tmp_path: Path) -> None:
        assert measure(tmp_path, dict.fromkeys("←↑→↓☀☁☂☃★", draw_box(0, 0, 300, 600))) == ""

    def test_drops_brackets_drawn_alike(self, tmp_path: Path) -> None:
        characters = dict.fromkeys("()（", draw_box(0, 0, 300, 600)) | {"[": draw_box(0, 0, 300, 700)}
        assert measure(tmp_path, characters) == "["

    @pytest.mark.parametrize(("charset", "kept"), [("simplified", "说"), ("traditional", "說"), ("both", "")])
    def test_an_ideograph_drawn_as_another_is_dropped(self, tmp_path: Path, charset: str, kept: str) -> None:
        assert measure(tmp_path, dict.fromkeys("说說", draw_box(0, 0, 900, 800)), charset) == kept

    def test_a_compatibility_ideograph_may_look_like_its_twin(self, tmp_path: Path) -> None:
        assert measure(tmp_path, dict.fromkeys("\u6d41\uf9ca", draw_box(0, 0, 900, 800))) == "\u6d41\uf9ca"

    def test_reads_the_stored_coverage(self, tmp_path: Path) -> None:
        face = save_face(tmp_path, {"A": draw_box(0, 0, 300, 700)})
        (tmp_path / "coverage.json").write_text("[[65, 67], [97, 97]]", encoding="utf-8")
        assert fonts.covered(face) == frozenset(map(ord, "ABCa"))


class TestMergeSlices:
    def test_joins_the_characters_of_all_slices(self, tmp_path: Path) -> None:
        slices = [
            build_font({"A": draw_box(0, 0, 300, 700)}),
            build_font({"A": draw_box(0, 0, 10, 10), "一": draw_box(0, 300, 900, 380)}),
        ]
        for number, font in enumerate(slices):
            font.save(tmp_path / f"{number}.ttf")
        merged = merge_slices([TTFont(tmp_path / "0.ttf"), TTFont(tmp_path / "1.ttf")])
        merged.save(tmp_path / "merged.ttf")
        result = TTFont(tmp_path / "merged.ttf")
        cmap = result.getBestCmap()
        assert set(cmap) == {ord("A"), ord("一")}
        assert result["glyf"][cmap[ord("A")]].xMax == 300
        assert result["hmtx"][cmap[ord("一")]] == (600, 0)

    def test_takes_cubic_outlines(self, tmp_path: Path) -> None:
        recorded = RecordingPen()
        draw_box(0, 0, 300, 700).draw(recorded, None)
        pen = T2CharStringPen(600, None)
        recorded.replay(pen)
        builder = FontBuilder(1000, isTTF=False)
        builder.setupGlyphOrder([".notdef", "A"])
        builder.setupCharacterMap({ord("A"): "A"})
        builder.setupCFF("Test", {}, dict.fromkeys([".notdef", "A"], pen.getCharString()), {})
        builder.setupHorizontalMetrics(dict.fromkeys([".notdef", "A"], (600, 0)))
        builder.setupHorizontalHeader(ascent=900, descent=-100)
        builder.setupNameTable({"familyName": "Test", "styleName": "Regular"})
        builder.setupOS2()
        builder.setupPost()
        builder.font.save(tmp_path / "cubic.otf")
        merge_slices([TTFont(tmp_path / "cubic.otf")]).save(tmp_path / "merged.ttf")
        result = TTFont(tmp_path / "merged.ttf")
        glyph = result["glyf"][result.getBestCmap()[ord("A")]]
        assert (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax) == (0, 0, 300, 700)

    def test_refuses_slices_of_different_scale(self) -> None:
        slices = [build_font({"A": draw_box(0, 0, 300, 700)}) for _ in range(2)]
        slices[1]["head"].unitsPerEm = 2048
        with pytest.raises(fonts.FontError, match="scale"):
            merge_slices(slices)

    def test_flattens_composites(self, tmp_path: Path) -> None:
        font = build_font({"A": draw_box(0, 0, 300, 700), "B": Glyph()})
        pen = TTGlyphPen({"u00041": None})
        pen.addComponent("u00041", (1, 0, 0, 1, 50, 0))
        font["glyf"]["u00042"] = pen.glyph()
        font.save(tmp_path / "composite.ttf")
        merged = merge_slices([TTFont(tmp_path / "composite.ttf")])
        merged.save(tmp_path / "merged.ttf")
        result = TTFont(tmp_path / "merged.ttf")
        glyph = result["glyf"][result.getBestCmap()[ord("B")]]
        assert not glyph.isComposite()
        assert (glyph.xMin, glyph.xMax) == (50, 350)


class TestFetch:
    def spec(self, path: Path, name: str = "test") -> fonts.FaceSpec:
        return fonts.FaceSpec(name, "latin", "sans", f"debian:none:{path}", "MIT")

    def test_gathers_indexes_and_loads(self, tmp_path: Path) -> None:
        source = save_face(tmp_path, {"A": draw_box(0, 0, 300, 700)}).files[0]
        out = tmp_path / "fonts"
        assert [outcome for _, outcome in gather.fetch_faces([self.spec(source)], out)] == ["new"]
        assert [outcome for _, outcome in gather.fetch_faces([self.spec(source)], out)] == ["kept"]
        (face,) = fonts.load_faces(out)
        assert face == fonts.Face("test", "latin", "sans", 1.0, held_out=False, files=(out / "test/test.ttf",), index=0)
        assert fonts.covered(face) == frozenset({ord("A")})

    def test_a_face_may_be_limited_to_some_characters(self, tmp_path: Path) -> None:
        source = save_face(tmp_path, {"1": draw_box(0, 0, 100, 700), "k": draw_box(0, 0, 300, 700)}).files[0]
        list(gather.fetch_faces([dataclasses.replace(self.spec(source), only="0123")], tmp_path / "fonts"))
        (face,) = fonts.load_faces(tmp_path / "fonts")
        assert fonts.covered(face) == frozenset({ord("1")})

    def test_a_failure_is_told_and_the_rest_is_kept(self, tmp_path: Path) -> None:
        source = save_face(tmp_path, {"A": draw_box(0, 0, 300, 700)}).files[0]
        broken = tmp_path / "broken.ttf"
        broken.write_bytes(b"no font")
        out = tmp_path / "fonts"
        specs = [self.spec(broken, "broken"), self.spec(source)]
        outcomes = {spec.name: outcome for spec, outcome in gather.fetch_faces(specs, out)}
        assert outcomes["broken"].startswith("failed")
        assert outcomes["test"] == "new"
        assert [face.name for face in fonts.load_faces(out)] == ["test"]

    def test_a_folder_without_index_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(fonts.FontError, match=r"index\.json"):
            fonts.load_faces(tmp_path)
