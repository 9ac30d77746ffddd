"""From an HTTP request to pictures and what to do with them. What clients send is checked here and in `fields`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from lucidocr.errors import InputError, OptionError, TooLargeError, UrlError
from lucidocr.fetch import fetch
from lucidocr.serve import audit
from lucidocr.serve.fields import MAX_LEXICON, Options
from lucidocr.serve.settings import Settings

__all__ = ["MAX_LEXICON", "Picture", "take", "take_documents", "take_form"]

JSON_PICTURES: Final = ("image_base64", "image_url")
FORM_PICTURE: Final = "image"
DOCUMENTS: Final = "documents"

Wanted = TypeVar("Wanted", bound=Options)
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or document that a client sent or named.

    Attributes:
        data: its file, not yet looked into.
        source: the name that the client gave it.
    """

    data: bytes
    source: str


def take(request: Request, settings: Settings, kind: type[Wanted]) -> tuple[Picture, Wanted]:
    """Take a picture and options out of a request: multipart with ``image``, or JSON.

    Args:
        request: the request.
        settings: limits of the service.
        kind: the fields that there may be beside the picture.

    Raises:
        UnsupportedMediaType: if the body is neither.
        OptionError: if the picture is missing or given twice, or a field is unknown or of a wrong value.
        InputError: if the base64 is broken.
        TooLargeError: if the picture has more bytes than allowed.
        UrlError: if addresses are not allowed, or this one is not or cannot be fetched.
    """
    if _is_form(request):
        return take_form(request, settings, kind)
    body = _json_object(request)
    options = kind.take({name: body[name] for name in body if name not in JSON_PICTURES}, beside=JSON_PICTURES)
    picture = _json_picture(body, settings, settings.max_bytes)
    audit.note_input(picture.data)
    return picture, options


def take_form(request: Request, settings: Settings, kind: type[Wanted]) -> tuple[Picture, Wanted]:
    """Take a picture and options out of a multipart form; see :func:`take`."""
    uploads, options = _form(request, FORM_PICTURE, kind)
    if len(uploads) > 1:
        raise OptionError(f"{len(uploads)} pictures were sent", remedy="Send one picture a request.")
    picture = Picture(_read(uploads[0], settings.max_bytes), uploads[0].filename or "")
    audit.note_input(picture.data)
    return picture, options


def take_documents(request: Request, settings: Settings, kind: type[Wanted]) -> tuple[list[Picture], Wanted]:
    """Take documents and options out of a request: multipart with ``documents``, or JSON with a list of pictures.

    Errors are those of :func:`take`.
    """
    request.max_content_length = settings.max_batch_body
    if _is_form(request):
        uploads, options = _form(request, DOCUMENTS, kind)
        _check_count(uploads, settings)
        documents = [Picture(_read(one, settings.job_bytes), one.filename or "") for one in uploads]
    else:
        body = _json_object(request)
        options = kind.take({name: body[name] for name in body if name != DOCUMENTS}, beside=(DOCUMENTS,))
        given = body.get(DOCUMENTS)
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise OptionError("no documents were sent", remedy='Send {"documents": [{"image_base64": "..."}]}.')
        _check_count(given, settings)
        documents = [_json_document(one, settings) for one in given]
    total = sum(len(document.data) for document in documents)
    if total > settings.job_bytes:
        raise TooLargeError(f"the documents have more than {settings.job_bytes / 1e6:g} MB together")
    audit.note_input(*(document.data for document in documents))
    return documents, options


def _is_form(request: Request) -> bool:
    """Whether a request is a form; JSON if not.

    Raises:
        UnsupportedMediaType: if it is neither.
    """
    if request.mimetype == "multipart/form-data":
        return True
    if request.is_json:
        return False
    given = f"not {request.mimetype}" if request.mimetype else "and the request names none"
    raise UnsupportedMediaType(f"the body must be multipart/form-data or application/json, {given}")


def _form(request: Request, files: str, kind: type[Wanted]) -> tuple[list[FileStorage], Wanted]:
    """The files of a form and its other fields; the values of a field that is given several times get commas."""
    unknown = sorted(set(request.files) - {files})
    if files in request.form:
        raise OptionError(f'the field "{files}" is a text', remedy=f"Send it as a file: curl -F {files}=@picture.png.")
    texts: dict[str, Any] = {name: ",".join(values) for name, values in request.form.lists()}
    options = kind.take(texts | dict.fromkeys(unknown), beside=(files,))
    uploads = [upload for upload in request.files.getlist(files) if upload.filename]
    if not uploads:
        raise OptionError("no picture was sent", remedy=f'Send it as the file field "{files}" of a multipart form.')
    return uploads, options


def _read(upload: FileStorage, most: int) -> bytes:
    return _checked_size(upload.stream.read(most + 1), most)


def _check_count(given: Collection[object], settings: Settings) -> None:
    if not 1 <= len(given) <= settings.job_documents:
        raise OptionError(
            f"{len(given)} documents were sent", remedy=f"Send from 1 to {settings.job_documents} in a batch."
        )


def _json_object(request: Request) -> dict[str, Any]:
    """The body; many clients send null for nothing."""
    try:
        body = request.get_json()
    except (BadRequest, RecursionError) as error:
        raise OptionError("the body is not valid JSON", remedy="Send a JSON object in UTF-8.") from error
    if not isinstance(body, dict):
        raise OptionError("the body is not a JSON object", remedy='Send {"image_base64": "..."}.')
    return {name: value for name, value in body.items() if value is not None}


def _json_document(given: Fields, settings: Settings) -> Picture:
    named = {name: value for name, value in given.items() if value is not None}
    name = named.pop("name", None)
    unknown = sorted(set(named) - set(JSON_PICTURES))
    if unknown:
        raise OptionError(
            f"unknown field {unknown[0]!r} of a document", remedy=f"The fields are name, {', '.join(JSON_PICTURES)}."
        )
    if name is not None and (not isinstance(name, str) or not name):
        raise OptionError('the field "name" of a document is not a text', remedy="Give a JSON string.")
    picture = _json_picture(named, settings, settings.job_bytes)
    return Picture(picture.data, name or picture.source)


def _json_picture(body: Fields, settings: Settings, most: int) -> Picture:
    given = [name for name in JSON_PICTURES if name in body]
    if len(given) != 1:
        raise OptionError(f"{len(given)} pictures were sent", remedy="Give either image_base64 or image_url.")
    text = body[given[0]]
    if not isinstance(text, str) or not text:
        raise OptionError(f'the field "{given[0]}" is not a text', remedy="Give it as a JSON string that is not empty.")
    if given == ["image_url"]:
        return Picture(_fetched(text, settings), text)
    return Picture(_checked_size(_decoded(text), most), "<base64>")


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


def _checked_size(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise TooLargeError(f"the picture has more than {most / 1e6:g} MB")
    return data


def _fetched(url: str, settings: Settings) -> bytes:
    if not settings.allow_urls:
        raise UrlError(
            "this service does not fetch addresses",
            remedy="Send the picture itself, or start the service with --allow-urls.",
        )
    return fetch(url, timeout=settings.url_seconds, max_bytes=settings.max_bytes)
