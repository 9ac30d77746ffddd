"""The interface's words: all of them are there in Chinese too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lucidocr
from lucidocr.export.explanation import method_records

ROOT = Path(lucidocr.__file__).parent
SHARED = ROOT / "export" / "static"
SCRIPTS = sorted([*SHARED.glob("*.js"), *(ROOT / "serve" / "static").glob("*.js")])
PAGES = [ROOT / "export" / "templates" / "report.html", ROOT / "serve" / "templates" / "index.html"]
STRING = r'"((?:[^"\\]|\\.)*)"'


def chinese() -> dict[str, str]:
    files = (SHARED / "chinese.js", ROOT / "serve" / "static" / "phrases.js")
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return dict(re.findall(rf"{STRING}:\s*{STRING}", text))


def said(script: str, *, lists: bool) -> set[str]:
    """The texts that a script says, in its lists too where asked; strings joined by plus signs are one."""
    joined = re.sub(r'"\s*\+\s*"', "", script)
    listed = re.findall(r"^const [A-Z]+ = \[(.*?)\];", joined, re.MULTILINE | re.DOTALL) if lists else []
    return set(re.findall(rf"\bsay\(\s*{STRING}", joined)) | {
        text for one in listed for text in re.findall(STRING, one)
    }


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_what_scripts_say(path: Path) -> None:
    assert said(path.read_text(encoding="utf-8"), lists=path.parent == SHARED) <= set(chinese())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_pages_say(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    texts = {text.strip() for text in re.findall(r"data-say>([^<]*)<", page)}
    labels = set(re.findall(r'aria-label="([^"]*)"[^>]* data-say-label', page))
    assert texts
    assert texts | labels <= set(chinese())


def test_what_methods_say() -> None:
    names = {"HiResCAM", "LayerCAM", "Grad-CAM", "LIME", "SHAP"}
    texts = {text for record in method_records() for text in (record["title"], record["says"], record["warning"])}
    assert texts - names - {""} <= set(chinese())


def test_levels_and_values_are_kept() -> None:
    words = chinese()
    assert {"sure", "check", "doubtful", "nothing", "space"} <= set(words)
    for english, translated in words.items():
        assert set(re.findall(r"\{\w+\}", translated)) == set(re.findall(r"\{\w+\}", english))
