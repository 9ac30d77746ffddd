"""The evidence as a table for a terminal: a row for every character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final
from unicodedata import combining, east_asian_width

from lucidocr.explain.methods import ATTENTION
from lucidocr.explain.render import level
from lucidocr.export.explanation_schema import CharacterRecord, ExplainedLineRecord, ExplanationRecord, MethodRecord

_RIVALS: Final = 3
_FAINTEST: Final = 0.0005
"""Least probability of an alternative that is written down: what rounds to a tenth of a percent."""

_NUMBERS: Final = frozenset({"step", "confidence"})
"""Headings of the columns that are flush right."""


def explanation_text(record: ExplanationRecord) -> str:
    """A page's evidence, line by line.

    Regions and peaks are in pixels of the picture. The time step is the one at which the character is most probable;
    a space is written as ``␣`` and no character at all as ``nothing``.

    Args:
        record: with the maps' peaks, or without maps.

    Returns:
        Lines that end in a line feed; none for a page without text.
    """
    return "\n".join("".join(f"{row}\n" for row in _line(line, record["methods"])) for line in record["lines"])


def _line(line: ExplainedLineRecord, methods: Sequence[MethodRecord]) -> Iterator[str]:
    yield line["text"]
    yield f"right as a whole: {_percent(line['confidence'])}, {level(line['confidence'])}"
    if line["reading"]["text"] != line["text"]:
        yield f"given; the picture reads: {line['reading']['text']} ({_percent(line['reading']['confidence'])})"
    others = [one for one in line["candidates"] if one["text"] != line["text"]]
    for other in others[:_RIVALS]:
        yield f"or: {other['text']} ({_percent(other['confidence'])})"
    if line["notice"]:
        yield line["notice"]
    yield ""
    drawn = [method for method in methods if method["name"] != ATTENTION]
    looked = any(character["attention"] for character in line["characters"])
    yield from _table([_row(character, drawn, looked) for character in line["characters"]])
    for method in methods:
        if method["warning"]:
            yield f"{method['title']} fails a sanity check. {method['warning']}"


def _row(character: CharacterRecord, methods: Sequence[MethodRecord], looked: bool) -> dict[str, str]:
    """The cells of a character's row, by their column's heading."""
    attention = character["attention"]
    others = [
        f"{_visible(one['char'])} {_percent(one['probability'])}"
        for one in character["alternatives"]
        if one["char"] != character["char"] and one["probability"] >= _FAINTEST
    ]
    cells = {
        "step": str(_step(character)),
        "character": _visible(character["char"]),
        "confidence": _percent(character["confidence"]),
        "alternatives": "  ".join(others[:_RIVALS]) or "-",
        "region": _region(attention["region"] if attention else _bounds(character["box"])),
    }
    if looked:
        cells["attention reads"] = _visible(attention["char"]) if attention else "-"
    for method in methods:
        heat = character.get("maps", {}).get(method["name"])
        cells[f"{method['title']} peak"] = f"{heat['peak'][0]:.0f},{heat['peak'][1]:.0f}" if heat else "-"
        if heat and "faithfulness" in heat:
            verdict = heat["faithfulness"]
            cells[f"{method['title']} erased, elsewhere"] = f"{verdict['deletion']:.2f}, {verdict['elsewhere']:.2f}"
    return cells


def _step(character: CharacterRecord) -> int:
    """The frame at which a character is most probable."""
    if character["attention"]:
        return character["attention"]["frame"]
    posterior = character["posterior"]
    values = posterior["values"]
    return posterior["first"] + values.index(max(values)) if values else posterior["first"]


def _bounds(box: Sequence[Sequence[float]]) -> list[float]:
    """Left, top, right and bottom of four corners."""
    xs, ys = [x for x, _ in box], [y for _, y in box]
    return [min(xs), min(ys), max(xs), max(ys)]


def _region(edges: Sequence[float]) -> str:
    left, top, right, bottom = (round(edge) for edge in edges)
    return f"x {left}-{right} y {top}-{bottom}"


def _visible(char: str) -> str:
    return {"": "nothing", " ": "␣"}.get(char, char)


def _percent(probability: float) -> str:
    """Percent to a tenth, but never all or nothing."""
    if probability < _FAINTEST:
        return "<0.1 %"
    return f"{100 * probability:.1f} %" if probability < 1 - _FAINTEST else ">99.9 %"


def _table(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Rows below their headings, padded to the width that a terminal gives them."""
    headings = list(rows[0]) if rows else []
    lines = [headings, *(list(row.values()) for row in rows)]
    widths = [max(map(_width, column)) for column in zip_longest(*lines, fillvalue="")]
    for line in lines:
        cells = (_padded(*cell) for cell in zip(line, widths, headings, strict=True))
        yield "  ".join(cells).rstrip()


def _padded(text: str, width: int, heading: str) -> str:
    padding = " " * (width - _width(text))
    return padding + text if heading in _NUMBERS else text + padding


def _width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in {"W", "F"} else 1 for char in text)
