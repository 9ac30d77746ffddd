"""The option that names methods of heat maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import click

from lucidocr.cli.common import Command
from lucidocr.explain.methods import METHOD_NAMES

ALL: Final = "all"
"""Names all methods at once."""


def method_option(explanation: str) -> Callable[[Command], Command]:
    """``--method NAME,...``, handed over as ``methods``: each once, or None where the option is left out.

    Args:
        explanation: what the help says.
    """
    return click.option("--method", "methods", callback=_methods, metavar="NAME,...", help=explanation)


def _methods(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """The methods that a text names with commas between them."""
    if value is None:
        return None
    if value == ALL:
        return METHOD_NAMES
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",")))
    unknown = [name for name in names if name not in METHOD_NAMES]
    if unknown:
        known = f"{', '.join(METHOD_NAMES)} or {ALL}"
        raise click.BadParameter(f"{unknown[0]!r} is none of {known}.", ctx=ctx, param=parameter)
    return names
