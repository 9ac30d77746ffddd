"""From an HTTP request to a picture and what to do with it. All checks of what clients send are here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_args

from flask import Request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from lucidocr.correct.corrector import Ask, Correcting, LexiconMode
from lucidocr.correct.lexicon import Lexicon
from lucidocr.correct.normalise import Normalisation
from lucidocr.errors import InputError, OptionError, TooLargeError, UrlError
from lucidocr.export import FORMATS
from lucidocr.fetch import fetch
from lucidocr.pipeline import Mode
from lucidocr.serve.settings import Settings

MODES: tuple[Mode, ...] = get_args(Mode)
ASKS: tuple[Ask, ...] = get_args(Ask)
LEXICON_MODES: tuple[LexiconMode, ...] = get_args(LexiconMode)
JSON_PICTURES = ("image_base64", "image_url")
CORRECTING_FIELDS = ("lm", "second_opinion", "lexicon", "lexicon_mode")
DISPLAY_FIELDS = tuple(one.name for one in fields(Normalisation))
OCR_FIELDS = ("mode", "format", *CORRECTING_FIELDS, *DISPLAY_FIELDS)

MAX_LEXICON = 200_000
"""Longest lexicon of a request, characters."""

_SWITCH = {"on": True, "off": False, True: True, False: False}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a client sent or named.

    Attributes:
        data: the picture's file, not yet looked into.
        source: the name that the client gave it.
    """

    data: bytes
    source: str


@dataclass(frozen=True, slots=True)
class OcrRequest:
    """What a client asks for.

    Attributes:
        picture: what to read.
        mode: how to read it.
        form: a name of :data:`lucidocr.export.FORMATS`, of the answer.
        correcting: what helps with doubtful lines; what the service was started with when None.
        shown: what is rewritten for display.
    """

    picture: Picture
    mode: Mode
    form: str
    correcting: Correcting | None = None
    shown: Normalisation = field(default_factory=Normalisation)


def parse(request: Request, settings: Settings) -> OcrRequest:
    """Take a picture and options out of a request: multipart with ``image``, or JSON; errors as :func:`take`."""
    picture, values = take(request, settings, OCR_FIELDS)
    return _asked(picture, values)


def parse_form(request: Request, settings: Settings) -> OcrRequest:
    """Take a picture and options out of a multipart form; errors as :func:`take`."""
    picture, values = take_form(request, settings, OCR_FIELDS)
    return _asked(picture, values)


def _asked(picture: Picture, values: Mapping[str, object]) -> OcrRequest:
    return OcrRequest(picture, mode_of(values), _form_of(values), correcting_of(values), shown_of(values))


def take(request: Request, settings: Settings, known: Collection[str]) -> tuple[Picture, dict[str, object]]:
    """Take a picture and the other fields out of a request: multipart with ``image``, or JSON.

    Args:
        request: the request.
        settings: limits of the service.
        known: names of the other fields that there may be.

    Returns:
        The picture, and the fields that are there, as they are: of a form all are texts, and the values of a field that
        is given several times have commas between them.

    Raises:
        UnsupportedMediaType: if the body is neither.
        OptionError: if the picture is missing or given twice, or a field is unknown or of a wrong type.
        InputError: if the base64 is broken.
        TooLargeError: if the picture has more bytes than allowed.
        UrlError: if addresses are not allowed, or this one is not or cannot be fetched.
    """
    if request.mimetype == "multipart/form-data":
        return take_form(request, settings, known)
    if request.is_json:
        return _take_json(request, settings, known)
    given = f"not {request.mimetype}" if request.mimetype else "and the request names none"
    raise UnsupportedMediaType(f"the body must be multipart/form-data or application/json, {given}")


def take_form(request: Request, settings: Settings, known: Collection[str]) -> tuple[Picture, dict[str, object]]:
    """Take a picture and the other fields out of a multipart form; see :func:`take`."""
    _only_known({*request.form, *request.files}, ("image", *known))
    uploads = request.files.getlist("image")
    if "image" in request.form:
        raise OptionError('the field "image" is a text', remedy="Send it as a file: curl -F image=@picture.png.")
    if not uploads or not uploads[0].filename:
        raise OptionError("no picture was sent", remedy='Send it as the file field "image" of a multipart form.')
    if len(uploads) > 1:
        raise OptionError(f"{len(uploads)} pictures were sent", remedy="Send one picture a request.")
    data = uploads[0].stream.read(settings.max_bytes + 1)
    fields: dict[str, object] = {name: ",".join(values) for name, values in request.form.lists()}
    return Picture(_checked_size(data, settings), uploads[0].filename), fields


def _take_json(request: Request, settings: Settings, known: Collection[str]) -> tuple[Picture, dict[str, object]]:
    try:
        body = request.get_json()
    except (BadRequest, RecursionError) as error:
        raise OptionError("the body is not valid JSON", remedy="Send a JSON object in UTF-8.") from error
    if not isinstance(body, dict):
        raise OptionError("the body is not a JSON object", remedy='Send {"image_base64": "..."}.')
    _only_known(body, (*JSON_PICTURES, *known))
    body = {name: value for name, value in body.items() if value is not None}  # many clients send null for nothing
    given = [name for name in JSON_PICTURES if name in body]
    if len(given) != 1:
        raise OptionError(f"{len(given)} pictures were sent", remedy="Give either image_base64 or image_url.")
    text = _text(body, given[0])
    fields = {name: value for name, value in body.items() if name not in JSON_PICTURES}
    if given == ["image_url"]:
        return Picture(_fetched(text, settings), text), fields
    return Picture(_checked_size(_decoded(text), settings), "<base64>"), fields


def _only_known(names: Collection[str], known: Collection[str]) -> None:
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise OptionError(f"unknown field {unknown[0]!r}", remedy=f"The fields are {', '.join(known)}.")


def _text(body: Mapping[str, object], name: str) -> str:
    value = body[name]
    if not isinstance(value, str) or not value:
        raise OptionError(f'the field "{name}" is not a text', remedy="Give it as a JSON string that is not empty.")
    return value


def mode_of(fields: Mapping[str, object]) -> Mode:
    """How to read the picture; "auto" where the fields do not say."""
    value = fields.get("mode", "auto")
    if value not in MODES:
        raise OptionError(f"unknown mode {value!r}", remedy=f"The modes are {', '.join(MODES)}.")
    return value


def _form_of(fields: Mapping[str, object]) -> str:
    """What to answer with; "json" where the fields do not say."""
    value = fields.get("format", "json")
    if not isinstance(value, str) or value not in FORMATS:
        raise OptionError(f"unknown format {value!r}", remedy=f"The formats are {', '.join(FORMATS)}.")
    return value


def shown_of(fields: Mapping[str, object]) -> Normalisation:
    """What is rewritten for display; nothing where the fields say nothing of it.

    Raises:
        OptionError: a field has a value that it cannot have.
    """
    given: dict[str, Any] = {name: fields[name] for name in DISPLAY_FIELDS if name in fields}
    return Normalisation(**given)


def correcting_of(fields: Mapping[str, object]) -> Correcting | None:
    """What helps with doubtful lines; None where the fields say nothing of it.

    Raises:
        OptionError: a field has a value that it cannot have, or the lexicon is too long or not a list.
    """
    given = {name: fields[name] for name in CORRECTING_FIELDS if name in fields}
    if not given:
        return None
    plain = Correcting()
    language = given.get("lm", plain.language)
    if not isinstance(language, bool | str) or language not in _SWITCH:
        raise OptionError(f'"lm" is {language!r}', remedy="Give on or off.")
    opinion = given.get("second_opinion", plain.opinion)
    if opinion not in ASKS:
        raise OptionError(f'"second_opinion" is {opinion!r}', remedy=f"Give one of {', '.join(ASKS)}.")
    mode = given.get("lexicon_mode", plain.lexicon_mode)
    if mode not in LEXICON_MODES:
        raise OptionError(f'"lexicon_mode" is {mode!r}', remedy=f"Give one of {', '.join(LEXICON_MODES)}.")
    return Correcting(_SWITCH[language], opinion, _lexicon_of(given.get("lexicon")), mode)


def _lexicon_of(value: object) -> Lexicon | None:
    """A lexicon from a text with an entry a line, or a list of entries."""
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        value = "\n".join(value)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise OptionError('"lexicon" is not a text', remedy="Give words and /patterns/, one a line, or a list of them.")
    if len(value) > MAX_LEXICON:
        raise OptionError(f"the lexicon has more than {MAX_LEXICON:,} characters", remedy="Give fewer words.")
    return Lexicon.parse(value)


def _decoded(text: str) -> bytes:
    """Bytes of base64; white space and the head of a ``data:`` address are tolerated."""
    if text.startswith("data:"):
        head, _, text = text.partition(",")
        if not head.endswith(";base64"):
            raise InputError("the data: address is not in base64", remedy="Write data:image/png;base64,... .")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(
            "image_base64 is not base64", remedy="Encode the file's bytes with the standard alphabet and padding."
        ) from error


def _checked_size(data: bytes, settings: Settings) -> bytes:
    if len(data) > settings.max_bytes:
        raise TooLargeError(f"the picture has more than {settings.max_bytes / 1e6:g} MB")
    return data


def _fetched(url: str, settings: Settings) -> bytes:
    if not settings.allow_urls:
        raise UrlError(
            "this service does not fetch addresses",
            remedy="Send the picture itself, or start the service with --allow-urls.",
        )
    return fetch(url, timeout=settings.url_seconds, max_bytes=settings.max_bytes)
