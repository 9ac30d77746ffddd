"""Headers that keep browsers from doing more with the service than it means to offer."""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; "  # data: for the icons inside Bootstrap's style sheet
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

STATIC = ("static", "page.static")

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def register(app: Flask) -> None:
    """Add the headers to every answer; only the page's static files may be cached."""

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.extend(HEADERS)
        if request.endpoint not in STATIC:
            response.headers["Cache-Control"] = "no-store"
        return response
