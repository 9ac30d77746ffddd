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
    │   ├── UrlError            an address that may not or cannot be fetched       exit 2, HTTP 403
    │   ├── JobError            a job that there is not, or not yet                exit 2, HTTP 404
    │   └── AccessError         a request that may not be made                     exit 2, HTTP 403
    │       ├── ApiKeyError     no key, or one that is not known                   exit 2, HTTP 401
    │       └── RateError       more requests than are allowed                     exit 2, HTTP 429
    ├── BusyError               more at once than the service does                 exit 1, HTTP 503
    │   └── TimeLimitError      a request that takes longer than it may            exit 1, HTTP 503
    ├── DatasetError            a labelled folder that is not one                  exit 2, HTTP 400
    ├── OutputError             an output folder that cannot be used               exit 2, HTTP 400
    ├── WorkerError             a process that reads came to an end                exit 1, HTTP 500
    ├── ModelError              a model folder that is incomplete or altered       exit 3, HTTP 500
    └── MissingPartError        a feature whose part or package is not installed   exit 3, HTTP 501

Every class carries a machine-readable ``code``, the command line's ``exit_code``, the service's ``http_status`` and a
``remedy``, a sentence that says what to do; some know after how many seconds it is worth trying again. Only the command
line and the HTTP handler turn errors into output. A picture without text is a result and not an error.
"""

from __future__ import annotations

from typing import ClassVar


class LucidOcrError(Exception):
    """Base of all errors that lucidocr raises on purpose.

    Args:
        message: what is wrong, with the offending name or value.
        remedy: what to do about it, where the class's own advice does not fit.
        retry_after: seconds after which the same may go well; None where waiting does not help.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    advice: ClassVar[str] = "Please report this with the picture that causes it."

    def __init__(self, message: str, *, remedy: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.advice
        self.retry_after = retry_after

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


class JobError(InputError):
    """There is no such job, or what is asked of it is not there yet."""

    code = "no_such_job"
    http_status = 404
    advice = "Jobs are forgotten after a while: send the documents again."


class AccessError(InputError):
    """The service does not answer such a request: it comes from another site's page, or by another name."""

    code = "access_refused"
    http_status = 403
    advice = "See the documentation of the API for who may ask."


class ApiKeyError(AccessError):
    """The service asks for a key, and there is none, or one that it does not know."""

    code = "key_refused"
    http_status = 401
    advice = "Send a key in the header Authorization: Bearer KEY; `lucidocr keys add` makes one."


class RateError(AccessError):
    """There were more requests of one key or address than are allowed."""

    code = "too_many_requests"
    http_status = 429
    advice = "Wait for the seconds that Retry-After names."


class BusyError(LucidOcrError):
    """The service has as much to do, or to keep, as it takes on."""

    code = "busy"
    http_status = 503
    advice = "Try again in a while."


class TimeLimitError(BusyError):
    """A request was given up because it takes longer than it may."""

    code = "timed_out"
    advice = "Send a smaller picture or ask for less at once."


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
