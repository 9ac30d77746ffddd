"""The HTTP service: a Flask application made by :func:`create_app`, with no state outside of it."""

from __future__ import annotations

from flask import Flask

from lucidocr.evidence import ExplainingReader
from lucidocr.pipeline import Reader
from lucidocr.serve import api, errors, explain, page, security
from lucidocr.serve.api import PageReader
from lucidocr.serve.settings import Settings

__all__ = ["ExplainingReader", "PageReader", "Settings", "create_app"]


def create_app(settings: Settings | None = None, reader: ExplainingReader | None = None) -> Flask:
    """Make the service.

    Args:
        settings: its limits and choices.
        reader: what reads and explains, safe to call from many threads; one is made from the settings without it.

    Raises:
        ModelError: if the model folder is incomplete or altered.
    """
    settings = settings or Settings()
    app = Flask("lucidocr.serve", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    reader = reader or Reader(settings.model, threads=settings.threads, precision=settings.precision)
    app.register_blueprint(page.blueprint(settings))
    app.register_blueprint(api.blueprint(settings, reader))
    app.register_blueprint(explain.blueprint(settings, reader))
    errors.register(app)
    security.register(app)
    return app
