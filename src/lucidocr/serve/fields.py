"""The fields that requests have, as pydantic models: what they may hold, what they mean, and what is wrong with them.

A model's fields are the fields of the JSON body and of the form alike. Texts that a form has in place of lists, numbers
and flags are taken for what they say.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Self

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from lucidocr.correct.corrector import Ask, Correcting, LexiconMode
from lucidocr.correct.lexicon import Lexicon
from lucidocr.correct.normalise import Normalisation, Punctuation, Script, Spaces, Width
from lucidocr.doubtful import Complaint
from lucidocr.errors import OptionError
from lucidocr.evidence import Question
from lucidocr.explain.methods import DEFAULT_METHODS, METHOD_NAMES
from lucidocr.export import FORMATS
from lucidocr.export.explanation import Detail, MapDetail
from lucidocr.io import PdfText
from lucidocr.metrics import Rule
from lucidocr.pipeline import Mode
from lucidocr.prepare import Preprocess
from lucidocr.types import FloatArray

MAX_LEXICON: Final = 200_000
"""Longest lexicon of a request, characters."""

_FAR: Final = 1e9
"""Pixels from which on a place is in no picture."""

_SHOWN: Final = 60
"""Characters of a wrong value that a message repeats."""


def _flag(value: object) -> bool:
    for truth, names in ((True, (True, "true")), (False, (False, "false"))):
        if isinstance(value, bool | str) and value in names:
            return truth
    raise ValueError("Give true or false")


def _switch(value: object) -> bool:
    return _flag({"on": "true", "off": "false"}.get(value, value) if isinstance(value, str) else value)


def _attention(value: object) -> bool | None:
    return None if value == "auto" else _flag(value)


def _number(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("Give a whole number; the first has the number 0")  # noqa: TRY004  (pydantic's way)
    return value


def _form_name(value: object) -> str:
    if not isinstance(value, str) or value not in FORMATS:
        raise ValueError(f"The formats are {', '.join(FORMATS)}")
    return value


def _methods(value: object) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
    if not isinstance(names, list) or any(not isinstance(name, str) or name not in METHOD_NAMES for name in names):
        raise ValueError(f"Give a list of methods, which are {', '.join(METHOD_NAMES)}")
    return tuple(dict.fromkeys(names))


def _lexicon(value: object) -> Lexicon | None:
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        raise ValueError("Give words and /patterns/, one a line, or a list of them")  # noqa: TRY004
    if len(value) > MAX_LEXICON:
        raise ValueError(f"Give at most {MAX_LEXICON:,} characters")
    return Lexicon.parse(value) if value else None


def _corners(value: object) -> FloatArray:
    try:
        given: Any = json.loads(value) if isinstance(value, str) else value
        corners = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        raise ValueError("Give four corners [x, y], as a line's box has them") from error
    numbers = [type(one) for corner in given for one in corner] if corners.shape == (4, 2) else []
    if not numbers or not set(numbers) <= {int, float} or not (np.abs(corners) < _FAR).all():
        raise ValueError("Give four corners [x, y], as a line's box has them")
    return corners.astype(np.float32)


Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Switch = Annotated[
    bool, BeforeValidator(_switch), WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["on", "off"]}]})
]
Attention = Annotated[
    bool | None, BeforeValidator(_attention), WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["auto"]}]})
]
Number = Annotated[int, BeforeValidator(_number), WithJsonSchema({"type": "integer", "minimum": 0})]
FormName = Annotated[str, BeforeValidator(_form_name), WithJsonSchema({"type": "string", "enum": list(FORMATS)})]
Methods = Annotated[
    tuple[str, ...],
    BeforeValidator(_methods),
    WithJsonSchema({"type": "array", "items": {"type": "string", "enum": list(METHOD_NAMES)}}),
]
Words = Annotated[
    Lexicon | None,
    BeforeValidator(_lexicon),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "maxLength": MAX_LEXICON}, {"type": "array", "items": {"type": "string"}}]}
    ),
]
_POINT = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
Corners = Annotated[
    FloatArray | None,
    BeforeValidator(_corners),
    WithJsonSchema({"type": "array", "items": _POINT, "minItems": 4, "maxItems": 4}),
]


class Options(BaseModel):
    """Fields of a request beside its picture; another name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)

    @classmethod
    def take(cls, fields: dict[str, Any], *, beside: tuple[str, ...] = ()) -> Self:
        """Check what a client sent.

        Args:
            fields: as they came, of JSON or a form.
            beside: names of other fields, for the message about one that is not known.

        Raises:
            OptionError: a name or a value that cannot be.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise option_error(error, (*beside, *cls.model_fields)) from error


class ReadingOptions(Options):
    """How to read."""

    mode: Mode = Field(
        default="auto", description="One line, a page with lines to look for, or what its shape looks like."
    )
    preprocess: Preprocess = Field(
        default="auto",
        description="Mend lines' pictures never, where a reading is doubtful, or wherever it may help.",
    )
    lm: Switch = Field(default=True, description="Whether the language model has a say in doubtful lines.")
    second_opinion: Ask = Field(default="auto", description="When another recogniser is asked.")
    lexicon: Words = Field(default=None, description="Words and /patterns/, one a line, or a list.")
    lexicon_mode: LexiconMode = Field(
        default="prefer", description="Prefer what stands in the lexicon, or read only that."
    )
    width: Width = Field(default="keep", description="Of letters, digits and signs of ASCII.")
    punctuation: Punctuation = Field(default="keep", description="Width of marks.")
    script: Script = Field(default="keep", description="Of Chinese characters.")
    spaces: Spaces = Field(default="keep", description="Between Chinese and other characters.")

    @property
    def correcting(self) -> Correcting | None:
        """What helps with doubtful lines; None where the request says nothing of it."""
        if not self.model_fields_set & {"lm", "second_opinion", "lexicon", "lexicon_mode"}:
            return None
        return Correcting(self.lm, self.second_opinion, self.lexicon, self.lexicon_mode)

    @property
    def preparing(self) -> Preprocess | None:
        """Whether pictures of lines are mended; None where the request says nothing of it."""
        return self.preprocess if "preprocess" in self.model_fields_set else None

    @property
    def shown(self) -> Normalisation:
        """What is rewritten for display."""
        return Normalisation(self.width, self.punctuation, self.script, self.spaces)


class OcrOptions(ReadingOptions):
    """How to read a picture, and what to answer with."""

    format: FormName = Field(default="json", description="Of the answer.")
    pictures: Flag = Field(
        default=False, description="Whether JSON has pictures of lines before and after steps that were tried on them."
    )


class BatchOptions(ReadingOptions):
    """How to read documents; the format is chosen when a result is fetched."""

    pages: str | None = Field(
        default=None, description="Pages of each document to read, such as 1-3,7 or 5-; all without."
    )
    pdf_text: PdfText = Field(
        default="auto", description="Take the sound text of PDFs, or read their pictures in any case."
    )


class ExplainOptions(Options):
    """What to explain of a picture, and how much of it to answer with."""

    mode: Mode = Field(default="auto", description="How to look for lines.")
    methods: Methods = Field(default=DEFAULT_METHODS, description="Heat maps to make.")
    attention: Attention = Field(
        default=False, description="Whether to ask the attention head; auto does where there is one."
    )
    faithfulness: Flag = Field(default=False, description="Whether to judge every map.")
    text: str | None = Field(default=None, description="Explain this text instead of the reading.")
    line: Number | None = Field(default=None, description="Only this line of the reading, counted from 0.")
    box: Corners = Field(default=None, description="Only the line with these four corners.")
    vertical: Flag = Field(default=False, description="Whether the box is a column of upright characters.")
    overlay: Flag = Field(default=False, description="Whether to add pictures.")
    maps: MapDetail = Field(default="peaks", description="How much of the heat maps' values to send.")

    @property
    def question(self) -> Question:
        """What to explain.

        Raises:
            OptionError: fields that contradict each other.
        """
        return Question(
            mode=self.mode,
            methods=self.methods,
            attention=self.attention,
            text=self.text,
            faithfulness=self.faithfulness,
            line=self.line,
            quad=self.box,
            vertical=self.vertical,
        )

    @property
    def detail(self) -> Detail:
        """How much to answer with."""
        return Detail(maps=self.maps, pictures=self.overlay)


class DiagnoseOptions(Options):
    """What to diagnose of a picture, and how much of it to answer with."""

    mode: Mode = Field(default="auto", description="How to look for lines.")
    text: str | None = Field(default=None, description="What the picture says, which is one line then.")
    box: Corners = Field(default=None, description="Only the line with these four corners.")
    vertical: Flag = Field(default=False, description="Whether the box is a column of upright characters.")
    misread: Flag = Field(default=False, description="Whether it is known to be misread, though not what it says.")
    score: Rule = Field(default="exact", description="How reading and text are made comparable.")
    all: Flag = Field(default=False, description="Whether to diagnose the lines that are not doubtful, too.")
    preprocess: Preprocess = Field(
        default="auto",
        description="Mend lines' pictures never, where a reading is doubtful, or wherever it may help.",
    )
    pictures: Flag = Field(default=False, description="Whether to add pictures of lines before and after steps.")

    @property
    def complaint(self) -> Complaint:
        """What to diagnose.

        Raises:
            OptionError: fields that contradict each other.
        """
        mended = self.preprocess if "preprocess" in self.model_fields_set else None
        return Complaint(
            self.mode, self.text, self.score, self.all, mended, self.misread, quad=self.box, vertical=self.vertical
        )


def option_error(error: ValidationError, known: tuple[str, ...]) -> OptionError:
    """What is wrong first, in one sentence, and what may be there instead."""
    first = error.errors(include_url=False, include_input=True)[0]
    if not first["loc"]:
        return OptionError("the name of a field is not a text", remedy="Send names in Unicode.")
    parts = [str(part) for part in first["loc"] if isinstance(part, int) or part in known]
    name = ".".join(parts) or str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return OptionError(f"unknown field {name!r}", remedy=f"There are {', '.join(known)}." if known else None)
    shown = repr(first["input"])
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    remedy = first["msg"].removeprefix("Value error, ").replace("Input should be", "It should be")
    return OptionError(f'the field "{name}" cannot be {shown}', remedy=f"{remedy}.")
