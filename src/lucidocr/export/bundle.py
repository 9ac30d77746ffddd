"""HTML pages that need nothing else: style, script, data and pictures are inside, and they fetch nothing.

A page's policy lets its own script run, which it knows by its hash, and no other.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from string import Template
from typing import Final

from lucidocr import __version__

_IMPORT: Final = re.compile(r"^import [^;]*;\n", re.MULTILINE)


def bundle(
    template: str, record: Mapping[str, object], *, source: str, styles: Sequence[str], scripts: Sequence[str]
) -> bytes:
    """A page as a file.

    Args:
        template: name of the page's template.
        record: what the page shows, for :mod:`json`; the script finds it in the element ``record``.
        source: what the page is about, for its title.
        styles: names of style sheets, in order.
        scripts: names of modules, each after those that it imports; no two may share a name at their top level.
    """
    data = json.dumps(record, ensure_ascii=False, allow_nan=False)
    script = "".join(_IMPORT.sub("", _resource("static", name)) for name in scripts)
    page = Template(_resource("templates", template)).substitute(
        version=html.escape(__version__),
        source=html.escape(source),
        style="".join(_resource("static", name) for name in styles),
        script=script,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
        record=data.replace("<", "\\u003c"),  # nothing in it can end the element that holds it
    )
    return page.encode("utf-8", "backslashreplace")  # a file's name may hold bytes that are not UTF-8


def _resource(folder: str, name: str) -> str:
    return (resources.files("lucidocr.export") / folder / name).read_text(encoding="utf-8")
