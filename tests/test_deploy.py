"""What docs/deploy.md hands out: settings, unit, container, proxy."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from benchmarks.running import running
from lucidocr.serve import Settings, create_app, load_settings
from lucidocr.serve.settings import PREFIX
from tests.fakes import FakeReader

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def instructions(name: str) -> list[str]:
    """Arguments of all lines of the container file that begin with a word."""
    return [line.partition(" ")[2].strip() for line in CONTAINER.splitlines() if line.startswith(f"{name} ")]


def extras() -> set[str]:
    return set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"])


def test_the_settings_are_such() -> None:
    settings = load_settings({}, file=DEPLOY / "lucidocr.toml", environment={})
    assert settings.workers == 2
    assert settings.proxies == 1


def test_the_unit_starts_what_there_is_and_waits_for_its_end() -> None:
    unit = (DEPLOY / "lucidocr.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    program, *arguments = shlex.split(command)
    assert Path(program).name == "lucidocr"
    assert arguments == ["serve", "--config", "/etc/lucidocr.toml"]
    (patience,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(patience) > Settings().request_seconds + 5


@pytest.mark.system
def test_systemd_understands_the_unit_and_finds_it_locked_in(tmp_path: Path) -> None:
    unit = tmp_path / "lucidocr.service"
    text = (DEPLOY / "lucidocr.service").read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/lucidocr/bin/lucidocr", "/bin/true"), encoding="utf-8")
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit], capture_output=True, check=False
    )
    assert judged.returncode == 0


@pytest.mark.system
def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    certificate, key = tmp_path / "a.pem", tmp_path / "a.key"
    openssl = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=ocr.example.org"
    subprocess.run(["openssl", *openssl.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/ssl/certs/ocr.example.org.pem", str(certificate))
    text = text.replace("/etc/ssl/private/ocr.example.org.key", str(key))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}}}\n", encoding="utf-8")
    tested = subprocess.run(["nginx", "-t", "-c", whole], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr


def test_the_container_copies_what_there_is_and_installs_extras_that_there_are() -> None:
    sources = [copied.split()[-2] for copied in instructions("COPY")]
    assert sources == [".", "/wheels"]
    (named,) = re.findall(r"\[([a-z,]+)\]\"", CONTAINER)
    assert set(named.split(",")) <= extras()
    kept_out = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    assert not {"src", "training", "pyproject.toml", "README.md", "LICENSE"} & set(kept_out)


def test_the_variables_of_the_container_are_settings() -> None:
    given = dict(pair.split("=") for pair in " ".join(instructions("ENV")).split())
    assert all(name.startswith(PREFIX) for name in given)
    settings = load_settings({}, environment=given)
    assert f"{settings.port}" in instructions("EXPOSE")


def test_what_the_container_starts_is_a_command() -> None:
    (command,) = instructions("ENTRYPOINT")
    assert json.loads(command) == ["lucidocr", "serve"]


def test_the_health_check_of_the_container_tells_the_living_from_the_dead() -> None:
    (check,) = instructions("HEALTHCHECK")
    _, _, command = check.partition("CMD ")
    _, flag, program = json.loads(command)
    assert flag == "-c"
    with running(create_app(Settings(), FakeReader())) as server:
        own = program.replace(":5000", f":{server.effective_port}")
        assert subprocess.run([sys.executable, "-c", own], check=False).returncode == 0
    assert subprocess.run([sys.executable, "-c", own], check=False, capture_output=True).returncode != 0


def test_options_in_the_document_are_those_of_the_command() -> None:
    document = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    fields = {"--" + name.replace("_", "-") for name in Settings.model_fields}
    commands = re.findall(r"lucidocr serve (--.*)", document) + re.findall(r"`(--[a-z-]+)", document)
    named = {word for text in commands for word in re.findall(r"--[a-z][a-z-]*", text)}
    assert named
    assert named <= fields


def test_metrics_in_the_document_are_those_that_there_are() -> None:
    document = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    exposed = create_app(Settings(), FakeReader()).test_client().get("/metrics").get_data(as_text=True)
    there = {name.removesuffix("_created") for name in re.findall(r"^# TYPE (\w+)", exposed, re.MULTILINE)}
    there = {name for name in there if f"{name}_total" not in there}
    named = set(re.findall(r"`(lucidocr_\w+)`", document))
    assert named == there
