"""API keys: made here, shown once, kept as hashes.

A key is ``lucidocr_ID_SECRET``. Its secret has 256 random bits, which no guessing finds, so that one round of SHA-256
is enough to keep it; a slow hash is for what people choose themselves.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lucidocr.errors import ApiKeyError, OptionError

_FORM: Final = re.compile(r"lucidocr_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_NOBODY: Final = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
"""What the secret of a key with an unknown identifier is compared with, so that it takes as long."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key.

    Attributes:
        id: its identifier, which logs name.
        name: whose it is, for people.
        sha256: hash of the whole key, hexadecimal.
        created: when, ISO 8601, UTC.
    """

    id: str
    name: str
    sha256: str
    created: str


def make_key(name: str) -> tuple[str, ApiKey]:
    """A new key, and what is to be kept of it."""
    identifier = secrets.token_hex(6)
    key = f"lucidocr_{identifier}_{secrets.token_urlsafe(32)}"
    return key, ApiKey(identifier, name, _hash(key), datetime.now(UTC).isoformat(timespec="seconds"))


def read_keys(path: Path) -> list[ApiKey]:
    """The keys of a file.

    Raises:
        OptionError: it cannot be read, or is no such file.
    """
    try:
        return [ApiKey(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))["keys"]]
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise OptionError(
            f"the file of keys {str(path)!r} cannot be read ({error})", remedy="Make one with `lucidocr keys add`."
        ) from error


def write_keys(path: Path, keys: Iterable[ApiKey]) -> None:
    """Write a file of keys that only its owner may read, in one step.

    Raises:
        OptionError: it cannot be written.
    """
    text = json.dumps({"keys": [asdict(key) for key in keys]}, ensure_ascii=False, indent=2) + "\n"
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise OptionError(f"{str(path)!r} cannot be written ({error.strerror})", remedy="Name another file.") from error


class Keyring:
    """The keys of a file, which is read again when it changes, so that a key that was taken out is refused at once.

    Args:
        path: the file.

    Raises:
        OptionError: see :func:`read_keys`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp = self._stamped()
        self._keys = {key.id: key for key in read_keys(path)}

    def check(self, key: str | None) -> ApiKey:
        """The entry of a key; how long it takes says nothing about how much of it is right.

        Raises:
            ApiKeyError: there is none, or it is not known.
        """
        if not key:
            raise ApiKeyError("this service asks for an API key")
        form = _FORM.fullmatch(key)
        entry = self._current().get(form[1]) if form else None
        same = hmac.compare_digest(_hash(key), entry.sha256 if entry else _NOBODY)
        if entry is None or not same:
            raise ApiKeyError("the API key is not known", remedy="Check it, or ask for a new one.")
        return entry

    def _current(self) -> dict[str, ApiKey]:
        """The keys as the file has them now; while it cannot be read, nobody is let in."""
        with self._lock:
            stamp = self._stamped()
            if stamp is None or stamp != self._stamp:
                self._keys = {}
                try:
                    self._keys = {key.id: key for key in read_keys(self._path)}
                    self._stamp = stamp
                except OptionError as error:
                    raise ApiKeyError("no API key can be checked now", remedy="Tell who runs the service.") from error
            return self._keys

    def _stamped(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
