"""What every route is made from."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from lucidocr.doubtful import DiagnosingReader
from lucidocr.evidence import ExplainingReader
from lucidocr.pipeline import Reader
from lucidocr.serve.audit import Audit
from lucidocr.serve.cache import Answers, Cache, identity_of
from lucidocr.serve.jobs import Jobs
from lucidocr.serve.metrics import Metrics
from lucidocr.serve.reading import make_reader
from lucidocr.serve.settings import Settings
from lucidocr.serve.shared import RedisStore
from lucidocr.serve.working import Workers


class ServedReader(ExplainingReader, DiagnosingReader, Protocol):
    """What a service needs of a reader; many threads call it at once."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its choices, its reader, and what it has in hand.

    Attributes:
        settings: limits and choices.
        reader: reads, explains and diagnoses.
        workers: do what takes time.
        jobs: batches.
        audit: notes who asked for what.
        metrics: counts.
        answers: those that are kept.
        closing: set once no more requests are wanted.
    """

    settings: Settings
    reader: ServedReader
    workers: Workers
    jobs: Jobs
    audit: Audit
    metrics: Metrics
    answers: Answers
    closing: Event = field(default_factory=Event)

    @classmethod
    def of(cls, settings: Settings, reader: ServedReader | None = None) -> Service:
        """Everything that the settings describe, a reader among it where none is given."""
        metrics = Metrics()
        reader = reader or make_reader(settings, metrics)
        audit = Audit(settings)
        answers = make_answers(settings, reader, metrics)
        metrics.watch(waiting=lambda: getattr(reader, "waiting", 0), cache_bytes=lambda: answers.size)
        jobs = Jobs(settings, reader, audit)
        return cls(settings, reader, Workers(settings.request_seconds), jobs, audit, metrics, answers)


def make_answers(settings: Settings, reader: ServedReader, metrics: Metrics) -> Answers:
    """The cache that the settings describe. Answers of a reader that is not this package's are for this process only.

    Raises:
        MissingPartError: Redis is wanted, and its package is not installed.
        OptionError: another kind of address than a Redis has.
    """
    if not isinstance(reader, Reader):
        return Answers(Cache(settings.cache_bytes, observe=metrics.cached), secrets.token_hex(16))
    store = None
    if settings.cache_redis is not None:
        store = RedisStore(settings.cache_redis, keep=settings.cache_seconds, observe=metrics.store_failed)
    identity = identity_of(reader.model, reader.precision, settings)
    return Answers(Cache(settings.cache_bytes, store, observe=metrics.cached), identity)
