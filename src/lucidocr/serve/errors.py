"""The one place where the service turns errors into answers: always JSON, always the same envelope."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from lucidocr.errors import LucidOcrError, TooLargeError


def envelope(code: str, message: str) -> dict[str, object]:
    """What every error looks like."""
    return {"success": False, "error": {"code": code, "message": message}}


def register(app: Flask) -> None:
    """Make an application answer every error with the envelope, and log those that are its own fault."""

    @app.errorhandler(Exception)
    def answer(error: Exception) -> tuple[Response, int]:
        if isinstance(error, RequestEntityTooLarge):
            error = TooLargeError("the request is too large")
        if isinstance(error, LucidOcrError):
            return jsonify(envelope(error.code, str(error))), error.http_status
        if isinstance(error, HTTPException):
            return _protocol_error(error)
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        message = "The service met an error of its own and has logged it. Please report it with the picture."
        return jsonify(envelope("internal_error", message)), 500


def _protocol_error(error: HTTPException) -> tuple[Response, int]:
    """An address, method or content type that the service does not know."""
    code = error.name.lower().replace(" ", "_")
    response = jsonify(envelope(code, error.description or error.name))
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response, error.code or 500
