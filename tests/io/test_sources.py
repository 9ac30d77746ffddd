from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageGrab

from lucidocr import io
from lucidocr.errors import MissingPartError, NotFoundError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_folder_stands_for_the_documents_in_it_and_below(tmp_path: Path) -> None:
    touch(tmp_path, "page 10.png", "page 2.PNG", "notes.txt", "sub/a.pdf", ".hidden.png", ".git/b.png")
    found = io.expand(str(tmp_path))
    assert [str(Path(name).relative_to(tmp_path)) for name in found] == ["page 2.PNG", "page 10.png", "sub/a.pdf"]


def test_a_pattern_stands_for_what_it_matches(tmp_path: Path) -> None:
    touch(tmp_path, "b10.png", "b9.png", "sub/deep/c.png", "d.jpg")
    (tmp_path / "folder.png").mkdir()
    assert [Path(name).name for name in io.expand(f"{tmp_path}/*.png")] == ["b9.png", "b10.png"]
    assert len(io.expand(f"{tmp_path}/**/*.png")) == 3


@pytest.mark.parametrize("name", ["https://example.org/*.png", "none.png", "a\0b", "a" * 5000])
def test_other_names_are_handed_on(name: str) -> None:
    assert io.expand(name) == [name]


def test_a_file_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    touch(tmp_path, "a[1].png", "a1.png")
    assert io.expand(f"{tmp_path}/a[1].png") == [f"{tmp_path}/a[1].png"]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="holds no picture"):
        io.expand(str(tmp_path))
    with pytest.raises(NotFoundError, match="nothing matches"):
        io.expand(f"{tmp_path}/*.png")


def test_the_clipboards_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    picture = Image.new("RGB", (5, 4), "red")
    monkeypatch.setattr(ImageGrab, "grabclipboard", lambda: picture)
    page = io.clipboard()
    assert (page.source, page.width, page.height) == ("<clipboard>", 5, 4)
    picture.save(tmp_path / "a.png")
    monkeypatch.setattr(ImageGrab, "grabclipboard", lambda: [str(tmp_path / "a.png")])
    assert np.array_equal(io.clipboard().pixels, page.pixels)


@pytest.mark.parametrize("content", [None, []])
def test_a_clipboard_without_a_picture(monkeypatch: pytest.MonkeyPatch, content: object) -> None:
    monkeypatch.setattr(ImageGrab, "grabclipboard", lambda: content)
    with pytest.raises(NotFoundError, match="holds no picture"):
        io.clipboard()


@pytest.mark.parametrize("error", [NotImplementedError("xclip is required"), ChildProcessError("cannot open display")])
def test_a_system_without_a_clipboard(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(ImageGrab, "grabclipboard", fail)
    with pytest.raises(MissingPartError, match="xclip"):
        io.clipboard()
