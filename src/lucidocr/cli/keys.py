"""``lucidocr keys``."""

from __future__ import annotations

from pathlib import Path

import click

_file = click.option(
    "--file",
    type=click.Path(path_type=Path),
    default="keys.json",
    show_default=True,
    metavar="FILE",
    help="File that `lucidocr serve --keys` is given.",
)


@click.group()
def keys() -> None:
    """Make and withdraw API keys of the service."""


@keys.command()
@click.argument("name")
@_file
def add(*, name: str, file: Path) -> None:
    """Make a key for NAME and show it, this once: the file holds its hash only."""
    from lucidocr.serve.keys import make_key, read_keys, write_keys

    known = read_keys(file) if file.exists() else []
    key, entry = make_key(name)
    write_keys(file, [*known, entry])
    click.echo(key)


@keys.command(name="list")
@_file
def list_keys(*, file: Path) -> None:
    """Show identifier, time and name of every key."""
    from lucidocr.serve.keys import read_keys

    for key in read_keys(file):
        click.echo(f"{key.id}  {key.created}  {key.name}")


@keys.command()
@click.argument("identifier")
@_file
def remove(*, identifier: str, file: Path) -> None:
    """Withdraw a key; a service that runs refuses it from now on."""
    from lucidocr.errors import OptionError
    from lucidocr.serve.keys import read_keys, write_keys

    known = read_keys(file)
    left = [key for key in known if key.id != identifier]
    if len(left) == len(known):
        raise OptionError(f"there is no key {identifier!r} in {str(file)!r}", remedy="See `lucidocr keys list`.")
    write_keys(file, left)
