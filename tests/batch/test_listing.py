from __future__ import annotations

from pathlib import Path

import pytest

from lucidocr.batch.listing import listed, output_of, stamp_of
from lucidocr.batch.run import count
from lucidocr.errors import NotFoundError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a.png", "deep/b.PDF", "note.txt", ".hidden/c.png", ".d.png", "../out/e.png"):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sources(*names: str, outside: str = "out") -> set[str]:
    return {one.source for one in listed(names, Path(outside)) if one.error is None}


def test_a_folder_stands_for_its_documents(here: Path) -> None:
    assert sources("scans") == {"scans/a.png", "scans/deep/b.PDF"}


def test_patterns_addresses_and_files_of_any_name(here: Path) -> None:
    assert sources("scans/*.png", "http://host/a", "scans/note.txt", "gone.png") == {
        "scans/a.png", "http://host/a", "scans/note.txt", "gone.png",
    }  # fmt: skip


def test_the_output_folder_is_not_looked_into(here: Path) -> None:
    assert sources(".", "*/*.png") == {"./scans/a.png", "./scans/deep/b.PDF", "scans/a.png"}
    assert sources(str(here / "out"), outside="out") == set()


def test_links_that_lead_in_circles_are_not_followed(here: Path) -> None:
    (here / "scans" / "loop").symlink_to(here / "scans", target_is_directory=True)
    (here / "scans" / "link.png").symlink_to(here / "scans" / "a.png")
    assert sources("scans") == {"scans/a.png", "scans/deep/b.PDF", "scans/link.png"}


@pytest.mark.parametrize("name", ["empty", "*.gif"])
def test_names_that_stand_for_nothing_have_an_error(here: Path, name: str) -> None:
    (here / "empty").mkdir()
    (found,) = listed([name], Path("out"))
    assert isinstance(found.error, NotFoundError)
    assert count([name, "scans"], Path("out")) == 2


def test_a_folder_that_cannot_be_looked_into_is_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lucidocr.batch import listing

    scan = listing.os.scandir

    def refuse(folder: str) -> object:
        if folder.endswith("deep"):
            raise PermissionError(13, "Permission denied", folder)
        return scan(folder)

    monkeypatch.setattr(listing.os, "scandir", refuse)
    found = {one.source: one.error for one in listed(["scans"], Path("out"))}
    assert found["scans/a.png"] is None
    assert "Permission denied" in str(found["scans/deep"])


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("a.png", "a.png.txt"),
        ("./scans/deep/../a.png", "scans/a.png.txt"),
        ("/data/a.png", "data/a.png.txt"),
        ("../other/a.png", "other/a.png.txt"),
        ("https://host:80/x/../y.pdf", "host%3A80/x/y.pdf.txt"),
        ("https://host/get?id=1/2", "host/get%3Fid%3D1/2.txt"),
    ],
)
def test_output_names(source: str, output: str) -> None:
    assert output_of(source, ".txt") == output


def test_documents_that_differ_in_their_ending_have_outputs_of_their_own() -> None:
    assert output_of("a.png", ".txt") != output_of("a.pdf", ".txt")


def test_a_stamp_changes_with_the_document(here: Path) -> None:
    path = here / "scans" / "a.png"
    before = stamp_of(str(path))
    path.write_bytes(b"other")
    assert before
    assert stamp_of(str(path)) != before
    assert stamp_of("gone.png") == stamp_of("http://host/a") == ""
