"""What a service allows, and where that is said: on the command line, in the environment, or in a TOML file."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lucidocr.errors import OptionError
from lucidocr.recognise import Precision

PREFIX: Final = "LUCIDOCR_"
"""What the names of environment variables begin with."""

FILE: Final = "CONFIG"
"""Without the prefix, the variable that names the TOML file."""


class Settings(BaseModel):
    """Limits and choices of one service; each has a name on the command line, in the environment and in a file.

    Raises:
        ValidationError: an unknown name, or a value that a setting cannot have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False, protected_namespaces=())

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen at; 0.0.0.0 for all.")
    port: int = Field(default=5000, ge=0, le=65535, description="Port to listen at; 0 takes a free one.")

    model: Path | None = Field(default=None, description="Folder that holds model.json; the bundled model without it.")
    threads: int | None = Field(
        default=None, ge=1, description="Threads of one reading; all that are allowed without it."
    )
    precision: Precision = Field(
        default="fp32",
        description="Read in full precision, in eight bits, or in eight bits where the processor is made for them.",
    )

    workers: int = Field(default=1, ge=1, description="Processes that serve; several need Linux and the extra serve.")
    batching: bool = Field(default=True, description="Read the lines of requests that come at the same time together.")
    lanes: int | None = Field(
        default=None, ge=1, description="Lines or groups of lines read at once; one a core without it."
    )
    batch_wait: float = Field(
        default=0.005, ge=0, le=1, description="Longest that a group waits for more lines, seconds."
    )
    request_threads: int = Field(default=8, ge=1, le=256, description="Requests in work at once, in each process.")
    queue: int = Field(default=512, ge=1, description="Most requests that may wait; more are sent away for a while.")
    cache_bytes: int = Field(
        default=64_000_000, ge=0, description="Memory for answers that may be asked for again; 0 for none."
    )
    cache_redis: str | None = Field(
        default=None, description="Redis that processes share answers in: redis://HOST:6379/0."
    )
    cache_seconds: float = Field(default=86_400.0, gt=0, description="How long Redis keeps an answer.")

    max_bytes: int = Field(default=10_000_000, ge=1, description="Largest picture, bytes of its file.")
    max_pixels: int = Field(default=40_000_000, ge=1, description="Largest picture once decoded, width times height.")
    max_aspect: int = Field(default=400, ge=1, description="Largest ratio of a picture's sides.")
    max_explained: int = Field(default=50, ge=1, description="Most lines that are explained in one request.")
    request_seconds: float = Field(default=60.0, gt=0, description="Longest that one request may read or explain.")
    receive_seconds: float = Field(default=120.0, gt=0, description="Longest that a client may take to send a request.")

    allow_urls: bool = Field(
        default=False, description="Let requests name public http(s) addresses to fetch pictures from."
    )
    url_seconds: float = Field(default=10.0, gt=0, description="Longest that fetching one may take.")

    hosts: tuple[str, ...] = Field(
        default=(), description="Further names under which the service may be asked; * for any."
    )
    proxies: int = Field(default=0, ge=0, le=9, description="Proxies in front, whose X-Forwarded headers are believed.")
    keys: Path | None = Field(
        default=None, description="File of API keys, made by `lucidocr keys`; nobody is asked without it."
    )
    key_limit: str | None = Field(default=None, description="Most requests of one key, such as 600/minute.")
    address_limit: str | None = Field(default=None, description="Most requests of one address, such as 60/minute.")
    limit_store: str = Field(
        default="memory://", description="Where they are counted; redis://HOST counts for all processes."
    )

    audit: Path | None = Field(
        default=None, description="File to note every request in, as JSON lines; none without it."
    )
    audit_bytes: int = Field(default=10_000_000, ge=1_000, description="Size at which that file is laid aside.")
    audit_files: int = Field(default=5, ge=0, description="Files laid aside that are kept.")
    audit_text: bool = Field(default=False, description="Note what was read, too.")

    jobs: int = Field(default=20, ge=0, description="Batches that are kept at once; 0 takes none.")
    jobs_bytes: int = Field(default=200_000_000, ge=1, description="Most bytes of all documents that are kept.")
    job_bytes: int = Field(default=40_000_000, ge=1, description="Largest batch, bytes of all its documents.")
    job_documents: int = Field(default=100, ge=1, description="Most documents of a batch.")
    job_pages: int = Field(default=500, ge=1, description="Most pages of a batch.")
    job_seconds: float = Field(default=3600.0, gt=0, description="How long a batch is kept once it is done.")

    @property
    def max_body(self) -> int:
        """Largest request body: the largest picture in base64, with room for the fields around it."""
        return self.max_bytes * 4 // 3 + 65_536

    @property
    def max_batch_body(self) -> int:
        """Largest body of a batch."""
        return self.job_bytes * 4 // 3 + 1024 * self.job_documents + 65_536


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def load_settings(
    given: Mapping[str, object], *, file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Settings from all places; what the command line says wins over the environment, and that over the file.

    Args:
        given: by the command line, by name.
        file: a TOML file; the one that ``LUCIDOCR_CONFIG`` names, if any, when None.
        environment: the environment's variables.

    Raises:
        OptionError: a file that cannot be read, an unknown name, or a value that a setting cannot have.
    """
    named = environment.get(PREFIX + FILE)
    file = file or (Path(named) if named else None)
    values: dict[str, object] = {}
    if file is not None:
        values |= _checked(_from_file(file), str(file))
    values |= _checked(_from_environment(environment), "the environment", prefix=PREFIX)
    values |= {name: value for name, value in given.items() if value is not None}
    _checked(values, "the command line")
    return Settings.model_validate(values)


def _from_file(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OptionError(
            f"the settings {str(file)!r} cannot be read ({error})",
            remedy="Give a TOML file with lines like port = 8080.",
        ) from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Values by name; those of a list are parted by commas."""
    values: dict[str, Any] = {}
    for given, text in environment.items():
        name = given.removeprefix(PREFIX).lower()
        if not given.startswith(PREFIX) or given == PREFIX + FILE or given in _ELSEWHERE:
            continue
        field = Settings.model_fields.get(name)
        many = field is not None and get_origin(field.annotation) is tuple
        values[name] = [part.strip() for part in text.split(",") if part.strip()] if many else text
    return values


_ELSEWHERE: Final = frozenset({"LUCIDOCR_RUNS", "LUCIDOCR_FONTS", "LUCIDOCR_NO_SKIP"})
"""Variables of this project's training and tests, which may stand in the environment of a service, too."""


def _checked(values: dict[str, Any], place: str, *, prefix: str = "") -> dict[str, Any]:
    """The values, once they are known to be right.

    Raises:
        OptionError: it names what is wrong and where it stands.
    """
    try:
        Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        shown = prefix + name.upper() if prefix else name
        if first["type"] == "extra_forbidden":
            raise OptionError(
                f"unknown setting {shown} in {place}", remedy=f"There are {', '.join(Settings.model_fields)}."
            ) from error
        raise OptionError(
            f"the setting {shown} in {place} cannot be {json.dumps(str(first['input']), ensure_ascii=False)}",
            remedy=f"{first['msg']}.",
        ) from error
    return values
