"""Who may ask, under which name, and how much they may send."""

import socket
from pathlib import Path

import httpx
import pytest

from tests.gateway.api.test_errors import JSON, assert_problem
from tests.gateway.api.workshop import Serve, Workshop, furnish

TOKEN = "0f3c9a52e7d14b86a1905dc27e48f63b"
COMMAND = b'{"name":"identify"}'


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "LOCALHOST.", "127.0.0.1:1", "127.8.9.1", "[::1]", "[::1]:80"],
)
def test_answers_to_loopback_names(client: httpx.Client, host: str) -> None:
    assert client.get("/devices", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "localhost.evil.example", "192.168.1.5", "", "[::2]",
     "0.0.0.0", "127.0.0.1.evil.example", "1"],
)  # fmt: skip
def test_does_not_answer_to_other_names(client: httpx.Client, host: str) -> None:
    """A page that has rebound its own name to 127.0.0.1 still sends that name."""
    answer = client.get("/devices", headers={"Host": host})
    assert_problem(answer, status=421, words="does not answer to the name")


def test_two_host_headers_must_both_be_ours(client: httpx.Client) -> None:
    assert client.base_url.port is not None
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(
            b"GET /devices HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        )
        assert connection.recv(64).split()[1] in {b"400", b"421"}


def test_answers_to_the_configured_name(tmp_path: Path, serve: Serve) -> None:
    with Workshop(tmp_path, host="workshop.local", api_token=TOKEN) as workshop:
        client = serve(workshop)
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        ours = client.get("/devices", headers=bearer | {"Host": "workshop.local:8000"})
        assert ours.status_code == 200
        theirs = client.get("/devices", headers=bearer | {"Host": "evil.example"})
        assert theirs.status_code == 421


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_any_name_will_do_where_the_token_guards(tmp_path: Path, serve: Serve, host: str) -> None:
    with Workshop(tmp_path, host=host, api_token=TOKEN) as workshop:
        answer = serve(workshop).get("/devices", headers={"Host": "gateway:8000"})
        assert_problem(answer, status=401, words="EDGETWIN_API_TOKEN")


@pytest.fixture
def guarded(tmp_path: Path, serve: Serve) -> httpx.Client:
    with Workshop(tmp_path, api_token=TOKEN) as workshop:
        furnish(workshop)
    return serve(workshop)


@pytest.mark.slow
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"],
)
def test_the_token_is_asked_for(guarded: httpx.Client, authorization: str) -> None:
    for path in ("/devices", "/metrics", "/nowhere", "/devices/fan-01/export.csv", "/health/"):
        answer = guarded.get(path, headers={"Authorization": authorization})
        assert_problem(answer, status=401, words="Authorization: Bearer TOKEN")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer  {TOKEN}"])
def test_the_token_opens(guarded: httpx.Client, authorization: str) -> None:
    headers = {"Authorization": authorization}
    assert guarded.get("/devices", headers=headers).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/health", "/docs", "/openapi.json", "/docs-assets/favicon.png"])
def test_health_and_the_description_need_no_token(guarded: httpx.Client, path: str) -> None:
    assert guarded.get(path).status_code == 200


def test_a_token_may_have_any_letters(tmp_path: Path, serve: Serve) -> None:
    with Workshop(tmp_path, api_token="schlüssel") as workshop:
        client = serve(workshop)
        headers = {b"Authorization": "Bearer schlüssel".encode()}
        assert client.get("/devices", headers=headers).status_code == 200


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_post_must_say_that_it_is_json(
    noon: Workshop, client: httpx.Client, kind: str | None
) -> None:
    """What pages of other origins may send without being asked is not taken."""
    headers = {"Content-Type": kind} if kind else {}
    answer = client.post("/devices/fan-01/commands", content=COMMAND, headers=headers)
    assert_problem(answer, status=415, words="Content-Type: application/json")
    assert noon.commands == []


def test_a_charset_does_no_harm(client: httpx.Client) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = client.post("/devices/fan-01/commands", content=COMMAND, headers=headers)
    assert answer.status_code == 200


def test_a_large_body_is_not_taken(noon: Workshop, client: httpx.Client) -> None:
    body = b'{"name":"identify","args":{"x":"' + b"y" * 65_536 + b'"}}'
    answer = client.post("/devices/fan-01/commands", content=body, headers=JSON)
    assert_problem(answer, status=413, words="65536 bytes")
    chunks = (body[at : at + 1000] for at in range(0, len(body), 1000))
    answer = client.post("/devices/fan-01/commands", content=chunks, headers=JSON)
    assert_problem(answer, status=413, words="65536 bytes")
    assert noon.commands == []


def test_a_body_in_pieces_is_put_together(noon: Workshop, client: httpx.Client) -> None:
    pieces = (bytes([letter]) for letter in COMMAND)
    answer = client.post("/devices/fan-01/commands", content=pieces, headers=JSON)
    assert answer.status_code == 200
    assert noon.commands == [("fan-01", "identify", {})]


@pytest.mark.parametrize("path", ["/devices", "/nowhere", "/docs", "/devices/fan-01/export.csv"])
def test_answers_give_browsers_little_to_play_with(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Origin": "http://evil.example"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers
