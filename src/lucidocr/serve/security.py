"""Headers that keep browsers from doing more with the service than it means to offer."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; "  # data: for the icons inside Bootstrap's style sheet
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

STATIC = ("static", "page.static", "document.static")

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
    """Add the headers to every answer; only the page's static files may be cached.

    A template may have scripts of its own: those with ``nonce="{{ nonce() }}"``, a number that is used once.
    """

    @app.template_global()
    def nonce() -> str:
        if "nonce" not in g:
            g.nonce = secrets.token_urlsafe(16)
        return str(g.nonce)

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.extend(HEADERS)
        if "nonce" in g:
            allowed = f"script-src 'self' 'nonce-{g.nonce}';"
            response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace("script-src 'self';", allowed)
        if request.endpoint not in STATIC:
            response.headers["Cache-Control"] = "no-store"
        return response
