"""From an HTTP request to a picture and what to do with it. All checks of what clients send are here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args

from flask import Request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from lucidocr.errors import InputError, OptionError, TooLargeError, UrlError
from lucidocr.fetch import fetch
from lucidocr.pipeline import Mode
from lucidocr.serve.settings import Settings

MODES: tuple[Mode, ...] = get_args(Mode)
JSON_FIELDS = ("image_base64", "image_url", "mode")
FORM_FIELDS = ("image", "mode")


@dataclass(frozen=True, slots=True)
class OcrRequest:
    """What a client asks for.

    Attributes:
        data: the picture's file, not yet looked into.
        source: the name that the client gave it.
        mode: how to read it.
    """

    data: bytes
    source: str
    mode: Mode


def parse(request: Request, settings: Settings) -> OcrRequest:
    """Take a picture and options out of a request: multipart with ``image``, or JSON.

    Raises:
        UnsupportedMediaType: if the body is neither.
        OptionError: if a field is missing, unknown, given twice or of a wrong type or value.
        InputError: if the base64 is broken.
        TooLargeError: if the picture has more bytes than allowed.
        UrlError: if addresses are not allowed, or this one is not or cannot be fetched.
    """
    if request.mimetype == "multipart/form-data":
        return parse_form(request, settings)
    if request.is_json:
        return _parse_json(request, settings)
    given = f"not {request.mimetype}" if request.mimetype else "and the request names none"
    raise UnsupportedMediaType(f"the body must be multipart/form-data or application/json, {given}")


def parse_form(request: Request, settings: Settings) -> OcrRequest:
    """Take a picture and options out of a multipart form; errors as :func:`parse`."""
    _only_known({*request.form, *request.files}, FORM_FIELDS)
    uploads = request.files.getlist("image")
    if "image" in request.form:
        raise OptionError('the field "image" is a text', remedy="Send it as a file: curl -F image=@picture.png.")
    if not uploads or not uploads[0].filename:
        raise OptionError("no picture was sent", remedy='Send it as the file field "image" of a multipart form.')
    if len(uploads) > 1:
        raise OptionError(f"{len(uploads)} pictures were sent", remedy="Send one picture a request.")
    data = uploads[0].stream.read(settings.max_bytes + 1)
    return OcrRequest(
        data=_checked_size(data, settings), source=uploads[0].filename, mode=_mode(request.form.get("mode", "auto"))
    )


def _parse_json(request: Request, settings: Settings) -> OcrRequest:
    try:
        body = request.get_json()
    except (BadRequest, RecursionError) as error:
        raise OptionError("the body is not valid JSON", remedy="Send a JSON object in UTF-8.") from error
    if not isinstance(body, dict):
        raise OptionError("the body is not a JSON object", remedy='Send {"image_base64": "..."}.')
    _only_known(body, JSON_FIELDS)
    body = {name: value for name, value in body.items() if value is not None}  # many clients send null for nothing
    mode = _mode(body.get("mode", "auto"))
    given = [name for name in ("image_base64", "image_url") if name in body]
    if len(given) != 1:
        raise OptionError(f"{len(given)} pictures were sent", remedy="Give either image_base64 or image_url.")
    if given == ["image_url"]:
        url = _text(body, "image_url")
        return OcrRequest(data=_fetched(url, settings), source=url, mode=mode)
    data = _decoded(_text(body, "image_base64"))
    return OcrRequest(data=_checked_size(data, settings), source="<base64>", mode=mode)


def _only_known(names: Collection[str], known: Collection[str]) -> None:
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise OptionError(f"unknown field {unknown[0]!r}", remedy=f"The fields are {', '.join(known)}.")


def _text(body: Mapping[str, object], name: str) -> str:
    value = body[name]
    if not isinstance(value, str) or not value:
        raise OptionError(f'the field "{name}" is not a text', remedy="Give it as a JSON string that is not empty.")
    return value


def _mode(value: object) -> Mode:
    if value not in MODES:
        raise OptionError(f"unknown mode {value!r}", remedy=f"The modes are {', '.join(MODES)}.")
    return value


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
