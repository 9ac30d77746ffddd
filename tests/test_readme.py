"""The documents say what is true: commands, options, targets, links, errors, tables and public names."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import lucidocr
from benchmarks import tables
from lucidocr import cli, errors
from lucidocr.serve import Settings, create_app
from tests.fakes import FakeReader

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "README.zh.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
GUIDES = [ROOT / "README.md", ROOT / "README.zh.md", *(ROOT / "docs").glob("*.md")]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path, language: str) -> Iterator[str]:
    yield from re.findall(rf"```{language}\n(.*?)```", text_of(path), re.DOTALL)


def shell_lines(program: str) -> Iterator[list[str]]:
    for document in GUIDES:
        for block in blocks(document, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                if line.startswith(f"{program} "):
                    yield shlex.split(line, comments=True)


def test_the_readme_shows_every_command() -> None:
    shown = {words[1] for words in shell_lines("lucidocr")}
    assert shown == set(cli.main.commands)


@pytest.mark.parametrize("words", list(shell_lines("lucidocr")), ids=" ".join)
def test_every_shown_command_can_be_called_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = words[1 : words.index("<")] if "<" in words else words[1:]
    command = cli.main.commands[arguments[0]]
    command.make_context(arguments[0], arguments[1:]).close()  # parses, and does not run


def test_every_option_is_documented_in_the_guide() -> None:
    guide = text_of(ROOT / "docs" / "guide.md")
    settings = text_of(ROOT / "docs" / "settings.md")
    for command in cli.main.commands.values():
        for option in command.get_params(click.Context(command)):
            if isinstance(option, click.Option) and option.name not in Settings.model_fields:
                assert any(name in guide for name in option.opts), option.opts
            elif isinstance(option, click.Option) and command.name == "serve":
                assert f"| `{option.name}` |" in settings


def test_every_named_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"`make ([a-z-]+)", text_of(path))}
    named |= {words[1] for words in shell_lines("make")}
    assert {"serve", "test"} <= named <= targets


def test_every_target_is_declared_and_explained() -> None:
    makefile = text_of(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z-]+):.*## \w", makefile, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == targets


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_examples_are_python_that_uses_public_names(path: Path) -> None:
    for block in blocks(path, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom):
                assert node.module == "lucidocr"
                assert {alias.name for alias in node.names} <= set(lucidocr.__all__)


def test_every_public_name_is_in_the_guide() -> None:
    guide = text_of(ROOT / "docs" / "guide.md")
    for name in lucidocr.__all__:
        assert re.search(rf"\b{re.escape(name)}\b", guide), name


def descendants(kind: type[errors.LucidOcrError]) -> Iterator[type[errors.LucidOcrError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from descendants(child)


def test_every_error_is_in_the_table_as_it_is() -> None:
    rows = {
        (code, name, int(exit_code), int(status))
        for code, name, exit_code, status in re.findall(
            r"^\| `(\w+)` \| `(\w+)` \| (\d+) \| (\d+) \|", text_of(ROOT / "docs" / "errors.md"), re.MULTILINE
        )
    }
    assert rows == {
        (kind.code, kind.__name__, kind.exit_code, kind.http_status)
        for kind in descendants(errors.LucidOcrError)
        if kind.__module__ == errors.__name__
    }


def test_every_route_is_in_the_documentation_of_the_api() -> None:
    document = text_of(ROOT / "docs" / "api.md")
    for rule in create_app(Settings(), FakeReader()).url_map.iter_rules():
        if not rule.endpoint.endswith("static"):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
                assert f"`{method} {path}`" in document


def test_limits_in_the_documentation_are_those_of_the_service() -> None:
    document = text_of(ROOT / "docs" / "api.md")
    settings = Settings()
    assert f"at most {settings.max_bytes // 1_000_000} MB and {settings.max_pixels // 1_000_000} million" in document


@pytest.mark.parametrize("name", tables.DOCUMENTS)
def test_tables_are_made_from_the_committed_results(name: str) -> None:
    text = text_of(ROOT / name)
    assert tables.renew(text) == text, "run: python -m benchmarks.tables"


def test_the_version_is_in_the_changelog() -> None:
    assert re.search(r"^## \[Unreleased\]", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
