"""Lists that packages carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from lucidocr.correct import builtin
from lucidocr.correct.builtin import BUILT_IN, built_in
from lucidocr.correct.lexicon import load_lexicons
from lucidocr.errors import MissingPartError, NotFoundError, OptionError

SAMPLES = {
    "places": ("上海", "California"),
    "names": ("李白", "Johnson"),
    "law": ("上诉", "上訴"),
    "medicine": ("乳腺炎", "肺炎"),
    "finance": ("审计", "投資"),
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_list_holds_what_its_name_says(name: str) -> None:
    entries = built_in(name)
    assert set(SAMPLES[name]) <= set(entries.words)
    assert len(entries.words) > 500
    assert len(entries.words) == len(entries.weights) == len(set(entries.words))


def test_lists_are_found_by_their_names_unless_a_file_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "法院" in load_lexicons(["law"]).words
    Path("law").write_text("甲乙丙\n", encoding="utf-8")
    assert load_lexicons(["law"]).words == ("甲乙丙",)
    with pytest.raises(NotFoundError):
        load_lexicons(["cooking"])


def test_a_list_whose_package_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "find_spec", lambda _name: None)
    with pytest.raises(MissingPartError, match=r"jieba.*lucidocr\[lexicons\]"):
        built_in("places")


def test_an_unknown_list_is_refused() -> None:
    with pytest.raises(OptionError, match="'cooking'"):
        built_in("cooking")
