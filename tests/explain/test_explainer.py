"""Explanations by the model that comes with the package, of pictures drawn here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from lucidocr import Reader
from lucidocr.errors import AlignmentError, ImageSizeError, InputError, MissingPartError, OptionError
from lucidocr.explain.methods import METHOD_NAMES
from lucidocr.types import Explanation, ImageArray

TEXT = "Invoice 38105"


def drawn(text: str, *, size: float = 28, margin: int = 8) -> tuple[ImageArray, list[tuple[float, float]]]:
    """A tight line, dark on light, and where the ink of each character begins and ends."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin), 245)
    ImageDraw.Draw(image).text((margin - left, margin - top), text, fill=20, font=font)
    boxes = []
    for number, char in enumerate(text):
        begin = margin - left + font.getlength(text[:number])
        ink = font.getbbox(char)
        boxes.append((begin + ink[0], begin + ink[2]))
    return np.asarray(image), boxes


@pytest.fixture(scope="module")
def explained(reader: Reader) -> Explanation:
    return reader.explain(drawn(TEXT)[0], method=("hirescam", "layercam", "gradcam", "ink"))


def test_what_is_explained_is_what_is_read(reader: Reader, explained: Explanation) -> None:
    (reading,) = reader.read_lines([drawn(TEXT)[0]])
    assert explained.recognition == reading
    assert explained.alignment.text == reading.text == TEXT
    assert explained.alignment.log_prob == pytest.approx(reading.log_prob, abs=1e-3)
    assert explained.confidence == pytest.approx(reading.confidence, abs=1e-3)
    for character, span in zip(explained.characters, reading.spans, strict=True):
        assert (character.span.char, character.span.left, character.span.right) == (span.char, span.left, span.right)
        assert character.span.confidence == pytest.approx(span.confidence, abs=1e-3)


def test_characters_are_where_their_ink_is(explained: Explanation) -> None:
    for character, (left, right) in zip(explained.characters, drawn(TEXT)[1], strict=True):
        if character.span.char != " ":
            assert (character.span.left, character.span.right) == pytest.approx((left, right), abs=5)
    assert (np.diff(explained.alignment.centres) > 0).all()
    assert (explained.alignment.deviations > 0).all()


def test_alternatives_are_probabilities_with_the_character_among_them(explained: Explanation) -> None:
    for character in explained.characters:
        probabilities = [one.probability for one in character.alternatives]
        assert probabilities == sorted(probabilities, reverse=True)
        assert 2 <= len(probabilities) <= 5
        assert sum(probabilities) <= 1 + 1e-6
        assert character.span.char in [one.char for one in character.alternatives]
        assert len({one.char for one in character.alternatives}) == len(probabilities)
        assert character.against != character.span.char
        assert character.contrast > 0


def test_candidates_begin_with_the_reading(explained: Explanation) -> None:
    assert explained.candidates[0].text == TEXT
    logs = [one.log_prob for one in explained.candidates]
    assert logs == sorted(logs, reverse=True)
    assert len({one.text for one in explained.candidates}) == len(logs) == 5


def test_heat_lies_on_the_character(explained: Explanation) -> None:
    for method, least in (("hirescam", 0.9), ("layercam", 0.9), ("ink", 0.9)):
        maps = [heat for heat in explained.maps if heat.method == method]
        assert [heat.position for heat in maps] == list(range(len(TEXT)))
        hits = [
            span.left - 4 <= heat.peak[0] <= span.right + 4
            for heat, span in zip(maps, explained.alignment.spans, strict=True)
            if span.char != " "
        ]
        assert np.mean(hits) >= least, method
        assert all(heat.against == one.against for heat, one in zip(maps, explained.characters, strict=True))


def test_maps_cover_the_line(explained: Explanation) -> None:
    height, width = explained.image.shape
    for heat in explained.maps:
        left, top, right, bottom = heat.box
        assert (left, right) == pytest.approx((0, width), abs=0.06 * height)
        assert -0.06 * height <= top < bottom <= height
        assert np.isfinite(heat.values).all()


def test_a_line_may_come_in_any_form_and_method(reader: Reader, tmp_path: Path) -> None:
    image, _ = drawn("42 km")
    Image.fromarray(image).save(tmp_path / "line.png")
    for line in (image, tmp_path / "line.png", (tmp_path / "line.png").read_bytes(), Image.fromarray(image)):
        explanation = reader.explain(line, method="layercam")
        assert explanation.alignment.text == "42 km"
        assert {heat.method for heat in explanation.maps} == {"layercam"}
    assert {heat.method for heat in reader.explain(image).maps} == {"hirescam"}
    assert reader.explain(image, method=()).maps == ()


def test_methods_that_erase(reader: Reader) -> None:
    image, _ = drawn("42 km")
    explanation = reader.explain(image, method=("shap", "lime", "shap"))
    assert [heat.method for heat in explanation.maps] == ["shap"] * 5 + ["lime"] * 5
    hits = [
        span.left - 4 <= heat.peak[0] <= span.right + 4
        for heat, span in zip(explanation.maps[:5], explanation.alignment.spans, strict=True)
        if span.char != " "
    ]
    assert sum(hits) >= 3


def test_every_map_can_be_judged(reader: Reader) -> None:
    explanation = reader.explain(drawn("42 km")[0], method=("hirescam", "gradcam"), faithfulness=True)
    assert [(one.method, one.position) for one in explanation.faithfulness] == [
        (heat.method, heat.position) for heat in explanation.maps
    ]
    sharp = [one for one in explanation.faithfulness if one.method == "hirescam" and one.position != 2]
    assert np.mean([one.deletion for one in sharp]) > np.mean([one.elsewhere for one in sharp])
    assert all(0 <= one.energy <= 1 for one in explanation.faithfulness)


def test_another_text_than_the_one_that_was_read(reader: Reader) -> None:
    image, boxes = drawn(TEXT)
    explanation = reader.explain(image, text=" Inv0ice 38105 ", method=("hirescam",))
    assert explanation.recognition.text == TEXT
    assert explanation.alignment.text == "Inv0ice 38105"
    assert explanation.confidence < 0.05
    assert explanation.recognition.confidence > 0.5
    wrong = explanation.characters[3]
    assert (wrong.span.char, wrong.against) == ("0", "o")
    assert wrong.contrast < 0
    assert wrong.span.confidence < 0.5
    assert (wrong.span.left, wrong.span.right) == pytest.approx(boxes[3], abs=4)
    assert len(explanation.maps) == len(TEXT)


def test_a_text_that_lacks_what_is_there_or_has_more(reader: Reader) -> None:
    image, boxes = drawn("OCR 2031")
    for text, place, box in (("OC 2031", 3, 4), ("OCRR 2031", 5, 4)):
        explanation = reader.explain(image, text=text, method=())
        assert explanation.alignment.text == text
        assert explanation.alignment.centres[place] == pytest.approx(sum(boxes[box]) / 2, abs=6)


def test_a_blank_picture_has_nothing_to_explain(reader: Reader) -> None:
    explanation = reader.explain(np.full((40, 200), 255, np.uint8), method=METHOD_NAMES)
    assert explanation.recognition.text == explanation.alignment.text == ""
    assert (explanation.characters, explanation.maps) == ((), ())
    assert 0 <= explanation.confidence <= 1
    assert explanation.candidates


def test_one_character(reader: Reader) -> None:
    explanation = reader.explain(drawn("R")[0], method=("hirescam", "shap"))
    assert explanation.alignment.text == "R"
    assert [heat.method for heat in explanation.maps] == ["hirescam", "shap"]


def test_two_hundred_characters(reader: Reader) -> None:
    text = ("Lucid reading of long lines, 0123456789. " * 5)[:200].strip()
    explanation = reader.explain(drawn(text)[0], method=("hirescam",))
    assert len(explanation.maps) == len(explanation.characters) == len(explanation.recognition.text)
    assert len(explanation.characters) > 150
    hits = [
        span.left - 6 <= heat.peak[0] <= span.right + 6
        for heat, span in zip(explanation.maps, explanation.alignment.spans, strict=True)
    ]
    assert np.mean(hits) > 0.8


def test_what_cannot_be_explained_is_said(reader: Reader) -> None:
    image, _ = drawn("42")
    with pytest.raises(AlignmentError, match="does not know \ufffc"):
        reader.explain(image, text="4\ufffc2")
    with pytest.raises(AlignmentError, match="no alignment"):
        reader.explain(image, text="42" * 60)
    with pytest.raises(OptionError, match="no method guess"):
        reader.explain(image, method=("guess",))
    with pytest.raises(InputError):
        reader.explain(image.astype(np.float64))
    with pytest.raises(ImageSizeError, match="too long to be explained"):
        reader.explain(np.full((8, 8 * 600), 255, np.uint8), method=("hirescam",))


def test_a_model_that_cannot_be_explained_still_tells_places_and_alternatives(toy_reader: Reader) -> None:
    from tests.toy import paint_line

    line = paint_line("abba")
    explanation = toy_reader.explain(line, method=())
    assert [one.span.char for one in explanation.characters] == list("abba")
    with pytest.raises(MissingPartError, match=r"explain\.onnx"):
        toy_reader.explain(line, method=("hirescam",))


def test_explanations_do_not_depend_on_what_else_is_asked(reader: Reader, explained: Explanation) -> None:
    pictures = [drawn(text)[0] for text in (TEXT, "42 km", "Total 7.50")]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: reader.explain(one, method=("hirescam",)), pictures * 2))
    for first, second in zip(together[:3], together[3:], strict=True):
        assert [astuple(one) for one in first.characters] == [astuple(one) for one in second.characters]
        for one, other in zip(first.maps, second.maps, strict=True):
            np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_allclose(together[0].maps[2].values, explained.maps[2].values, atol=1e-6)


def test_attention_is_a_part_that_a_model_may_lack(toy_model: Path, toy_reader: Reader) -> None:
    from tests.toy import paint_line

    assert not (toy_model / "attention.onnx").exists()
    with pytest.raises(MissingPartError):
        toy_reader.explain(paint_line("ab"), attention=True)
