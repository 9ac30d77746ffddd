"""Requests made from the service's own description: none is answered otherwise than it announces."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from lucidocr.serve import Settings, create_app
from tests.fakes import FakeReader, encoded, picture_of

pytestmark = pytest.mark.system

PICTURES = [encoded(picture_of("hello"), kind) for kind in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")]

schemathesis.openapi.format("byte", st.sampled_from([base64.b64encode(data).decode() for data in PICTURES]))
schemathesis.openapi.format("binary", st.sampled_from(PICTURES))

app = create_app(Settings(jobs=10_000, jobs_bytes=1 << 40), FakeReader())
schema = schemathesis.openapi.from_wsgi("/openapi.json", app)


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_the_service_does_as_it_says(case: Any) -> None:
    """What fits the description may still be refused: a box outside of its picture, a pattern that is none.

    A form has no null: where one was to be sent, the field arrives empty, which for a text is as good as any.
    """
    excluded = [positive_data_acceptance]
    form = case.media_type == "multipart/form-data" and isinstance(case.body, dict)
    if form and None in case.body.values():
        excluded.append(negative_data_rejection)
    case.call_and_validate(excluded_checks=excluded)
