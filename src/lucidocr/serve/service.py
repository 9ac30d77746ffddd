"""What every route is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

from lucidocr.evidence import ExplainingReader
from lucidocr.serve.audit import Audit
from lucidocr.serve.jobs import Jobs
from lucidocr.serve.settings import Settings
from lucidocr.serve.working import Workers


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its choices, its reader, and what it has in hand.

    Attributes:
        settings: limits and choices.
        reader: reads and explains; many threads call it at once.
        workers: do what takes time.
        jobs: batches.
        audit: notes who asked for what.
        closing: set once no more requests are wanted.
    """

    settings: Settings
    reader: ExplainingReader
    workers: Workers
    jobs: Jobs
    audit: Audit
    closing: Event = field(default_factory=Event)

    @classmethod
    def of(cls, settings: Settings, reader: ExplainingReader) -> Service:
        """Everything that the settings describe."""
        audit = Audit(settings)
        return cls(settings, reader, Workers(settings.request_seconds), Jobs(settings, reader, audit), audit)
