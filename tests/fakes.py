"""Stand-ins for a reader, for tests of the faces, where the model does not matter; and pictures to hand to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from lucidocr import io
from lucidocr.charset import Charset
from lucidocr.correct.corrector import Correcting
from lucidocr.errors import MissingPartError
from lucidocr.explain.methods import DEFAULT_METHODS
from lucidocr.metrics import Rule
from lucidocr.types import (
    Diagnosis,
    Explanation,
    ImageArray,
    Line,
    Page,
    PageImage,
    Preparation,
    Recognition,
    Span,
)
from tests.diagnoses import diagnosis_of
from tests.evidence import explanation_of


def picture_of(text: str, *, size: tuple[int, int] = (320, 48)) -> Image.Image:
    """Black text on white."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((8, 8), text, fill="black", font=ImageFont.load_default(28))
    return image


def encoded(image: Image.Image, form: str = "PNG") -> bytes:
    buffer = BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def form_of(data: bytes) -> tuple[bytes, str]:
    """Body and content type of a multipart form with a file field "image"."""
    head = b'--limit\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    return head + data + b"\r\n--limit--\r\n", "multipart/form-data; boundary=limit"


def line_of(text: str, confidence: float = 0.9) -> Line:
    spans = tuple(Span(char, n, n + 1, 10.0 * n, 10.0 * n + 10, confidence) for n, char in enumerate(text))
    quads = tuple(((s.left, 0.0), (s.right, 0.0), (s.right, 20.0), (s.left, 20.0)) for s in spans)
    right = 10.0 * len(text)
    return Line(text, confidence, ((0.0, 0.0), (right, 0.0), (right, 20.0), (0.0, 20.0)), spans, quads)


@dataclass(frozen=True)
class FakeModel:
    """What is known of the model of a reader that has none."""

    name: str = "fake"
    charset: Charset = field(default_factory=lambda: Charset("0123456789.abcdefghijklmnopqrstuvwxyzI发票"))


@dataclass
class FakeReader:
    """Decodes what it is given as the real reader does, and then "reads" the texts that it was made with."""

    texts: tuple[str, ...] = ("发票 Invoice", "42.00")
    modes: list[str] = field(default_factory=list)
    failure: Exception | None = None
    has_attention: bool = True
    explained: list[tuple[str | None, tuple[str, ...], bool]] = field(default_factory=list)
    notices: tuple[str, ...] = ()
    corrected_with: list[Correcting | None] = field(default_factory=list)
    prepared_with: list[str | None] = field(default_factory=list)
    diagnosed: list[tuple[str | None, str]] = field(default_factory=list)
    complained: list[bool] = field(default_factory=list)
    confidence: float = 0.9
    preparation: Preparation | None = None

    def read(
        self,
        source: io.Source | PageImage,
        *,
        mode: str = "auto",
        correcting: Correcting | None = None,
        preprocess: str | None = None,
    ) -> Page:
        self.corrected_with.append(correcting)
        self.prepared_with.append(preprocess)
        image = io.load(source)
        if self.failure:
            raise self.failure
        self.modes.append(mode)
        lines = tuple(replace(line_of(text, self.confidence), preparation=self.preparation) for text in self.texts)
        return Page(lines, image.width, image.height, image.source, "page", image.number)

    def read_lines(self, images: Sequence[ImageArray], **_: object) -> list[Recognition]:
        return [Recognition(self.texts[0], -0.1, 0.9, ()) for _ in images]

    def diagnose(
        self, line: ImageArray, *, truth: str | None = None, misread: bool = False, rule: Rule = "exact"
    ) -> Diagnosis:
        self.diagnosed.append((truth, rule))
        self.complained.append(misread)
        own = min(self.texts, key=lambda one: abs(line_of(one).box[1][0] - line.shape[1]), default="")
        return diagnosis_of(own, truth=truth, pixels=line)

    def explain(
        self,
        line: ImageArray,
        *,
        method: str | Sequence[str] = DEFAULT_METHODS,
        text: str | None = None,
        attention: bool = False,
        faithfulness: bool = False,
    ) -> Explanation:
        """Explain a text, or the one of its own that is about as wide as the line."""
        methods = (method,) if isinstance(method, str) else tuple(method)
        if attention and not self.has_attention:
            raise MissingPartError("the model has no attention head")
        self.explained.append((text, methods, attention))
        own = min(self.texts, key=lambda one: abs(line_of(one).box[1][0] - line.shape[1]))
        return explanation_of(text or own, methods=methods, attention=attention, reading=own, faithfulness=faithfulness)


class FakeAnalyst(FakeReader):
    """A stand-in for a reader whose model is asked for its name and alphabet."""

    @property
    def model(self) -> FakeModel:
        return FakeModel()
