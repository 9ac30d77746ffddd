"""The page and what keeps it safe, as far as that shows without a browser (see tests/browser)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

import lucidocr.serve
from lucidocr.serve.security import HEADERS

SERVE = Path(lucidocr.serve.__file__).parent
STATIC = SERVE / "static"


def test_everything_that_the_page_names_is_served_from_here(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    named = re.findall(r'(?:src|href)="([^"#][^"]*)"', html)
    assert len(named) >= 5
    for address in named:
        assert address.startswith("/static/")
        with client.get(address) as answer:
            assert answer.status_code == 200


@pytest.mark.parametrize("script", ["page.js", "evidence/evidence.js"])
def test_modules_import_what_is_served(client: FlaskClient, script: str) -> None:
    waiting, seen = [f"/static/{script}"], set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        with client.get(address) as answer:
            assert answer.status_code == 200, address
            named = re.findall(r'from "(\./[^"]+)"', answer.get_data(as_text=True))
        waiting += {urljoin(address, name) for name in named} - seen
    assert len(seen) >= 3


def test_no_inline_script_or_style(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", html)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/healthz", "/static/page.css", "/static/evidence/evidence.css"])
def test_security_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert ("no-store" in answer.headers["Cache-Control"]) == (not path.startswith("/static/"))


def test_every_field_of_the_page_is_labelled(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    inputs = re.findall(r"<input[^>]*>", html)
    for field in inputs:
        identifier = re.search(r'id="([^"]+)"', field)
        assert identifier is not None
        assert f'for="{identifier[1]}"' in html or 'aria-hidden="true"' in field


def test_bootstrap_is_the_one_that_is_written_down() -> None:
    folder = STATIC / "vendor" / "bootstrap"
    digest = hashlib.sha256((folder / "bootstrap.min.css").read_bytes()).hexdigest()
    note = (folder / "README.md").read_text(encoding="utf-8")
    assert digest in note
    version = re.search(r"# Bootstrap ([\d.]+)", note)
    assert version is not None
    assert f"v{version[1]} " in (folder / "bootstrap.min.css").read_text(encoding="utf-8")[:200]
    assert (folder / "LICENSE").is_file()
