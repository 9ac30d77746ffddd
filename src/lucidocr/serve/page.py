"""The web page."""

from __future__ import annotations

from flask import Blueprint, render_template

from lucidocr.serve.settings import Settings


def blueprint(settings: Settings) -> Blueprint:
    """The route of the page; its script, style and icon are static files."""
    routes = Blueprint("page", __name__)

    @routes.get("/")
    def index() -> str:
        return render_template("index.html", max_bytes=settings.max_bytes)

    return routes
