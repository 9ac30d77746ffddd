"""The web page."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, render_template

from lucidocr import export
from lucidocr.export.diagnosis_words import words_record
from lucidocr.export.explanation import method_records


def blueprint() -> Blueprint:
    """The route of the page; its script, style and icon are static files, some of which the HTML report has too."""
    shared = Path(export.__file__).parent / "static"
    routes = Blueprint("page", __name__, static_folder=shared, static_url_path="/static/evidence")

    @routes.get("/")
    def index() -> str:
        return render_template("index.html", methods=method_records(), words=words_record())

    return routes
