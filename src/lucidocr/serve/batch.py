"""The routes for batches: send documents, ask how far they are, fetch what was read, take them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from flask import Response, jsonify, request, url_for
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from lucidocr.errors import LucidOcrError, MissingPartError
from lucidocr.export import FORMATS, page_record
from lucidocr.export.json import PageRecord
from lucidocr.serve import openapi
from lucidocr.serve.audit import notes
from lucidocr.serve.errors import envelope
from lucidocr.serve.fields import BatchOptions, FormName
from lucidocr.serve.jobs import Document, Job, State
from lucidocr.serve.page_pictures import page_png
from lucidocr.serve.requests import take_documents
from lucidocr.serve.service import Service


class JobPath(BaseModel):
    """Which batch."""

    job: str = Field(description="Its identifier.", pattern=r"^[A-Za-z0-9_-]{1,64}$")


class DocumentPath(JobPath):
    """Which document of a batch."""

    number: int = Field(description="Of the document, in the order in which they were sent, from 0.", ge=0, le=10**6)


class PagePath(DocumentPath):
    """Which page of a document of a batch."""

    page: int = Field(description="Of the document, from 1; one that has been read.", ge=1, le=10**6)


class PictureQuery(BaseModel):
    """How large a page's picture may be."""

    model_config = ConfigDict(extra="forbid")

    side: int | None = Field(
        default=None, description="Longest side, pixels; as it was read without it.", ge=16, le=20_000
    )


class ResultQuery(BaseModel):
    """What to fetch a document as."""

    model_config = ConfigDict(extra="forbid")

    format: FormName = Field(default="json", description="Of the answer.")


class DocumentRecord(BaseModel):
    """How far a document is."""

    source: str = Field(description="The name that it was sent with.")
    state: State
    pages: int = Field(description="Pages that have been read.")
    error: openapi.ErrorDetail | None = Field(description="Why it could not be read to its end.")
    result: str | None = Field(description="Where to fetch it, once it has been read.")


class JobRecord(BaseModel):
    """How far a batch is."""

    id: str
    state: State
    created: str = Field(description="When it came, ISO 8601, UTC.")
    expires: str | None = Field(description="When it will be forgotten; null while it is not done.")
    documents: list[DocumentRecord]


class JobAnswer(BaseModel):
    """A batch."""

    success: Literal[True]
    job: JobRecord


class DocumentAnswer(BaseModel):
    """What was read of a document."""

    success: Literal[True]
    source: str
    pages: list[PageRecord]


class RemovedAnswer(BaseModel):
    """A batch was taken back."""

    success: Literal[True]


def blueprint(service: Service) -> APIBlueprint:
    """Routes of a service that takes batches."""
    routes = APIBlueprint("batch", __name__, abp_tags=[openapi.BATCH])
    settings = service.settings

    @routes.post(
        "/api/v1/batch",
        responses=openapi.gives(JobAnswer, 413, 415, 501, status=202),
        openapi_extensions=openapi.takes_documents(BatchOptions, settings.job_documents),
    )
    def create() -> tuple[Response, int, dict[str, str]]:
        """Send documents to be read, one after another."""
        if settings.workers > 1:
            raise MissingPartError(
                "a service of several processes takes no batches: the next request would meet another one",
                remedy="Send the pictures one by one, or start the service with --workers 1.",
            )
        documents, options = take_documents(request, settings, BatchOptions)
        job = service.jobs.add(documents, options, notes().key)
        notes().job = job.id
        return _answer(job), 202, {"Location": url_for("batch.state", job=job.id), "Retry-After": "1"}

    @routes.get("/api/v1/batch/<string:job>", responses=openapi.gives(JobAnswer, 404))
    def state(path: JobPath) -> Response:
        """Ask how far a batch is."""
        return _answer(service.jobs.find(path.job, notes().key))

    @routes.delete("/api/v1/batch/<string:job>", responses=openapi.gives(RemovedAnswer, 404))
    def remove(path: JobPath) -> Response:
        """Take a batch back: its reading ends, and it is forgotten."""
        notes().job = path.job
        service.jobs.remove(path.job, notes().key)
        return jsonify({"success": True})

    @routes.get(
        "/api/v1/batch/<string:job>/documents/<int:number>",
        responses=openapi.gives(DocumentAnswer, 404, 413, 415, 422, 501, formats=True),
    )
    def result(path: DocumentPath, query: ResultQuery) -> Response:
        """Fetch what was read of a document."""
        job = service.jobs.find(path.job, notes().key)
        notes().job = job.id
        if query.format == "json":
            document = service.jobs.read(job, path.number)
            pages = [page_record(page) for page in document.pages]
            return jsonify({"success": True, "source": document.source, "pages": pages})
        written = service.workers.run(lambda: b"".join(service.jobs.export(job, path.number, query.format)))
        return Response(written, mimetype=FORMATS[query.format].media_type)

    @routes.get(
        "/api/v1/batch/<string:job>/documents/<int:number>/pages/<int:page>",
        responses=openapi.gives_picture(404, 413, 415, 422),
    )
    def picture(path: PagePath, query: PictureQuery) -> Response:
        """Fetch the picture of a page, upright, as it was read: boxes are in its pixels."""
        job = service.jobs.find(path.job, notes().key)
        notes().job = job.id
        drawn = service.workers.run(lambda: page_png(job, path.number, path.page, settings.max_pixels, query.side))
        return Response(drawn, mimetype="image/png")

    return routes


def _answer(job: Job) -> Response:
    return jsonify({"success": True, "job": _record(job)})


def _record(job: Job) -> dict[str, Any]:
    left = job.seconds_left
    expires = None if left is None else datetime.now(UTC) + timedelta(seconds=left)
    return {
        "id": job.id,
        "state": job.state,
        "created": job.created.isoformat(timespec="seconds"),
        "expires": None if expires is None else expires.isoformat(timespec="seconds"),
        "documents": [_document_record(job, number, one) for number, one in enumerate(job.documents)],
    }


def _document_record(job: Job, number: int, document: Document) -> dict[str, Any]:
    read = document.state == "done" and document.error is None
    return {
        "source": document.source,
        "state": document.state,
        "pages": len(document.pages),
        "error": None if document.error is None else _detail(document.error),
        "result": url_for("batch.result", job=job.id, number=number) if read else None,
    }


def _detail(error: LucidOcrError) -> object:
    return envelope(error.code, str(error))["error"]
