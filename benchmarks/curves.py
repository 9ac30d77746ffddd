"""Curves as SVG, drawn without a library: they stand in the documents beside the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

_WIDTH: Final = 640
_HEIGHT: Final = 360
_LEFT, _TOP, _RIGHT, _BOTTOM = 64, 16, 520, 304
_COLOURS: Final = ("#1b1b1b", "#c2410c", "#0369a1", "#15803d", "#7e22ce")
_TICKS: Final = 5


class Curve(NamedTuple):
    """A line of the figure.

    Attributes:
        name: stands beside its end.
        x: in [0, 1], increasing.
        y: not negative.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]


def draw(curves: Sequence[Curve]) -> str:
    """An SVG picture of risk (share of errors) over coverage (share of lines that are accepted).

    Args:
        curves: at most five.
    """
    top = max(max(curve.y) for curve in curves) or 1.0
    parts = [_axes(top), *(_path(curve, colour, top) for curve, colour in zip(curves, _COLOURS, strict=False))]
    parts += [_label(curve, colour, row) for row, (curve, colour) in enumerate(zip(curves, _COLOURS, strict=False))]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12" role="img" aria-label="Risk over coverage">'
    )
    return "\n".join([head, f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>', *parts, "</svg>"]) + "\n"


def _place(x: float, y: float, top: float) -> tuple[float, float]:
    return round(_LEFT + x * (_RIGHT - _LEFT), 1), round(_BOTTOM - y / top * (_BOTTOM - _TOP), 1)


def _axes(top: float) -> str:
    marks = []
    for tick in range(_TICKS + 1):
        part = tick / _TICKS
        x, _ = _place(part, 0, top)
        _, y = _place(0, part * top, top)
        marks.append(f'<line x1="{_LEFT}" y1="{y}" x2="{_RIGHT}" y2="{y}" stroke="#ddd"/>')
        marks.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{part * top:.2f}</text>')
        marks.append(f'<text x="{x}" y="{_BOTTOM + 18}" text-anchor="middle">{part:.1f}</text>')
    middle = (_LEFT + _RIGHT) / 2
    marks.append(f'<text x="{middle}" y="{_BOTTOM + 40}" text-anchor="middle">coverage: lines accepted</text>')
    height = (_TOP + _BOTTOM) / 2
    marks.append(
        f'<text x="16" y="{height}" text-anchor="middle" transform="rotate(-90 16 {height})">risk: errors</text>'
    )
    return "\n".join(marks)


def _path(curve: Curve, colour: str, top: float) -> str:
    points = " ".join(f"{x},{y}" for x, y in (_place(*point, top) for point in zip(curve.x, curve.y, strict=True)))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _label(curve: Curve, colour: str, row: int) -> str:
    y = _TOP + 20 + 22 * row
    return (
        f'<line x1="{_RIGHT + 16}" y1="{y - 4}" x2="{_RIGHT + 36}" y2="{y - 4}" stroke="{colour}" stroke-width="2"/>'
        f'<text x="{_RIGHT + 42}" y="{y}">{curve.name}</text>'
    )
