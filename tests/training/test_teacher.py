"""Labels from a teacher."""

from __future__ import annotations

from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

pytest.importorskip("freetype", reason="needs the train extra")

from PIL import Image, ImageDraw, ImageFont

from lucidocr.charset import Charset
from lucidocr_training.real import load_lines
from lucidocr_training.teacher import Lesson, School, Standard, Teacher, believable, pictures, teach

pytestmark = [pytest.mark.torch, pytest.mark.system]

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
CHARSET = Charset("".join(map(chr, range(0x20, 0x7F))))


def written(text: str, size: tuple[int, int] = (640, 360)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((40, 60), text, "black", ImageFont.truetype(FONT, 32))
    return image


class TestBelievable:
    SURE = Lesson("Total 42", 0.99, 0.95)

    def test_two_sure_readings_that_agree(self) -> None:
        assert believable(self.SURE, self.SURE, CHARSET, Standard()) == "Total 42"

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (SURE, SURE._replace(text="Total 4Z")),
            (SURE, SURE._replace(mean=0.9)),
            (SURE._replace(least=0.3), SURE),
            (Lesson("", 0.0, 0.0), Lesson("", 0.0, 0.0)),
            (SURE._replace(text="国"), SURE._replace(text="国")),
            (SURE._replace(text="thequickbrownfox"), SURE._replace(text="thequickbrownfox")),
            (Lesson("I", 0.96, 0.96), Lesson("I", 0.96, 0.96)),
        ],
        ids=["disagree", "unsure", "one bad character", "nothing", "alphabet", "run together", "alone"],
    )
    def test_what_is_not_believed(self, first: Lesson, second: Lesson) -> None:
        assert believable(first, second, CHARSET, Standard()) is None


def test_the_teacher_reads_lines_of_any_width_in_their_order() -> None:
    texts = ["Total", "Invoice number 20417", "42"]
    lines = [np.asarray(written(text, (80 + 22 * len(text), 120)).convert("L"))[52:104] for text in texts]
    lessons = Teacher(threads=1).read(lines)
    assert [lesson.text for lesson in lessons] == texts
    assert all(0.8 < lesson.least <= lesson.mean <= 1 for lesson in lessons)
    assert Teacher(threads=1).read([]) == []


def test_a_folder_of_pictures_becomes_a_set(tmp_path: Path) -> None:
    source, target = tmp_path / "pictures", tmp_path / "taught"
    (source / "sub").mkdir(parents=True)
    written("Total 42 pieces").save(source / "a.png")
    ramp = np.tile(np.linspace(40, 250, 640, dtype=np.uint8), (360, 1))
    cv2.imwrite(str(source / "sub" / "b.jpg"), ramp)
    (source / "c.png").write_bytes(b"no picture")
    (source / "d.txt").write_text("no picture either")
    assert [path.name for path in pictures(source)] == ["a.png", "c.png", "b.jpg"]
    *_, total = teach(source, target, School(CHARSET, Standard(), threads=1))
    assert (total.pictures, total.kept) == (2, 1)
    (line,) = load_lines(target, CHARSET, "train")
    assert line.text == "Total 42 pieces"
    assert total.backdrops == len(list((target / "backdrops").iterdir())) == 1
    with pytest.raises(FileExistsError):
        next(teach(source, target, School(CHARSET, Standard(), threads=1)))


def test_the_same_seed_cuts_the_same_backdrops(tmp_path: Path) -> None:
    school = School(CHARSET, Standard(), threads=1)
    from lucidocr import io

    noise = np.random.default_rng(1).integers(0, 255, (300, 600), dtype=np.uint8)
    page = io.load(np.asarray(cv2.GaussianBlur(noise, (0, 0), 4) * 4 % 255, np.uint8))
    first, again = (school.attend(page, Random(5)).backdrop for _ in range(2))
    assert first is not None
    assert again is not None
    assert np.array_equal(first, again)
