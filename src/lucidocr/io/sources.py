"""Where documents come from: files, folders, patterns and the clipboard."""

from __future__ import annotations

import re
from glob import glob
from pathlib import Path
from typing import BinaryIO, Final

from lucidocr.errors import MissingPartError, NotFoundError
from lucidocr.io.images import decode, decode_pillow
from lucidocr.io.pixels import MAX_PIXELS
from lucidocr.types import PageImage

SUFFIXES: Final = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".jpe", ".pdf", ".png", ".tif", ".tiff", ".webp"})
"""Endings of the names, in lower case, of what is read in a folder; a file that is named itself may have any."""

PATTERN: Final = re.compile(r"[*?\[]")
"""What makes a name a pattern."""

_DIGITS = re.compile(r"(\d+)")


def read_bytes(path: Path) -> bytes:
    """Content of a file.

    Raises:
        NotFoundError: no such file, or it may not be read.
    """
    _check_file(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def opened(path: Path) -> BinaryIO:
    """A file opened for reading; errors as :func:`read_bytes`."""
    _check_file(path)
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def expand(name: str) -> list[str]:
    """The documents that a name stands for.

    Args:
        name: the path of a file, which is handed on as it is, as an address is; a folder, which stands for the pictures
            and PDFs in it and below, hidden ones left out; or a pattern with ``*``, ``?``, ``[...]`` or ``**``, where
            nothing is called so.

    Returns:
        One name a document, in the order in which people count: page 2 before page 10.

    Raises:
        NotFoundError: a folder without such files, or a pattern that nothing matches.
    """
    if name.lower().startswith(("http://", "https://")):
        return [name]
    try:
        folder, there = Path(name).is_dir(), Path(name).exists()
    except OSError:  # no path at all, which whoever reads it will say
        return [name]
    if folder:
        found = [str(path) for path in Path(name).rglob("*") if _is_document(path, Path(name))]
        if not found:
            raise NotFoundError(f"the folder {name!r} holds no picture and no PDF", remedy="Name another one.")
    elif PATTERN.search(name) and not there:
        found = [path for path in glob(name, recursive=True) if Path(path).is_file()]  # noqa: PTH207  (absolute too)
        if not found:
            raise NotFoundError(f"nothing matches {name!r}", remedy="Check the pattern.")
    else:
        return [name]
    return sorted(found, key=_as_people_count)


def clipboard() -> PageImage:
    """The picture in the system's clipboard, or that of the first file in it.

    Raises:
        MissingPartError: the system has no clipboard that can be asked.
        NotFoundError: it holds no picture.
        InputError: as :func:`lucidocr.io.load`, of a file in it.
    """
    from PIL import ImageGrab  # noqa: PLC0415  (few need it)

    try:
        content = ImageGrab.grabclipboard()
    except (NotImplementedError, OSError) as error:
        raise MissingPartError(
            f"the clipboard cannot be read ({error})",
            remedy="On Linux install wl-clipboard or xclip and run it on a desktop, or name a file.",
        ) from error
    if not content:
        raise NotFoundError("the clipboard holds no picture", remedy="Copy a picture and run it again.")
    if isinstance(content, list):
        return decode(read_bytes(Path(content[0])), MAX_PIXELS, content[0])
    return decode_pillow(content, MAX_PIXELS, "<clipboard>")


def _is_document(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _as_people_count(name: str) -> list[tuple[bool, int, str]]:
    """A key by which "page 2" comes before "page 10"."""
    parts = _DIGITS.split(name)
    return [(bool(n % 2), int(part) if n % 2 else 0, part.casefold()) for n, part in enumerate(parts)]


def _check_file(path: Path) -> None:
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not a file" if path.exists() else "does not exist"
            raise NotFoundError(f"{str(path)!r} {what}")
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> NotFoundError:
    reason = getattr(error, "strerror", None) or "not a path"
    return NotFoundError(f"{str(path)!r} cannot be read ({reason})")
