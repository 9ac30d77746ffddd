"""The HTTP service: a Flask application made by :func:`create_app`, with no state outside of it.

A route is a module with a function ``blueprint(service)`` that stands in ``ROUTES``: it says what it takes and gives
with :mod:`lucidocr.serve.openapi`, has the fields of its requests in :mod:`lucidocr.serve.fields`, and raises errors of
:mod:`lucidocr.errors`, which become answers elsewhere.
"""

from __future__ import annotations

from typing import Final

from flask_openapi3.openapi import OpenAPI

from lucidocr.serve import about, access, api, batch, diagnose, errors, explain, openapi, page, security
from lucidocr.serve.api import PageReader
from lucidocr.serve.service import ServedReader, Service
from lucidocr.serve.settings import Settings, load_settings

__all__ = ["PageReader", "ServedReader", "Service", "Settings", "create_app", "load_settings"]

ROUTES: Final = (api.blueprint, explain.blueprint, diagnose.blueprint, batch.blueprint, about.blueprint, about.health)


def create_app(settings: Settings | None = None, reader: ServedReader | None = None) -> OpenAPI:
    """Make the service; ``app.extensions["lucidocr"]`` is its :class:`Service`.

    Args:
        settings: its limits and choices.
        reader: what reads and diagnoses, safe to call from many threads; one is made from the settings without it.

    Raises:
        ModelError: if the model folder is incomplete or altered.
        OptionError: if the file of keys cannot be read, or a limit is none.
    """
    settings = settings or Settings()
    service = Service.of(settings, reader)
    app = openapi.application("lucidocr.serve", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body
    app.config["MAX_FORM_MEMORY_SIZE"] = 1_000_000
    app.extensions["lucidocr"] = service
    service.audit.register(app)
    service.metrics.register(app)
    access.register(app, settings)
    for blueprint in ROUTES:
        app.register_api(blueprint(service))
    app.register_blueprint(page.blueprint())
    app.register_blueprint(openapi.blueprint())
    errors.register(app)
    security.register(app)
    return app
