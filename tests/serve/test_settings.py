"""Settings from the command line, the environment and a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from lucidocr import cli, serve
from lucidocr.errors import OptionError
from lucidocr.serve import Settings, load_settings
from lucidocr.serve.settings import variable

OTHERS = {"PATH": "/bin", "LUCIDOCR_RUNS": "/elsewhere"}


def test_without_anything_they_are_the_defaults() -> None:
    assert load_settings({}, environment=OTHERS) == Settings()


def test_they_come_from_all_places_and_the_nearest_wins(tmp_path: Path) -> None:
    file = tmp_path / "lucidocr.toml"
    file.write_text('port = 1\nthreads = 1\nmax_bytes = 1\nhosts = ["a", "b"]\nallow_urls = true\n')
    environment = {"LUCIDOCR_THREADS": "2", "LUCIDOCR_MAX_BYTES": "2", "LUCIDOCR_ALLOW_URLS": "false", **OTHERS}
    settings = load_settings({"max_bytes": 3, "audit": None}, file=file, environment=environment)
    assert settings == Settings(port=1, threads=2, max_bytes=3, hosts=("a", "b"), allow_urls=False)
    assert load_settings({}, environment={"LUCIDOCR_CONFIG": str(file)}).port == 1
    assert load_settings({}, environment={"LUCIDOCR_HOSTS": "a, b,"}).hosts == ("a", "b")
    assert load_settings({}, environment={"LUCIDOCR_AUDIT": "/a"}).audit == Path("/a")


def test_they_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(prot=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"LUCIDOCR_PROT": "1"}, "unknown setting LUCIDOCR_PROT in the environment. There are host, port,"),
        ({"LUCIDOCR_PORT": "many"}, 'LUCIDOCR_PORT in the environment cannot be "many"'),
        ({"LUCIDOCR_PORT": "70000"}, "less than or equal to 65535"),
        ({"LUCIDOCR_ALLOW_URLS": "perhaps"}, "valid boolean"),
        ({"LUCIDOCR_CONFIG": "/nowhere.toml"}, "'/nowhere.toml' cannot be read"),
    ],
)
def test_what_is_wrong_in_the_environment(environment: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        load_settings({}, environment=environment)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["prot = 1", "port = 'a'", "port", "[serve]\nport = 1", "hosts = 7", "\udcff"])
def test_what_is_wrong_in_a_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(OptionError, match=r"a\.toml"):
        load_settings({}, file=file, environment={})


def test_every_setting_is_an_option_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[dict[str, object], Path | None]] = []

    def load(given: dict[str, object], *, file: Path | None) -> Settings:
        seen.append((given, file))
        raise OptionError("enough")

    monkeypatch.setattr(serve, "load_settings", load)
    words = "--port 1 --hosts a --hosts b --no-allow-urls --audit x --url-seconds 2 --config c.toml"
    assert CliRunner().invoke(cli.main, ["serve", *words.split()]).exit_code == 2
    ((given, file),) = seen
    assert file == Path("c.toml")
    assert {name: value for name, value in given.items() if value is not None} == {
        "port": 1,
        "hosts": ("a", "b"),
        "allow_urls": False,
        "audit": Path("x"),
        "url_seconds": 2.0,
    }
    assert set(given) | {"hosts"} == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--max-bytes 0", "'--max-bytes': 0 is not in the range x>=1"),
        ("--port 70000", "0<=x<=65535"),
        ("--url-seconds 0", "x>0"),
        ("--precision half", "'half' is not one of"),
        ("--host=", "the setting host in the command line cannot be"),
    ],
)
def test_the_command_line_says_what_is_wrong(words: str, message: str) -> None:
    result = CliRunner().invoke(cli.main, ["serve", *words.split()])
    assert result.exit_code == 2
    assert message in result.output


def test_the_list_of_commands_loads_no_settings() -> None:
    """See tests/test_imports.py for what else it does not load."""
    code = "import sys; from lucidocr import cli; cli.main(['--help'], standalone_mode=False)"
    code += "; print(sorted({'pydantic', 'flask', 'flask_openapi3'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "serve" in run.stdout
    assert run.stdout.splitlines()[-1] == "[]"


def test_every_setting_explains_itself_and_has_a_variable() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description
        assert field.description.endswith(".")
        assert variable(name) == f"LUCIDOCR_{name.upper()}"
