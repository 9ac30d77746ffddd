from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from lucidocr.serve import Settings, create_app
from tests.fakes import FakeReader


@pytest.fixture
def fake() -> FakeReader:
    return FakeReader()


@pytest.fixture
def client(fake: FakeReader) -> FlaskClient:
    return create_app(Settings(), fake).test_client()
