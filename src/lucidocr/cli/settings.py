"""Options of `lucidocr serve`, one for each setting of the service; loaded only where they are needed."""

from __future__ import annotations

from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import click
from pydantic.fields import FieldInfo

from lucidocr.serve.settings import FILE, PREFIX, Settings, variable


def settings_options() -> list[click.Parameter]:
    """An option for the file of settings, and one for every setting."""
    config = click.Option(
        ["--config"],
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"TOML file of the settings below; the one that {PREFIX}{FILE} names without it.",
    )
    return [config, *(_option(name, field) for name, field in Settings.model_fields.items())]


def default_of(field: FieldInfo) -> str:
    """What a setting is where nothing is said of it; empty for nothing."""
    value = field.default
    if value is None or value == ():
        return ""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _option(name: str, field: FieldInfo) -> click.Option:
    spelled = "--" + name.replace("_", "-")
    kind = _plain(field.annotation)
    shown = default_of(field)
    text = f"{field.description}  [{f'default: {shown}; ' if shown else ''}{variable(name)}]"
    if kind is bool:
        return click.Option([f"{spelled}/--no-{name.replace('_', '-')}"], default=None, help=text)
    if get_origin(kind) is tuple:
        return click.Option([spelled], multiple=True, metavar="NAME", help=text)
    if get_origin(kind) is Literal:
        return click.Option([spelled], type=click.Choice(get_args(kind)), help=text)
    return click.Option([spelled], type=_type(kind, field), metavar=_METAVARS.get(kind), help=text)


def _type(kind: Any, field: FieldInfo) -> Any:
    """How click checks a value; what it does not know is checked with the other settings."""
    bounds = {name: getattr(one, name) for one in field.metadata for name in ("ge", "gt", "le") if hasattr(one, name)}
    if kind is int:
        return click.IntRange(min=bounds.get("ge"), max=bounds.get("le"))
    if kind is float:
        return click.FloatRange(min=bounds.get("gt", bounds.get("ge")), min_open="gt" in bounds)
    return click.Path(path_type=Path) if kind is Path else click.STRING


_METAVARS: dict[Any, str] = {int: "N", float: "SECONDS", Path: "PATH"}


def _plain(annotation: Any) -> Any:
    """A type without None."""
    if get_origin(annotation) is UnionType:
        return next(kind for kind in get_args(annotation) if kind is not type(None))
    return annotation
