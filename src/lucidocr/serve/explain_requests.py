"""From an HTTP request to a picture and what to explain of it; see :mod:`lucidocr.serve.requests`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from flask import Request

from lucidocr.errors import OptionError
from lucidocr.evidence import Question
from lucidocr.explain.methods import DEFAULT_METHODS, METHOD_NAMES
from lucidocr.export.explanation import Detail, MapDetail
from lucidocr.serve.requests import Picture, mode_of, take
from lucidocr.serve.settings import Settings
from lucidocr.types import FloatArray

EXPLAIN_FIELDS: Final = (
    "mode", "methods", "attention", "faithfulness", "text", "line", "box", "vertical", "overlay", "maps"
)  # fmt: skip
MAP_DETAILS: Final[tuple[MapDetail, ...]] = get_args(MapDetail)

_FLAGS: Final[Mapping[object, bool]] = {True: True, False: False, "true": True, "false": False}

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What a client asks for.

    Attributes:
        picture: what is looked at.
        question: what to explain of it.
        detail: how much of the evidence to send.
    """

    picture: Picture
    question: Question
    detail: Detail


def parse_explain(request: Request, settings: Settings) -> ExplainRequest:
    """Take a picture and options out of a request: multipart with ``image``, or JSON.

    In a form all fields are texts: methods with commas between them, ``true`` or ``false``, a number, and the box as
    JSON.

    Raises:
        OptionError: if a field is missing, unknown or of a wrong type or value, or two of them contradict.
        UnsupportedMediaType, InputError, TooLargeError, UrlError: see :func:`lucidocr.serve.requests.take`.
    """
    picture, fields = take(request, settings, EXPLAIN_FIELDS)
    question = Question(
        mode=mode_of(fields),
        methods=_methods(fields),
        attention=None if fields.get("attention") == "auto" else _flag(fields, "attention"),
        text=_text(fields),
        faithfulness=_flag(fields, "faithfulness"),
        line=_line(fields),
        quad=_box(fields),
        vertical=_flag(fields, "vertical"),
    )
    return ExplainRequest(picture, question, Detail(maps=_maps(fields), pictures=_flag(fields, "overlay")))


def _methods(fields: Fields) -> tuple[str, ...]:
    given = fields.get("methods", list(DEFAULT_METHODS))
    names = [name.strip() for name in given.split(",") if name.strip()] if isinstance(given, str) else given
    if not isinstance(names, list):
        raise OptionError('the field "methods" is not a list', remedy='Give it as ["hirescam"].')
    for name in names:
        if name not in METHOD_NAMES:
            raise OptionError(f"unknown method {name!r}", remedy=f"The methods are {', '.join(METHOD_NAMES)}.")
    return tuple(dict.fromkeys(names))


def _flag(fields: Fields, name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool | str) or value not in _FLAGS:
        raise OptionError(f'the field "{name}" is neither true nor false', remedy="Give it as true or false.")
    return _FLAGS[value]


def _text(fields: Fields) -> str | None:
    text = fields.get("text")
    if text is not None and not isinstance(text, str):
        raise OptionError('the field "text" is not a text', remedy="Give it as a JSON string.")
    return text


def _line(fields: Fields) -> int | None:
    value = fields.get("line")
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise OptionError('the field "line" is not a whole number', remedy="The first line has the number 0.")
    return value


def _box(fields: Fields) -> FloatArray | None:
    value = fields.get("box")
    if value is None:
        return None
    try:
        corners = np.array(json.loads(value) if isinstance(value, str) else value, dtype=np.float32)
    except (TypeError, ValueError, RecursionError) as error:
        raise _no_box() from error
    if corners.shape != (4, 2):
        raise _no_box()
    return corners


def _no_box() -> OptionError:
    return OptionError('the field "box" is not four corners', remedy="Give four [x, y], as a line's box has them.")


def _maps(fields: Fields) -> MapDetail:
    value = fields.get("maps", "peaks")
    if value not in MAP_DETAILS:
        raise OptionError(f"unknown detail of maps {value!r}", remedy=f"The details are {', '.join(MAP_DETAILS)}.")
    return value
