"""Readings rewritten for display, and what stands behind each character."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucidocr.correct import normalise as module
from lucidocr.correct.normalise import Normalisation, normalise
from lucidocr.errors import MissingPartError, OptionError

TEXT = "在Python3中,软件(价格1,000元)很好:OK？"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, TEXT),
        ({"width": "half"}, "在Python3中,软件(价格1,000元)很好:OK?"),
        ({"width": "full"}, "在Ｐｙｔｈｏｎ３中，软件（价格１，０００元）很好：ＯＫ？"),
        ({"punctuation": "context"}, "在Python3中，软件（价格1,000元）很好：OK?"),
        ({"spaces": "add"}, "在 Python3 中,软件(价格 1,000 元)很好:OK？"),
        ({"script": "traditional"}, "在Python3中,軟件(價格1,000元)很好:OK？"),
    ],
)
def test_each_switch_changes_its_own_and_nothing_else(options: dict[str, Any], expected: str) -> None:
    assert normalise(TEXT, Normalisation(**options)).text == expected
    assert Normalisation(**options).changes == bool(options)


def test_spaces_are_added_once_and_removed() -> None:
    assert normalise("用  API 吧", Normalisation(spaces="add")).text == "用 API 吧"
    assert normalise("用  API 吧 好", Normalisation(spaces="remove")).text == "用API吧 好"


def test_brackets_are_both_wide_or_both_narrow() -> None:
    context = Normalisation(punctuation="context")
    assert normalise("软件(API), (a)", context).text == "软件（API）, (a)"
    assert normalise("a) (用", context).text == "a) （用"


def test_a_mark_of_no_text_stays_and_a_space_parts_it() -> None:
    context = Normalisation(punctuation="context")
    assert normalise("？", context).text == "？"
    assert normalise("Hello, 世界", context).text == "Hello, 世界"
    assert normalise("时间12：30", context).text == "时间12:30"


@settings(deadline=None)
@given(
    st.text("在软件aB1 ,。，：:（ ", max_size=12),
    st.sampled_from(["keep", "half", "full"]),
    st.sampled_from(["keep", "context"]),
    st.sampled_from(["keep", "add", "remove"]),
    st.sampled_from(["keep", "simplified", "traditional"]),
)
def test_every_character_says_what_it_stands_for(text: str, width: Any, marks: Any, spaces: Any, script: Any) -> None:
    result = normalise(text, Normalisation(width, marks, script, spaces))
    assert len(result.sources) == len(result.text)
    edges = [edge for source in result.sources for edge in source]
    assert edges == sorted(edges)
    assert all(0 <= begin <= stop <= len(text) for begin, stop in result.sources)
    for char, (begin, stop) in zip(result.text, result.sources, strict=True):
        assert char == " " or stop > begin


def test_a_conversion_that_changes_the_length_keeps_what_stands_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "converter", lambda _script: lambda text: text.replace("内存", "記憶體"))
    result = normalise("大内存条", Normalisation(script="traditional"))
    assert result.text == "大記憶體条"
    assert result.sources == ((0, 1), (1, 3), (1, 3), (1, 3), (3, 4))


def test_another_script_needs_opencc(monkeypatch: pytest.MonkeyPatch) -> None:
    module.converter.cache_clear()
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    with pytest.raises(MissingPartError, match=r"lucidocr\[convert\]"):
        normalise("字", Normalisation(script="traditional"))


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(OptionError, match="width 'wide'"):
        Normalisation(width="wide")  # type: ignore[arg-type]
