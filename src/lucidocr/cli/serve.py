"""``lucidocr serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class _Settings(click.Command):
    """A command whose options are made when somebody asks for them: the list of commands does without them."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not self.params:
            from lucidocr.cli.settings import settings_options

            self.params = settings_options()
        return super().get_params(ctx)


@click.command(cls=_Settings)
def serve(*, config: Path | None, **given: Any) -> None:
    """Serve the web page and the HTTP API until Ctrl+C."""
    from lucidocr.serve import create_app, load_settings
    from lucidocr.serve.server import run

    settings = load_settings({name: value for name, value in given.items() if value != ()}, file=config)
    app = create_app(settings)
    run(app, host=settings.host, port=settings.port, announce=lambda address: click.echo(f"lucidocr is at {address}"))
