"""The command line, a module for each command: read, batch, explain, diagnose, evaluate, finetune, serve and keys."""

from __future__ import annotations

import click

from lucidocr import __version__
from lucidocr.cli.batch import batch
from lucidocr.cli.common import Commands
from lucidocr.cli.diagnose import diagnose
from lucidocr.cli.evaluate import evaluate
from lucidocr.cli.explain import explain
from lucidocr.cli.finetune import finetune
from lucidocr.cli.keys import keys
from lucidocr.cli.read import read
from lucidocr.cli.serve import serve


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lucidocr", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def main(debug: bool) -> None:
    """Read Chinese and English text in pictures, on a plain CPU."""
    del debug  # used by the error handler


for command in (read, batch, explain, diagnose, evaluate, finetune, serve, keys):
    main.add_command(command)
