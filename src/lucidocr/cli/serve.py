"""``lucidocr serve``."""

from __future__ import annotations

from collections.abc import Callable
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
    from lucidocr.serve.arenas import bound_arenas
    from lucidocr.serve.server import run

    settings = load_settings({name: value for name, value in given.items() if value != ()}, file=config)

    def announce(address: str) -> None:
        click.echo(f"lucidocr is at {address}")

    bound_arenas()
    if settings.workers > 1:
        _import_processes()(settings, create_app, announce=announce)
    else:
        run(create_app(settings), host=settings.host, port=settings.port, announce=announce)


def _import_processes() -> Callable[..., None]:
    from lucidocr.errors import MissingPartError

    try:
        from lucidocr.serve.processes import run_processes
    except ImportError as error:
        raise MissingPartError(
            "several processes need gunicorn, on Linux", remedy="Run `pip install 'lucidocr[serve]'`."
        ) from error
    return run_processes
