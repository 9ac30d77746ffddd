"""Pictures of the pages of documents, for those who look at what was read of them."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from lucidocr import io
from lucidocr.errors import JobError
from lucidocr.serve.jobs import Job


def page_png(job: Job, number: int, page: int, max_pixels: int, side: int | None = None) -> bytes:
    """A page of a batch as a PNG: with the pixels that it was read from, or fewer.

    Args:
        job: the batch.
        number: of the document, from zero.
        page: of the document, from one.
        max_pixels: most pixels of a page, as when it was read.
        side: longest side, pixels; a larger page is made smaller.

    Raises:
        JobError: there is no such page, or it has not been read yet.
    """
    document = job.documents[number] if number < len(job.documents) else None
    if document is None or all(one.number != page for one in list(document.pages)):
        raise JobError(f"there is no page {page} of the document {number} yet", remedy="Ask for pages that were read.")
    images = io.documents(
        document.data, pages=str(page), pdf_text=job.options.pdf_text, max_pixels=max_pixels, name=document.source
    )
    picture = Image.fromarray(next(iter(images)).pixels)
    if side is not None:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()
