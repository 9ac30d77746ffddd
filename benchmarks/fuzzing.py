"""Send mutated pictures and requests to the service: is each answered, in time, and without an error of its own?

``python -m benchmarks.fuzzing`` sends 20,000, half of them in process and half over a socket, and writes
``benchmarks/results/fuzzing.json``. Every one is made from the seed and its number alone, so that
``--only NUMBER`` sends a single one again.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import logging
import random
import resource
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote

import numpy as np
from flask import Flask
from PIL import Image, ImageDraw, ImageFont
from werkzeug.exceptions import HTTPException

from benchmarks.reading import RESULTS
from benchmarks.running import running
from lucidocr.export import FORMATS
from lucidocr.pipeline import Reader
from lucidocr.serve import ServedReader, Settings, create_app

COUNT: Final = 20_000
HANG: Final = 30.0
"""Seconds after which an answer counts as missing."""

KINDS: Final = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP")
ROUTES: Final = ("/ocr", "/api/v1/ocr", "/api/v1/explain", "/api/v1/batch")
FINE: Final = frozenset(
    {200, 202, 204, 206, 304, 308, 400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 416, 422, 431, 501, 503, 505}
)
"""Statuses that say whose fault it is; 500 is not among them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request.

    Attributes:
        what: how it was made, for the report.
        method: of HTTP.
        path: with its query.
        headers: by name.
        body: its bytes.
        raw: what is sent over a socket in place of all that; None for what HTTP makes of it.
    """

    what: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    raw: bytes | None = None


@dataclass(slots=True)
class Report:
    """What came of it.

    Attributes:
        count: requests.
        seed: they were made from.
        by_kind: how many were made in which way.
        by_status: how many were answered with which status; 0 is a connection that was closed, as it may be where the
            request was no HTTP.
        by_code: how many errors had which code.
        slowest_ms: longest that an answer took.
        failures: what should not be, each with the number of its request; empty where all is well.
        logged: errors that the service logged.
        megabytes: memory of the process at its largest.
        seconds: for all.
    """

    count: int
    seed: int
    by_kind: Counter[str] = field(default_factory=Counter)
    by_status: Counter[int] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    slowest_ms: float = 0.0
    failures: list[dict[str, Any]] = field(default_factory=list)
    logged: int = 0
    megabytes: float = 0.0
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """Values that :mod:`json` can write."""
        return {
            "count": self.count,
            "seed": self.seed,
            "by_kind": dict(self.by_kind.most_common()),
            "by_status": {str(status): count for status, count in sorted(self.by_status.items())},
            "by_code": dict(self.by_code.most_common()),
            "slowest_ms": self.slowest_ms,
            "failures": self.failures,
            "logged": self.logged,
            "megabytes": self.megabytes,
            "seconds": self.seconds,
        }


Answer = tuple[int, str, bytes]
"""Status, media type, body; status 0 for a closed connection."""

Send = Callable[[Attempt], Answer]


def attempts(seed: int, count: int) -> Iterator[Attempt]:
    """The requests of a seed."""
    for number in range(count):
        yield attempt(seed, number)


def attempt(seed: int, number: int) -> Attempt:
    """One request, made from the seed and its number."""
    chance = random.Random(f"{seed}-{number}")  # noqa: S311  (it must be repeatable)
    make = chance.choices((_picture, _document, _json, _form, _address, _bytes), weights=(55, 5, 16, 10, 6, 8))[0]
    return make(chance)


def run(reader: ServedReader, *, seed: int, count: int, only: int | None = None) -> Report:
    """Send requests to a service with a reader, and report.

    Args:
        reader: reads.
        seed: of the requests.
        count: how many, every other of them over a socket.
        only: the number of the only one to send.
    """
    report = Report(count if only is None else 1, seed)
    began = time.perf_counter()
    app = create_app(Settings(port=0, request_seconds=HANG / 2, receive_seconds=5, job_seconds=2, jobs=1000), reader)
    errors = _Errors(app)
    with _over_socket(app) as by_socket:
        sends = (_in_process(app), by_socket)
        sound = by_socket(_sound())
        for number in range(count) if only is None else (only,):
            one = attempt(seed, number)
            report.by_kind[one.what.split(":")[0]] += 1
            if number % 1000 == 999:
                print(f"{number + 1:,} sent, {len(report.failures)} failures", file=sys.stderr)
            _judge(report, number, one, sends[number % 2])
        if _text(by_socket(_sound())) != _text(sound):
            report.failures.append({"number": count, "what": "sound", "why": "a sound picture is read otherwise now"})
    report.logged = errors.count
    report.megabytes = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    report.seconds = round(time.perf_counter() - began, 1)
    return report


def _judge(report: Report, number: int, one: Attempt, send: Send) -> None:
    began = time.perf_counter()
    try:
        status, kind, body = send(one)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what is looked for)
        report.failures.append({"number": number, "what": one.what, "why": f"{type(error).__name__}: {error}"})
        return
    milliseconds = 1000 * (time.perf_counter() - began)
    report.slowest_ms = round(max(report.slowest_ms, milliseconds), 1)
    report.by_status[status] += 1
    why = _wrong(one, status, kind, body, milliseconds)
    if why:
        report.failures.append({"number": number, "what": one.what, "why": why})
    elif status >= 400 and body:
        report.by_code[json.loads(body)["error"]["code"]] += 1


def _wrong(one: Attempt, status: int, kind: str, body: bytes, milliseconds: float) -> str:
    """What is wrong with an answer; empty for nothing."""
    if milliseconds > 1000 * HANG:
        return f"answered after {milliseconds:.0f} ms"
    if status == 0:
        return "" if one.raw is not None else "no answer"
    if status not in FINE:
        return f"status {status}: {body[:200].decode(errors='replace')}"
    if status >= 400 and one.method != "HEAD":
        try:
            error = json.loads(body)
            sound = (
                kind.startswith("application/json") and error["success"] is False and set(error) == {"success", "error"}
            )
            return "" if sound and {*error["error"]} == {"code", "message"} else f"status {status} in another shape"
        except (ValueError, KeyError, TypeError):
            return f"status {status} without the envelope"
    return ""


class _Errors(logging.Handler):
    """Counts the errors that an application logs, and hides them."""

    def __init__(self, app: Flask) -> None:
        super().__init__(logging.ERROR)
        self.count = 0
        app.logger.handlers = [self]
        app.logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        self.count += record.levelno >= logging.ERROR


def _in_process(app: Flask) -> Send:
    client = app.test_client()

    def send(one: Attempt) -> Answer:
        path = quote(one.path, safe="/?=&%:@!$'()*+,;~[]#")
        try:
            answer = client.open(path, method=one.method, headers=one.headers, data=one.body)
        except (HTTPException, UnicodeError, ValueError):  # the client's own: it cannot say such a thing
            return 0, "", b""
        with answer:
            return answer.status_code, answer.content_type or "", answer.data

    return send


@contextmanager
def _over_socket(app: Flask) -> Iterator[Send]:
    def send(one: Attempt) -> Answer:
        data = one.raw if one.raw is not None else _wire(one)
        with socket.create_connection(("127.0.0.1", port), timeout=HANG) as stream:
            try:
                stream.sendall(data)
                if one.raw is not None:
                    with suppress(OSError):  # closed already
                        stream.shutdown(socket.SHUT_WR)
                answer = http.client.HTTPResponse(stream, method=one.method)
                answer.begin()
                with answer:
                    return answer.status, answer.getheader("Content-Type", "") or "", answer.read()
            except (ConnectionError, http.client.HTTPException):
                return 0, "", b""

    with running(app) as server:
        port = int(server.effective_port)
        yield send


def _wire(one: Attempt) -> bytes:
    path = quote(one.path, safe="/?=&%:@!$'()*+,;~[]#")
    headers = {"Host": "localhost", "Connection": "close", "Content-Length": str(len(one.body)), **one.headers}
    lines = [f"{one.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + one.body


def _text(answer: Answer) -> object:
    return json.loads(answer[2])["text"]


def _sound() -> Attempt:
    return _upload("sound", "/ocr", _file("PNG"), {})


@cache
def _file(kind: str, text: str = "Total 42.00") -> bytes:
    """A sound picture of a line."""
    image = Image.new("RGB", (160, 32), "white")
    ImageDraw.Draw(image).text((6, 4), text, fill="black", font=ImageFont.load_default(20))
    buffer = BytesIO()
    image.save(buffer, kind, **({"save_all": True, "append_images": [image]} if kind == "TIFF" else {}))
    return buffer.getvalue()


@cache
def _pdf() -> bytes:
    buffer = BytesIO()
    Image.open(BytesIO(_file("PNG"))).save(buffer, "PDF", resolution=100)
    return buffer.getvalue()


def _mutated(chance: random.Random, data: bytes) -> tuple[str, bytes]:
    """A file with a few things changed, and what they are."""
    names = []
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        change = chance.choice(_CHANGES)
        names.append(change.__name__.strip("_"))
        data = change(chance, data)
    return "+".join(names), data


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 64))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _head(chance: random.Random, data: bytes) -> bytes:
    """Change bytes among the first, where sizes and counts are."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 4))):
        if changed:
            changed[chance.randrange(min(64, len(changed)))] = chance.choice(
                (0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256))
            )
    return bytes(changed)


def _number(chance: random.Random, data: bytes) -> bytes:
    """Put an extreme number somewhere."""
    extreme = chance.choice((0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 40_000))
    piece = struct.pack(chance.choice(("<I", ">I")), extreme)[: chance.choice((2, 4))]
    at = chance.randrange(len(data) + 1)
    return data[:at] + piece + data[at + len(piece) :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(1, 64) :]


def _repeat(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at : at + chance.randrange(1, 256)] * chance.choice((2, 3, 50)) + data[at:]


def _noise(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randrange(1, 256)) + data[at:]


def _splice(chance: random.Random, data: bytes) -> bytes:
    other = _file(chance.choice(KINDS))
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


_CHANGES: Final = (_flip, _flip, _head, _head, _number, _cut, _drop, _repeat, _noise, _splice)


def _picture(chance: random.Random) -> Attempt:
    kind = chance.choice(KINDS)
    if chance.random() < 0.05:
        name, data = _strange(chance)
    else:
        name, data = _mutated(chance, _file(kind))
    what = f"picture:{kind}:{name}"
    route = chance.choices(ROUTES[:3], weights=(5, 4, 1))[0]
    fields = {"mode": chance.choice(("auto", "line", "line", "page"))} if chance.random() < 0.5 else {}
    if route != "/api/v1/explain" and chance.random() < 0.2:
        fields["format"] = chance.choice(list(FORMATS))
    if route != "/ocr" and chance.random() < 0.5:
        body = {"image_base64": base64.b64encode(data).decode(), **fields}
        return Attempt(what, "POST", route, {"Content-Type": "application/json"}, json.dumps(body).encode())
    return _upload(what, route, data, fields)


def _strange(chance: random.Random) -> tuple[str, bytes]:
    """A sound picture of a strange size or kind."""
    size = chance.choice(((1, 1), (1, 3000), (3000, 1), (9, 9), (2000, 12), (600, 600)))
    mode = chance.choice(("1", "L", "P", "RGBA", "I;16", "CMYK"))
    pixels = np.frombuffer(chance.randbytes(size[0] * size[1]), np.uint8).reshape(size[1], size[0])
    image = Image.fromarray(pixels).convert(mode)
    buffer = BytesIO()
    image.save(buffer, "TIFF" if mode in {"I;16", "CMYK"} else "PNG")
    return f"strange {mode} {size}", buffer.getvalue()


def _document(chance: random.Random) -> Attempt:
    name, data = _mutated(chance, chance.choice((_pdf(), _file("TIFF"))))
    return _upload(f"document:{name}", "/api/v1/batch", data, {}, field="documents")


def _upload(what: str, route: str, data: bytes, fields: dict[str, str], *, field: str = "image") -> Attempt:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    head = f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="a.png"\r\n\r\n'
    body = "".join([*parts, head]).encode("utf-8", "surrogateescape") + data + b"\r\n--x--\r\n"
    return Attempt(what, "POST", route, {"Content-Type": "multipart/form-data; boundary=x"}, body)


_NAMES: Final = (
    "image_base64", "image_url", "mode", "format", "lm", "second_opinion", "lexicon", "lexicon_mode", "width", "script",
    "spaces", "punctuation", "methods", "attention", "faithfulness", "line", "box", "vertical", "text", "maps",
    "overlay", "documents", "pages", "pdf_text", "", "image", "__proto__", "\ud800", "self", "a" * 5000,
)  # fmt: skip


def _value(chance: random.Random, depth: int = 0) -> object:
    """Anything that JSON can say."""
    simple: tuple[object, ...] = (
        None, True, False, 0, -1, 1, 7.5, 1e308, -1e-308, 10**30, float("nan"), float("inf"), "", "auto", "line",
        "json", "on", "\0", "发票", "\ud800", "a" * 10_000, "http://127.0.0.1/", "data:image/png;base64,", "/(a+)+$/",
        "1-3,7", "[[0,0],[9,0],[9,9],[0,9]]", base64.b64encode(_file("PNG")).decode(),
    )  # fmt: skip
    draw = chance.random()
    if depth > 3 or draw < 0.7:
        return chance.choice(simple)
    if draw < 0.85:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(5))]
    return {chance.choice(_NAMES): _value(chance, depth + 1) for _ in range(chance.randrange(5))}


def _json(chance: random.Random) -> Attempt:
    body: object = {chance.choice(_NAMES): _value(chance) for _ in range(chance.randrange(6))}
    if chance.random() < 0.6 and isinstance(body, dict):
        body["image_base64"] = base64.b64encode(_file("PNG")).decode()
    if chance.random() < 0.2:
        documents = [{chance.choice(_NAMES[:3]): _value(chance)} for _ in range(chance.randrange(4))]
        body = {"documents": documents, **({} if chance.random() < 0.5 else {chance.choice(_NAMES): _value(chance)})}
    text = json.dumps(body if chance.random() < 0.95 else _value(chance)).encode()
    if chance.random() < 0.2:
        _, text = _mutated(chance, text)
    if chance.random() < 0.02:
        text = chance.choice((b"[", b'{"a":')) * 100_000
    kind = chance.choice(("application/json",) * 8 + ("application/json; charset=utf-16", "application/a+json"))
    return Attempt("json", "POST", chance.choice(ROUTES), {"Content-Type": kind}, text)


def _form(chance: random.Random) -> Attempt:
    names = [chance.choice(_NAMES) for _ in range(chance.randrange(5))]
    fields = {name: str(_value(chance)) for name in names}
    field = chance.choice(("image", "image", "documents", "", "a"))
    fields = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items() if name != "\ud800"}
    one = _upload("form", chance.choice(ROUTES), _file("PNG"), fields, field=field)
    body = _mutated(chance, one.body)[1] if chance.random() < 0.7 else one.body
    kind = chance.choice(
        ("multipart/form-data; boundary=x",) * 6 + ("multipart/form-data", "multipart/form-data; boundary=")
    )
    return Attempt("form", "POST", one.path, {"Content-Type": kind}, body)


_HEADERS: Final = (
    "Host", "Origin", "Authorization", "X-API-Key", "Content-Type", "Range", "Expect", "If-None-Match",
    "X-Forwarded-For", "Cookie", "Accept",
)  # fmt: skip
_HEADER_VALUES: Final = (
    "", "localhost", "evil.example", "Bearer x", "null", "bytes=0-", "*", "a" * 3000, "100-continue",
)  # fmt: skip


def _address(chance: random.Random) -> Attempt:
    """Any method at any address, with headers of any kind."""
    method = chance.choice(("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "TRACE"))
    known = (*ROUTES, "/", "/openapi", "/openapi.json", "/healthz", "/api/v1/options", "/api/v1/batch/x/documents/0")
    path = chance.choice((*known, "/static/page.css", "/api/v1/batch/x", "/api/v1/batch/x/documents/999999999999"))
    path += chance.choice(("", "", "", "/", "/../..", "?format=pdf", "?format=", "?a=%ff", "%00", "/%2e%2e/", "\u53d1"))
    path = "/" + path.lstrip("/")  # two at the beginning would name another host
    headers = {chance.choice(_HEADERS): chance.choice(_HEADER_VALUES)}
    return Attempt("address", method, path, headers, b"" if method in {"GET", "HEAD"} else b"{}")


def _bytes(chance: random.Random) -> Attempt:
    """HTTP itself, mutated; in process, where there is none, another form."""
    one = _upload("http", chance.choice(ROUTES[:3]), _file("PNG"), {})
    wire = _wire(one)
    split = wire.index(b"\r\n\r\n") + 4
    head = _mutated(chance, wire[:split])[1] if chance.random() < 0.8 else chance.randbytes(chance.randrange(1, 300))
    return Attempt("http", one.method, one.path, one.headers, one.body, raw=head + wire[split:])


def main() -> None:
    """Run it, and say whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="send this one only, and write nothing")
    given = parser.parse_args()
    report = run(Reader(threads=1), seed=given.seed, count=given.count, only=given.only)
    text = json.dumps(report.record(), ensure_ascii=False, indent=2) + "\n"
    print(text, end="")
    if given.only is None:
        (RESULTS / "fuzzing.json").write_text(text, encoding="utf-8")
    sys.exit(bool(report.failures or report.logged))


if __name__ == "__main__":
    main()
