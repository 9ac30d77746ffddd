"""What can go wrong, each with the way out.

The tree::

    LucidOcrError
    ├── InputError              the picture or the request cannot be used          exit 2, HTTP 400
    │   ├── NotFoundError       no such file                                       exit 2, HTTP 404
    │   ├── NotAnImageError     not a picture of a known type                      exit 2, HTTP 415
    │   ├── DamagedImageError   a picture that breaks off or cannot be decoded     exit 2, HTTP 422
    │   ├── ImageSizeError      no pixels, or too many to decode safely            exit 2, HTTP 413
    │   ├── TooLargeError       more bytes than are taken                          exit 2, HTTP 413
    │   ├── OptionError         an option or a field that cannot be used           exit 2, HTTP 400
    │   ├── AlignmentError      a text that cannot lie on the line                 exit 2, HTTP 422
    │   └── UrlError            an address that may not or cannot be fetched       exit 2, HTTP 403
    ├── DatasetError            a labelled folder that is not one                  exit 2, HTTP 400
    ├── OutputError             an output folder that cannot be used               exit 2, HTTP 400
    ├── WorkerError             a process that reads came to an end                exit 1, HTTP 500
    ├── ModelError              a model folder that is incomplete or altered       exit 3, HTTP 500
    └── MissingPartError        a feature whose part or package is not installed   exit 3, HTTP 501

Every class carries a machine-readable ``code``, the command line's ``exit_code``, the service's ``http_status`` and a
``remedy``, a sentence that says what to do. Only the command line and the HTTP handler turn errors into output. A
picture without text is a result and not an error.
"""

from __future__ import annotations

from typing import ClassVar


class LucidOcrError(Exception):
    """Base of all errors that lucidocr raises on purpose.

    Args:
        message: what is wrong, with the offending name or value.
        remedy: what to do about it, where the class's own advice does not fit.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    advice: ClassVar[str] = "Please report this with the picture that causes it."

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.advice

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}"


class InputError(LucidOcrError):
    """The picture or the request cannot be used."""

    code = "bad_input"
    exit_code = 2
    http_status = 400
    advice = "Give a picture (jpg, png, bmp, tiff, webp or gif)."


class NotFoundError(InputError):
    """There is no such file, or it may not be read."""

    code = "not_found"
    http_status = 404
    advice = "Check the path and that you may read it."


class NotAnImageError(InputError):
    """The bytes are no picture of a known type, whatever their name says."""

    code = "not_an_image"
    http_status = 415
    advice = "Save it as jpg, png, bmp, tiff, webp or gif."


class DamagedImageError(InputError):
    """The picture breaks off or cannot be decoded."""

    code = "damaged_image"
    http_status = 422
    advice = "Open it in a viewer, save it again, or fetch it anew."


class ImageSizeError(InputError):
    """The picture has no pixels, or more than can be decoded safely."""

    code = "image_size"
    http_status = 413
    advice = "Scale the picture down or cut it into parts."


class TooLargeError(InputError):
    """An upload or a fetched picture has more bytes than are taken."""

    code = "too_large"
    http_status = 413
    advice = "Send a smaller file, or read it with the command line, which has no such limit for files."


class OptionError(InputError):
    """An option or a request field cannot be used."""

    code = "bad_option"
    advice = "See `lucidocr --help` or the documentation of the API for what is allowed."


class AlignmentError(InputError):
    """A given text cannot be laid on a line: it is too long for it, or there is nothing where it needs a character."""

    code = "not_alignable"
    http_status = 422
    advice = "Give the text of this very line."


class UrlError(InputError):
    """The address may not be fetched, or could not be."""

    code = "url_refused"
    http_status = 403
    advice = "Download the picture and send the file itself."


class DatasetError(LucidOcrError):
    """A folder of labelled lines lacks something."""

    code = "bad_dataset"
    exit_code = 2
    http_status = 400
    advice = (
        "A data set holds images/ and labels.tsv (file, tab, text) and perhaps split.tsv (file, tab, source, part)."
    )


class OutputError(LucidOcrError):
    """The folder of a batch cannot be used: it holds something else, is in use, or cannot be written to."""

    code = "bad_output"
    exit_code = 2
    http_status = 400
    advice = "Name an empty or a new folder."


class WorkerError(LucidOcrError):
    """A process that reads documents was killed, perhaps because memory was used up."""

    code = "worker_lost"
    advice = "Give it more memory, for instance by fewer --jobs, or read the document by itself with `lucidocr read`."


class ModelError(LucidOcrError):
    """A model folder is incomplete, altered or of another format."""

    code = "bad_model"
    exit_code = 3
    http_status = 500
    advice = "Use the model folder as it was made; `--model DIR` names the folder that holds model.json."


class MissingPartError(LucidOcrError):
    """A feature was asked for whose model part or package is not there."""

    code = "missing_part"
    exit_code = 3
    http_status = 501
    advice = "Install what is named, or use a model folder that holds the part."
