"""Documents agree with their translations, and their links lead to files and headings that are there."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "training" / "README.md"])
PAIRS = [("README.md", "README.zh.md"), ("docs/guide.md", "docs/guide.zh.md"), ("docs/tour.md", "docs/tour.zh.md")]

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}) +(.*?) *$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ADDRESS = re.compile(r"[a-z]+:")
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_TABLE = re.compile(r"<!-- table:\w+ -->")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code(text: str) -> list[tuple[str, str]]:
    """Language and content of every block."""
    return _FENCED.findall(text)


def headings(text: str) -> list[tuple[int, str]]:
    """Level and text of every heading outside of code."""
    return [(len(marks), title) for marks, title in _HEADING.findall(_FENCED.sub("", text))]


def anchors(text: str) -> set[str]:
    """What GitHub names the headings.

    Letters (Chinese ones too), digits, hyphens and underscores are kept in lower case, spaces become hyphens, and a
    name that was given before gets a number.
    """
    names: set[str] = set()
    for _, title in headings(text):
        plain = _MARKUP.sub(r"\1", title).lower()
        kept = [one for one in plain if one in " -_" or unicodedata.category(one)[0] in "LMN"]
        name = slug = "".join(kept).replace(" ", "-")
        count = 0
        while name in names:
            count += 1
            name = f"{slug}-{count}"
        names.add(name)
    return names


def broken(path: Path) -> list[str]:
    """Relative links of a document whose file or heading is not there."""
    found = []
    for link in _LINK.findall(text_of(path)):
        if _ADDRESS.match(link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(text_of(target))):
            found.append(link)
    return found


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_translations_have_the_same_code_and_tables(english: str, chinese: str) -> None:
    first, second = (text_of(ROOT / name) for name in (english, chinese))
    assert code(first) == code(second) != []
    assert _TABLE.findall(first) == _TABLE.findall(second)


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_translations_have_the_same_levels_of_headings(english: str, chinese: str) -> None:
    levels = [[level for level, _ in headings(text_of(ROOT / name))] for name in (english, chinese)]
    assert levels[0]
    assert levels[0] == levels[1]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_anchors_lead_somewhere(path: Path) -> None:
    assert broken(path) == []


def test_code_is_what_stands_between_fences() -> None:
    assert code("`a`\n```sh\nmake serve\n```\n\n```\nb\n```\n") == [("sh", "make serve\n"), ("", "b\n")]


def test_a_comment_in_code_is_no_heading() -> None:
    assert headings("# One\n\n```sh\n# no heading\n```\n\n## Two\n") == [(1, "One"), (2, "Two")]


def test_anchors_are_named_as_github_names_them() -> None:
    assert anchors("# What `read` does, and why\n## 识别（图片）\n## 识别（图片）\n## [Link](a.md) here\n") == {
        "what-read-does-and-why",
        "识别图片",
        "识别图片-1",
        "link-here",
    }


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(
        "# One\n[a](#one) [b](#two) [c](a.md#one) [d](b.md) [e](https://x.org/y.md)\n", encoding="utf-8"
    )
    assert broken(document) == ["#two", "b.md"]
