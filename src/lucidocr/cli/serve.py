"""``lucidocr serve``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lucidocr.cli.common import precision_option, reader_options

if TYPE_CHECKING:
    from lucidocr.recognise import Precision


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(0, 65535), default=5000, show_default=True, help="0 takes a free one.")
@click.option("--allow-urls", is_flag=True, help="Let requests name public http(s) addresses to fetch pictures from.")
@reader_options
@precision_option
def serve(
    *, host: str, port: int, allow_urls: bool, model: Path | None, threads: int | None, precision: Precision
) -> None:
    """Serve the web page and the HTTP API until Ctrl+C."""
    from lucidocr.serve import Settings, create_app
    from lucidocr.serve.server import run

    settings = Settings(model=model, threads=threads, precision=precision, allow_urls=allow_urls)
    run(create_app(settings), host=host, port=port, announce=lambda address: click.echo(f"lucidocr is at {address}"))
