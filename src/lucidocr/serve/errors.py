"""The one place where the service turns errors into answers: always JSON, always the same envelope."""

from __future__ import annotations

import math

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from lucidocr.errors import ApiKeyError, LucidOcrError, TooLargeError
from lucidocr.serve.audit import notes


def envelope(code: str, message: str) -> dict[str, object]:
    """What every error looks like."""
    return {"success": False, "error": {"code": code, "message": message}}


def register(app: Flask) -> None:
    """Make an application answer every error with the envelope, and log those that are its own fault."""

    @app.errorhandler(Exception)
    def answer(error: Exception) -> Response:
        if isinstance(error, RequestEntityTooLarge):
            error = TooLargeError("the request is too large")
        if isinstance(error, LucidOcrError):
            return _known_error(error)
        if isinstance(error, HTTPException):
            return _protocol_error(error)
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        message = "The service met an error of its own and has logged it. Please report it with the picture."
        return _answer("internal_error", message, 500)


def _answer(code: str, message: str, status: int) -> Response:
    notes().error = code
    response = jsonify(envelope(code, message))
    response.status_code = status
    return response


def _known_error(error: LucidOcrError) -> Response:
    response = _answer(error.code, str(error), error.http_status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if isinstance(error, ApiKeyError):
        response.headers["WWW-Authenticate"] = 'Bearer realm="lucidocr"'
    return response


def _protocol_error(error: HTTPException) -> Response:
    """An address, method or content type that the service does not know."""
    code = error.name.lower().replace(" ", "_")
    response = _answer(code, error.description or error.name, error.code or 500)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response
