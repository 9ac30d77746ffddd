"""Which documents a batch is of: listed one at a time, so that a million need no more memory than one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import iglob
from pathlib import Path, PurePath
from urllib.parse import quote, urlsplit

from lucidocr.errors import InputError, NotFoundError
from lucidocr.io.sources import PATTERN, SUFFIXES

_ADDRESSES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Listed:
    """A document, or a name that stands for none.

    Attributes:
        source: its path or address.
        error: why there is none.
    """

    source: str
    error: InputError | None = None


def listed(names: Sequence[str], outside: Path) -> Iterator[Listed]:
    """The documents that names stand for, as :func:`lucidocr.io.expand` has it, in the order of the file system.

    Args:
        names: paths of files and folders, patterns and addresses.
        outside: the output folder, in which nothing is looked for.

    Yields:
        A document may come several times where names overlap. Folders that cannot be looked into, and names that stand
        for nothing, come with their error.
    """
    own = os.path.realpath(outside)
    for name in names:
        count = 0
        for one in _of_name(name, own):
            count += 1
            yield one
        if not count:
            yield Listed(name, NotFoundError(f"{name!r} stands for no picture and no PDF", remedy="Name another one."))


def output_of(source: str, suffix: str) -> str:
    """Where the reading of a document goes, below the output folder: its own path as named, with one more ending.

    Its own ending stays, so that ``a.png`` and ``a.pdf`` of a folder differ; a leading "/", drives and ".." are left
    out. Of an address it is host and path, and the query where there is one.
    """
    if source.lower().startswith(_ADDRESSES):
        parts = urlsplit(source)
        path = f"{parts.netloc}/{parts.path}" + (f"?{parts.query}" if parts.query else "")
        pieces = [quote(piece, safe=" ") for piece in path.split("/")]
    else:
        pure = PurePath(os.path.normpath(source))
        pieces = list(pure.relative_to(pure.anchor).parts)
    kept = [piece for piece in pieces if piece not in {"", ".", ".."}]
    return "/".join(kept or ["document"]) + suffix


def stamp_of(source: str) -> str:
    """What tells that a document has changed: its size and the time of its last change.

    A hash would be surer, but every document would have to be read again to go on with a batch. Addresses, and what is
    not there, have no stamp.
    """
    try:
        status = Path(source).stat()
    except (OSError, ValueError):
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"


def _of_name(name: str, own: str) -> Iterator[Listed]:
    if name.lower().startswith(_ADDRESSES):
        yield Listed(name)
    elif _is_folder(name):
        yield from _in_folder(name, own)
    elif PATTERN.search(name) and not os.path.lexists(name):
        for path in iglob(name, recursive=True):  # noqa: PTH207  (absolute too)
            if Path(path).is_file() and not _is_inside(path, own):
                yield Listed(path)
    else:
        yield Listed(name)


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except OSError:  # no path at all, which whoever reads it will say
        return False


def _in_folder(folder: str, own: str) -> Iterator[Listed]:
    """Documents in a folder and below; links to folders are not followed, they may lead in circles."""
    if os.path.realpath(folder) == own:
        return
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from _in_folder(entry.path, own)
                elif PurePath(entry.name).suffix.lower() in SUFFIXES and entry.is_file():
                    yield Listed(entry.path)
    except OSError as error:
        reason = error.strerror or str(error)
        yield Listed(folder, NotFoundError(f"the folder {folder!r} cannot be looked into ({reason})"))


def _is_inside(path: str, own: str) -> bool:
    return os.path.commonpath([own, os.path.realpath(path)]) == own
