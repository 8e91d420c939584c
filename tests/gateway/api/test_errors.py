"""Whatever is wrong with a request is said in one sentence, as a problem of RFC 9457."""

import asyncio
import socket
from typing import Any

import httpx
import pytest

from contract.errors import Conflict, GatewayError, NotFound, Refused, TimedOut, Unavailable
from contract.messages import Result
from gateway.api import create_app
from tests.gateway.api.workshop import NOON_MS, Serve, Workshop

JSON = {"Content-Type": "application/json"}


def assert_problem(answer: httpx.Response, *, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "instance"}
    assert problem["status"] == status
    assert problem["instance"] == answer.url.path
    assert words in problem["detail"]
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize(
    "path",
    [
        "/devices/fan-99",
        "/devices/fan-99/latest",
        "/devices/fan-99/history",
        "/devices/fan-99/kpis",
        "/devices/fan-99/timeline",
        "/devices/fan-99/export.csv",
        "/alarms?device=fan-99",
        "/diagnoses?device=fan-99",
    ],
)
def test_an_unknown_device_is_named(client: httpx.Client, path: str) -> None:
    assert_problem(client.get(path), status=404, words="'fan-99'")


def test_a_path_that_is_none(client: httpx.Client) -> None:
    assert_problem(client.get("/device"), status=404, words="There is no path /device")


def test_a_device_before_its_first_reading(empty_workshop: Workshop, serve: Serve) -> None:
    empty_workshop.add("fan-01")
    answer = serve(empty_workshop).get("/devices/fan-01/latest")
    assert_problem(answer, status=404, words="not sent a reading")


def test_a_method_that_is_not_taken(client: httpx.Client) -> None:
    answer = client.delete("/devices/fan-01/latest")
    assert_problem(answer, status=405, words="takes GET, not DELETE")
    assert answer.headers["allow"] == "GET"
    assert_problem(client.get("/devices/fan-01/commands"), status=405, words="takes POST")
    assert_problem(client.options("/devices"), status=405, words="not OPTIONS")


@pytest.mark.parametrize("path", ["/births", "/health", "/devices/fan-01/history", "/alarms"])
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, JSON])
def test_a_post_to_what_is_only_read_is_told_what_it_takes(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    answer = client.post(path, content=b"{", headers=headers)
    assert_problem(answer, status=405, words="takes GET, not POST")
    assert answer.headers["allow"] == "GET"


def test_a_post_to_no_path_is_told_so(client: httpx.Client) -> None:
    assert_problem(client.post("/device", content=b"x"), status=404, words="There is no path")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/devices/fan-01/history?points=1", "'points'"),
        ("/devices/fan-01/history?points=2001", "'points'"),
        ("/devices/fan-01/history?points=many", "'points'"),
        ("/devices/fan-01/history?channels=rpm,load", "no channel 'load'; it has temperature"),
        ("/devices/fan-01/history?channels=", "no channel ''"),
        ("/devices/fan-01/history?from=soon", "'soon' is not a time"),
        ("/devices/fan-01/history?from=2026-13-01", "that there is: month must be in 1..12"),
        ("/devices/fan-01/history?from=-1.5h", "write -90m for an hour and a half"),
        ("/devices/fan-01/history?from=-9999999999d", "lies before 1970"),
        ("/devices/fan-01/history?from=99999999999999999999", "is not a time"),
        (
            "/devices/fan-01/history?from=2025-11-20&to=2025-11-19",
            "is later than 'to' (2025-11-19T00:00:00Z)",
        ),
        ("/devices/fan-01/history?from=1795835400", "'from' does not fit: '1795835400' seems"),
        ("/devices/fan-01/history?to=1795835400000000", "in Unix microseconds"),
        (f"/devices/fan-01/history?from={NOON_MS + 1}", "is later than"),
        ("/devices/fan-01/history?form=1", "'form' is not known"),
        ("/devices/fan-01/kpis?bucket=fortnight", "'bucket'"),
        ("/energy?time=local", "'time'"),
        ("/devices/fan-01/kpis?from=2025-11-20&to=2025-11-19", "is later than"),
        ("/devices/fan-01/timeline?from=2025-11-20&to=2025-11-19", "is later than"),
        ("/devices/fan-01/export.csv?from=2025-11-20&to=2025-11-19", "is later than"),
        ("/devices/" + "x" * 65, "'device'"),
        ("/energy?bucket=", "'bucket'"),
        ("/alarms?state=closed", "'state'"),
        ("/alarms?limit=0", "'limit'"),
        ("/diagnoses?limit=1001", "'limit'"),
        ("/quarantine?device=a/b", "'device'"),
        ("/quarantine?limit=x", "'limit'"),
    ],
)
def test_a_query_that_does_not_fit(client: httpx.Client, path: str, words: str) -> None:
    assert_problem(client.get(path), status=422, words=words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"name":"identify","args":{"x":NaN}}', "not JSON"),
        (b'{"name":"identify","args":{"x":1e400}}', "not JSON"),
        (b'{"name":"\xff"}', "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b"[]", "JSON object"),
        (b"null", "JSON object"),
        (b"{}", "'name' is missing"),
        (b'{"name":"explode"}', "there are inject_fault"),
        (b'{"name":7}', "'name'"),
        (b'{"name":"identify","args":[]}', "'args'"),
        (b'{"name":"set_rate"}', "set_rate needs 'rate_hz', a number"),
        (b'{"name":"set_rate","args":{"rate_hz":true}}', "'rate_hz' of set_rate must be a number"),
        (b'{"name":"set_point","args":{"value":5}}', "set_point needs 'set_point', a number"),
        (b'{"name":"update","args":{"manifest":"{}"}}', "update needs 'signature', a text"),
        (b'{"name":"identify","arg":{}}', "'arg' is not known"),
        (b'{"name":"identify","args":{"x":"' + b"y" * 9_000 + b'"}}', "8192 bytes"),
    ],
)
def test_a_command_that_does_not_fit(
    noon: Workshop, client: httpx.Client, body: bytes, words: str
) -> None:
    answer = client.post("/devices/fan-01/commands", content=body, headers=JSON)
    assert_problem(answer, status=422, words=words)
    assert noon.commands == []


@pytest.mark.parametrize(
    "body", [{}, {"by": ""}, {"by": "  "}, {"by": "a\nb"}, {"by": "x" * 65}, {"by": 1}]
)
def test_an_acknowledgement_needs_a_name(client: httpx.Client, body: dict[str, Any]) -> None:
    assert_problem(client.post("/alarms/1/acknowledge", json=body), status=422, words="'by'")


@pytest.mark.parametrize("alarm", ["0", "-1", "x", str(2**63)])
def test_an_alarm_has_a_number(client: httpx.Client, alarm: str) -> None:
    answer = client.post(f"/alarms/{alarm}/acknowledge", json={"by": "Sam"})
    assert_problem(answer, status=422, words="'alarm'")


def test_an_unknown_alarm(client: httpx.Client) -> None:
    answer = client.post("/alarms/999/acknowledge", json={"by": "Sam"})
    assert_problem(answer, status=404, words="no alarm 999")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("There is no such device."), 404),
        (Conflict("fan-01 is offline."), 409),
        (Refused("fan-01 refuses."), 422),
        (TimedOut("fan-01 did not answer within 5 s."), 504),
        (Unavailable("The broker is away."), 503),
    ],
)
def test_what_keeps_a_command_from_being_carried_out(
    noon: Workshop, client: httpx.Client, error: GatewayError, status: int
) -> None:
    noon.answer = error
    answer = client.post("/devices/fan-01/commands", json={"name": "identify"})
    assert_problem(answer, status=status, words=str(error))


def test_a_device_that_refuses(noon: Workshop, client: httpx.Client) -> None:
    noon.answer = Result("c1", ok=False, error="no fault is called 'x'")
    order = {"name": "inject_fault", "args": {"fault": "x"}}
    answer = client.post("/devices/fan-01/commands", json=order)
    assert_problem(answer, status=422, words="fan-01 refuses inject_fault: no fault is called 'x'")


def test_an_unknown_device_is_sent_nothing(noon: Workshop, client: httpx.Client) -> None:
    answer = client.post("/devices/fan-99/commands", json={"name": "identify"})
    assert_problem(answer, status=404, words="'fan-99'")
    assert noon.commands == []


def test_a_journal_that_cannot_be_read(workshop: Workshop, serve: Serve) -> None:
    client = serve(workshop)
    workshop.settings.journal_path.rename(workshop.settings.journal_path.with_name("away.db"))
    answer = client.get("/devices/fan-01/history")
    assert_problem(answer, status=503, words="journal cannot be read")
    assert client.get("/devices").status_code == 200


def test_a_query_without_end(
    workshop: Workshop, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.api.readers._STEPS_BETWEEN_CHECKS", 100)
    client = serve(workshop)
    with monkeypatch.context() as patched:
        patched.setattr("gateway.api.readers.MAX_QUERY_S", -1.0)
        answer = client.get("/devices/fan-01/history")
    assert_problem(answer, status=504, words="shorter range")
    assert client.get("/devices/fan-01/history").status_code == 200


def test_a_bug_shows_nothing_of_itself(workshop: Workshop) -> None:
    workshop.answer = ZeroDivisionError("a secret")
    app = create_app(workshop.services())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/devices/fan-01/commands", json={"name": "identify"})

    answer = asyncio.run(ask())
    assert_problem(answer, status=500, words="its log says which")
    assert "secret" not in answer.text
    app.state.context.readers.close()


def test_a_request_that_is_no_http(client: httpx.Client) -> None:
    """Uvicorn's own answer; the server lives."""
    assert client.base_url.port is not None
    with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 400")
    assert client.get("/health").status_code == 200
