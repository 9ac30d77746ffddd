"""A client of the HTTP service that needs nothing but the standard library.

::

    from lucidocr.client import Client

    client = Client("http://127.0.0.1:5000")
    print(client.ocr("invoice.png")["text"])
"""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from lucidocr.export.explanation_schema import ExplanationRecord
    from lucidocr.export.json import PageRecord

Picture = str | Path | bytes
"""A file's path, an http(s) address that the service is to fetch, or the bytes of a file."""


class ErrorDetail(TypedDict):
    """Why a document of a batch could not be read."""

    code: str
    message: str


class DocumentRecord(TypedDict):
    """How far a document of a batch is."""

    source: str
    state: Literal["waiting", "reading", "done"]
    pages: int
    error: ErrorDetail | None
    result: str | None


class JobRecord(TypedDict):
    """How far a batch is."""

    id: str
    state: Literal["waiting", "reading", "done"]
    created: str
    expires: str | None
    documents: list[DocumentRecord]


class ServiceError(Exception):
    """The service refuses a request, or cannot be reached.

    Attributes:
        status: of HTTP; 0 where there was no answer.
        code: for programs, see docs/errors.md; "no_answer" where there was none.
        message: what is wrong and what to do.
        retry_after: seconds after which it is worth trying again; None where the service does not say.
    """

    def __init__(self, status: int, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{code} ({status}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to one service; any number of threads may use it.

    Attributes:
        url: where the service is, with whatever path it is under.
        key: API key, where the service asks for one.
        timeout: longest time, seconds, to wait for an answer or a part of it.

    Every method raises :class:`ServiceError` where the service refuses or does not answer, and OSError where a file
    that is to be sent cannot be read.
    """

    url: str = "http://127.0.0.1:5000"
    key: str | None = field(default=None, repr=False)
    timeout: float = 120.0

    def ocr(self, picture: Picture, **options: Any) -> PageRecord:
        """Read a picture; the options are the fields of ``POST /api/v1/ocr`` but ``format``."""
        return cast("PageRecord", self._json("POST", "/api/v1/ocr", {**_picture(picture), **options, "format": "json"}))

    def export(self, picture: Picture, form: str, **options: Any) -> bytes:
        """Read a picture, and return it in a format of ``GET /api/v1/options``."""
        return self._ask("POST", "/api/v1/ocr", {**_picture(picture), **options, "format": form})

    def explain(self, picture: Picture, **options: Any) -> ExplanationRecord:
        """Explain how a picture is read; the options are the fields of ``POST /api/v1/explain``."""
        return cast("ExplanationRecord", self._json("POST", "/api/v1/explain", {**_picture(picture), **options}))

    def submit(self, documents: Iterable[Picture], **options: Any) -> JobRecord:
        """Send pictures and PDFs as a batch; the options are the fields of ``POST /api/v1/batch``."""
        sent = [_document(document) for document in documents]
        return cast("JobRecord", self._json("POST", "/api/v1/batch", {"documents": sent, **options})["job"])

    def job(self, identifier: str) -> JobRecord:
        """Ask how far a batch is."""
        return cast("JobRecord", self._json("GET", f"/api/v1/batch/{quote(identifier, safe='')}")["job"])

    def wait(self, identifier: str, *, seconds: float = 3600.0, every: float = 0.5) -> JobRecord:
        """Ask until a batch is done.

        Raises:
            TimeoutError: it is not, after so many seconds.
        """
        deadline = time.monotonic() + seconds
        while (job := self.job(identifier))["state"] != "done":
            if time.monotonic() + every > deadline:
                raise TimeoutError(f"the batch {identifier} is not done after {seconds:g} s")
            time.sleep(every)
        return job

    def document(self, identifier: str, number: int) -> list[PageRecord]:
        """The pages of a document of a batch, which are counted from 0."""
        return cast("list[PageRecord]", json.loads(self.export_document(identifier, number, "json"))["pages"])

    def export_document(self, identifier: str, number: int, form: str) -> bytes:
        """A document of a batch in a format of ``GET /api/v1/options``."""
        place = f"/api/v1/batch/{quote(identifier, safe='')}/documents/{number}"
        return self._ask("GET", f"{place}?{urlencode({'format': form})}")

    def cancel(self, identifier: str) -> None:
        """Take a batch back: its reading ends, and the service forgets it."""
        self._ask("DELETE", f"/api/v1/batch/{quote(identifier, safe='')}")

    def options(self) -> dict[str, Any]:
        """What the service can do, and how much of it."""
        return self._json("GET", "/api/v1/options")

    def is_ready(self) -> bool:
        """Whether the service takes requests; False also where there is none."""
        try:
            self._ask("GET", "/readyz")
        except ServiceError:
            return False
        return True

    def _json(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        answer = self._ask(method, path, body)
        try:
            return cast("dict[str, Any]", json.loads(answer))
        except ValueError as error:
            raise ServiceError(0, "no_answer", f"{self.url} does not answer as lucidocr does") from error

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        headers = {"Accept": "*/*"}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        connection = kind(parts.netloc, timeout=self.timeout)
        try:
            connection.request(method, parts.path.rstrip("/") + path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ServiceError(0, "no_answer", f"{self.url} does not answer ({error})") from error
        finally:
            connection.close()
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(answer, content)
        return content


def _refusal(answer: http.client.HTTPResponse, content: bytes) -> ServiceError:
    after = answer.getheader("Retry-After", "")
    seconds = float(after) if after.isascii() and after.isdigit() else None
    try:
        error = json.loads(content)["error"]
        return ServiceError(answer.status, str(error["code"]), str(error["message"]), seconds)
    except (ValueError, KeyError, TypeError):  # of a proxy in between
        return ServiceError(answer.status, answer.reason.lower().replace(" ", "_"), answer.reason, seconds)


def _picture(picture: Picture) -> dict[str, str]:
    if isinstance(picture, str) and picture.lower().startswith(("http://", "https://")):
        return {"image_url": picture}
    data = picture if isinstance(picture, bytes) else Path(picture).read_bytes()
    return {"image_base64": base64.b64encode(data).decode("ascii")}


def _document(picture: Picture) -> dict[str, str]:
    sent = _picture(picture)
    if "image_base64" in sent and not isinstance(picture, bytes):
        sent["name"] = Path(picture).name
    return sent
