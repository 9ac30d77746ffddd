"""Who may ask, under which name, and how often."""

from __future__ import annotations

import json
import os
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from lucidocr.errors import OptionError
from lucidocr.serve import Settings, create_app
from lucidocr.serve.keys import Keyring, make_key, read_keys, write_keys
from tests.fakes import FakeReader, encoded, form_of, picture_of

PNG = encoded(picture_of("hello"))
BODY, TYPE = form_of(PNG)


def served(**settings: Any) -> FlaskClient:
    return create_app(Settings(**settings), FakeReader()).test_client()


def ask(client: FlaskClient, path: str = "/ocr", **options: Any) -> tuple[int, str | None]:
    answer = client.post(path, data=BODY, content_type=TYPE, **options)
    body = answer.get_json()
    return answer.status_code, None if body["success"] else body["error"]["code"]


REFUSED = (403, "access_refused")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "LOCALHOST.", "127.0.0.1:80", "[::1]:5000", "192.168.1.7", "a.localhost:1"]
)
def test_own_names_and_numbers(client: FlaskClient, host: str) -> None:
    assert ask(client, headers={"Host": host}) == (200, None)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5000", "localhost.evil.example", "127.0.0.1.nip.example"]
)
def test_a_name_that_came_to_point_here(client: FlaskClient, host: str) -> None:
    """A page of evil.example whose name was changed to mean this machine is refused whatever it asks."""
    assert ask(client, headers={"Host": host, "Origin": f"http://{host}"}) == REFUSED
    assert client.get("/api/v1/options", headers={"Host": host}).status_code == 403
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_further_names() -> None:
    client = served(hosts=("OCR.example.org",))
    assert ask(client, headers={"Host": "ocr.example.org"}) == (200, None)
    assert ask(client, headers={"Host": "example.org"}) == REFUSED
    assert ask(served(hosts=("*",)), headers={"Host": "example.org"}) == (200, None)
    assert ask(served(host="ocr.lan"), headers={"Host": "ocr.lan:5000"}) == (200, None)


ELSEWHERE = {
    "another site": {"Origin": "https://evil.example"},
    "another port": {"Origin": "http://localhost:3000"},
    "a file": {"Origin": "null"},
    "an extension": {"Origin": "moz-extension://localhost"},
    "no address": {"Origin": "http://[localhost"},
    "another site, by fetch metadata": {"Sec-Fetch-Site": "cross-site"},
    "another port, by fetch metadata": {"Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("case", ELSEWHERE)
@pytest.mark.parametrize("path", ["/ocr", "/api/v1/ocr", "/api/v1/explain", "/api/v1/batch"])
def test_pages_of_other_sites_are_refused(client: FlaskClient, fake: FakeReader, case: str, path: str) -> None:
    assert ask(client, path, headers=ELSEWHERE[case]) == REFUSED
    assert client.delete("/api/v1/batch/abc", headers=ELSEWHERE[case]).status_code == 403
    assert not fake.modes


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://localhost"}, {"Origin": "http://localhost:80"}, {"Sec-Fetch-Site": "same-origin"}, {}],
)
def test_the_service_s_own_page_and_programs_may_ask(client: FlaskClient, headers: dict[str, str]) -> None:
    assert ask(client, headers=headers) == (200, None)


def test_no_answer_gives_leave_to_other_sites(client: FlaskClient) -> None:
    answer = client.options("/ocr", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


@pytest.fixture
def keyed(tmp_path: Path) -> tuple[Path, str]:
    key, entry = make_key("Ann")
    write_keys(tmp_path / "keys.json", [entry])
    return tmp_path / "keys.json", key


def test_a_key_is_asked_for(keyed: tuple[Path, str]) -> None:
    file, key = keyed
    client = served(keys=file)
    answer = client.post("/ocr", data=BODY, content_type=TYPE)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    refused = (401, "key_refused")
    changed = key[:-1] + ("A" if key[-1] != "A" else "B")
    for headers in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {changed}"},
        {"Authorization": f"Basic {key}"},
        {"X-API-Key": make_key("Ann")[0]},
        {"X-API-Key": "\udcff安"},
        {"Authorization": f"Bearer {key[:22]}"},
    ):
        sent = {name: value.encode("utf-8", "surrogateescape").decode("latin-1") for name, value in headers.items()}
        assert ask(client, headers=sent) == refused
    assert ask(client, headers={"Authorization": f"Bearer {key}"}) == (200, None)
    assert ask(client, headers={"authorization": f"bearer  {key} "}) == (200, None)
    assert ask(client, headers={"X-API-Key": key}) == (200, None)


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/readyz", "/openapi", "/openapi.json", "/static/page.css", "/static/swagger/css/swagger-ui.css"],
)
def test_what_is_open_to_all(keyed: tuple[Path, str], path: str) -> None:
    with served(keys=keyed[0]).get(path) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/options", "/api/v1/batch/abc", "/nowhere"])
def test_what_is_not(keyed: tuple[Path, str], path: str) -> None:
    assert served(keys=keyed[0]).get(path).status_code == 401


def test_keys_are_kept_as_hashes_for_their_owner_only(keyed: tuple[Path, str]) -> None:
    file, key = keyed
    text = file.read_text()
    secret = key.rsplit("_", 1)[1]
    assert secret not in text
    assert key not in text
    assert json.loads(text)["keys"][0]["name"] == "Ann"
    assert file.stat().st_mode & 0o077 == 0
    assert not list(file.parent.glob("keys.json.*"))


def test_keys_are_compared_in_constant_time(keyed: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison is hmac's, and there is one whether the identifier is known or not."""
    from lucidocr.serve import keys

    compared = []
    real = keys.hmac.compare_digest
    monkeypatch.setattr(keys.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    client = served(keys=keyed[0])
    for key in (keyed[1], keyed[1][:-1] + "~", make_key("Bob")[0], "rubbish"):
        ask(client, headers={"X-API-Key": key})
    assert len(compared) == 4
    assert {(len(a), len(b)) for a, b in compared} == {(64, 64)}


def test_a_key_that_is_taken_out_is_refused_at_once(keyed: tuple[Path, str]) -> None:
    file, key = keyed
    client = served(keys=file)
    headers = {"X-API-Key": key}
    assert ask(client, headers=headers) == (200, None)
    other, entry = make_key("Bob")
    write_keys(file, [entry])
    assert ask(client, headers=headers) == (401, "key_refused")
    assert ask(client, headers={"X-API-Key": other}) == (200, None)
    file.write_text("{")
    assert ask(client, headers={"X-API-Key": other}) == (401, "key_refused")
    file.unlink()
    assert ask(client, headers={"X-API-Key": other}) == (401, "key_refused")


@pytest.mark.parametrize("text", ["{", "[]", '{"keys": [{"id": "a"}]}', '{"keys": 7}', "\udcff"])
def test_a_file_of_keys_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(OptionError, match="cannot be read"):
        served(keys=file)
    with pytest.raises(OptionError, match="cannot be read"):
        read_keys(tmp_path / "missing.json")
    with pytest.raises(OptionError, match="cannot be written"):
        write_keys(tmp_path / "missing" / "keys.json", [])


def test_a_keyring_reads_its_file_only_when_it_changes(
    keyed: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lucidocr.serve import keys

    ring = Keyring(keyed[0])
    monkeypatch.setattr(keys, "read_keys", lambda _: pytest.fail("read again"))
    for _ in range(3):
        assert ring.check(keyed[1]).name == "Ann"


def test_limits_of_an_address() -> None:
    client = served(address_limit="2/minute")
    ann, bob = ({"environ_base": {"REMOTE_ADDR": address}} for address in ("192.0.2.1", "192.0.2.2"))
    assert [ask(client, **ann)[0] for _ in range(3)] == [200, 200, 429]
    assert ask(client, **bob) == (200, None)
    answer = client.post("/ocr", data=BODY, content_type=TYPE, **ann)
    assert answer.get_json()["error"]["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert client.get("/healthz", **ann).status_code == 200


def test_an_ipv6_client_is_its_network() -> None:
    client = served(address_limit="1/minute")
    statuses = [
        ask(client, environ_base={"REMOTE_ADDR": address})[0]
        for address in (
            "2001:db8:1:2::1",
            "2001:db8:1:2:3::4",
            "2001:db8:1:3::1",
            "::ffff:192.0.2.1",
            "::ffff:192.0.2.2",
        )
    ]
    assert statuses == [200, 429, 200, 200, 200]


def test_limits_of_a_key(tmp_path: Path) -> None:
    made = [make_key(name) for name in ("Ann", "Bob")]
    write_keys(tmp_path / "keys.json", [entry for _, entry in made])
    client = served(keys=tmp_path / "keys.json", key_limit="1/minute")
    ann, bob = ({"X-API-Key": key} for key, _ in made)
    assert [ask(client, headers=ann)[0] for _ in range(2)] == [200, 429]
    assert ask(client, headers=bob) == (200, None)


def test_guessing_keys_counts_towards_the_address(keyed: tuple[Path, str]) -> None:
    client = served(keys=keyed[0], address_limit="3/minute")
    wrong = {"X-API-Key": make_key("x")[0]}
    assert [ask(client, headers=wrong)[0] for _ in range(4)] == [401, 401, 401, 429]


def test_a_window_moves_on() -> None:
    client = served(address_limit="1/second")
    assert [ask(client)[0] for _ in range(2)] == [200, 429]
    time.sleep(1.1)
    assert ask(client) == (200, None)


@pytest.mark.parametrize("limits", [{"address_limit": "many"}, {"key_limit": "1/minute", "limit_store": "nothing://"}])
def test_limits_that_are_none(limits: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="cannot be kept"):
        served(**limits)


def test_a_limit_of_keys_without_keys() -> None:
    with pytest.raises(OptionError, match="no file of keys"):
        served(key_limit="1/minute")


def test_each_process_counts_by_itself_while_the_store_is_gone() -> None:
    client = served(address_limit="1/minute", limit_store="redis://127.0.0.1:1")
    assert [ask(client)[0] for _ in range(2)] == [200, 429]


def test_addresses_behind_a_proxy() -> None:
    def statuses(client: FlaskClient) -> list[int]:
        forwarded = ("192.0.2.1", "192.0.2.1", "192.0.2.2", "6.6.6.6, 192.0.2.2")
        return [ask(client, headers={"X-Forwarded-For": one})[0] for one in forwarded]

    assert statuses(served(address_limit="1/minute")) == [200, 429, 429, 429]
    assert statuses(served(address_limit="1/minute", proxies=1)) == [200, 429, 200, 429]


def test_the_name_behind_a_proxy() -> None:
    headers = {"Host": "inner", "X-Forwarded-Host": "ocr.example.org", "Origin": "https://ocr.example.org"}
    assert ask(served(proxies=1, hosts=("ocr.example.org",)), headers=headers) == (200, None)
    assert ask(served(hosts=("ocr.example.org",)), headers=headers) == REFUSED


def test_a_picture_is_not_looked_at_before_its_sender(keyed: tuple[Path, str]) -> None:
    client = served(keys=keyed[0])
    answer = client.post("/ocr", data={"image": (BytesIO(b"no picture"), "a.png")})
    assert answer.status_code == 401


def test_keys_are_written_with_narrow_rights_whatever_the_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_keys(tmp_path / "keys.json", [])
    finally:
        os.umask(before)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
