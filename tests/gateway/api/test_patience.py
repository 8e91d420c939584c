"""Clients that open and do not go on: everybody else is served meanwhile."""

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from hosting.guard import bodies, doorkeeper, server
from hosting.guard.throttle import MOST_FAILURES, Throttle
from tests.gateway.api.test_errors import JSON, assert_problem
from tests.gateway.api.workshop import Serve, Workshop

HALF_A_HEAD = b"GET /devices HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_A_BODY = (
    b"POST /devices/fan-01/commands HTTP/1.1\r\nHost: localhost\r\n"
    b'Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"name"'
)
TOKEN = "0f3c9a52e7d14b86a1905dc27e48f63b"
PATIENCE_S = 60.0


@pytest.fixture
def crowd() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened(client: httpx.Client, said: bytes = b"") -> socket.socket:
    assert client.base_url.port is not None
    address = (client.base_url.host, client.base_url.port)
    connection = socket.create_connection(address, timeout=PATIENCE_S)
    connection.sendall(said)
    return connection


def heard(connection: socket.socket, words: bytes, *, times: int = 1) -> None:
    """Wait until the server has said ``words`` so often."""
    said = b""
    while said.count(words) < times:
        piece = connection.recv(65_536)
        assert piece, f"it was cut after {said!r}"
        said += piece


def is_cut(connection: socket.socket) -> bool:
    """Wait until the server ends it, within the test's own limit."""
    try:
        while connection.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.slow
@pytest.mark.parametrize("said", [b"", HALF_A_HEAD, HALF_A_BODY], ids=["none", "head", "body"])
def test_a_crowd_that_does_not_go_on_keeps_nobody_out(
    workshop: Workshop, serve: Serve, crowd: ExitStack, said: bytes
) -> None:
    """More than the server would ever hold: those that wait longest are given up."""
    client = serve(workshop)
    for _ in range(600):
        crowd.enter_context(opened(client, said))
    with httpx.Client(base_url=client.base_url, timeout=PATIENCE_S, trust_env=False) as another:
        assert another.get("/health").status_code == 200
        assert another.get("/devices").status_code == 200
        command = another.post(
            "/devices/fan-01/commands", content=b'{"name":"identify"}', headers=JSON
        )
        assert command.status_code == 200


def test_the_longest_waiting_goes_first(
    workshop: Workshop, serve: Serve, crowd: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 3)
    monkeypatch.setattr(server, "HEAD_WITHIN_S", 3_600.0)
    client = serve(workshop)
    first, *others = [crowd.enter_context(opened(client, HALF_A_HEAD)) for _ in range(4)]
    assert is_cut(first)
    others[-1].sendall(b"1\r\n\r\n")
    heard(others[-1], b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD], ids=["none", "head"])
def test_a_head_has_its_time(
    workshop: Workshop,
    serve: Serve,
    crowd: ExitStack,
    monkeypatch: pytest.MonkeyPatch,
    said: bytes,
) -> None:
    monkeypatch.setattr(server, "HEAD_WITHIN_S", 0.2)
    assert is_cut(crowd.enter_context(opened(serve(workshop), said)))


def test_a_second_head_on_the_same_connection_has_its_time_too(
    workshop: Workshop, serve: Serve, crowd: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve(workshop)
    connection = crowd.enter_context(
        opened(client, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    )
    heard(connection, b"uptime_s")
    monkeypatch.setattr(server, "HEAD_WITHIN_S", 0.5)
    connection.sendall(HALF_A_HEAD)
    assert is_cut(connection)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["catalogue", "openapi.json"])
def test_requests_in_advance_are_few_and_nobody_waits_for_them(
    workshop: Workshop, serve: Serve, crowd: ExitStack, path: str
) -> None:
    client = serve(workshop)
    request = f"GET /{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    greedy = [crowd.enter_context(opened(client, request * 1_000)) for _ in range(100)]
    assert client.get("/health").status_code == 200
    assert all(is_cut(connection) for connection in greedy)
    few = crowd.enter_context(opened(client, request * server.MOST_PIPELINED))
    heard(few, b"HTTP/1.1 200 OK", times=server.MOST_PIPELINED)


def test_rubbish_is_told_once_a_minute() -> None:
    now_s = 0.0
    brief = server.Brief(lambda: now_s)
    rubbish = logging.makeLogRecord({"msg": "Invalid HTTP request.", "levelno": logging.WARNING})
    mistake = logging.makeLogRecord({"msg": "Exception", "levelno": logging.ERROR})
    assert [brief.filter(rubbish) for _ in range(3)] == [True, False, False]
    assert [brief.filter(mistake) for _ in range(2)] == [True, True]
    now_s = 61.0
    assert brief.filter(rubbish)


def test_a_body_has_its_time(
    workshop: Workshop, serve: Serve, crowd: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_WITHIN_S", 0.2)
    connection = crowd.enter_context(opened(serve(workshop), HALF_A_BODY))
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"send the request again" in answer
    assert workshop.commands == []


def test_health_is_answered_where_nothing_else_is(
    workshop: Workshop, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "MOST_REQUESTS", 0)
    client = serve(workshop)
    answer = client.get("/devices")
    assert_problem(answer, status=503, words="ask again soon")
    assert answer.headers["retry-after"] == "1"
    assert client.get("/health").status_code == 200


def test_wrong_tokens_are_slowed_down_and_the_right_one_is_not(
    tmp_path: Path, serve: Serve
) -> None:
    with Workshop(tmp_path, api_token=TOKEN) as workshop:
        client = serve(workshop)
        wrong = {"Authorization": "Bearer wrong"}
        answers = [client.get("/devices", headers=wrong) for _ in range(MOST_FAILURES + 5)]
        assert {answer.status_code for answer in answers[:MOST_FAILURES]} == {401}
        for answer in answers[MOST_FAILURES:]:
            assert_problem(answer, status=429, words="Too many wrong tokens")
            assert 1 <= int(answer.headers["retry-after"]) <= 60
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert client.get("/devices", headers=right).status_code == 200


def test_a_minute_later_all_is_forgotten() -> None:
    now_s = 0.0
    throttle = Throttle(lambda: now_s)
    assert [throttle.failed("a") for _ in range(MOST_FAILURES)] == [0] * MOST_FAILURES
    assert throttle.failed("a") == 60
    assert throttle.failed("b") == 0
    now_s = 61.0
    assert throttle.failed("a") == 0


def test_however_many_addresses_there_are_few_are_remembered() -> None:
    throttle = Throttle(lambda: 0.0)
    for number in range(10_000):
        throttle.failed(str(number))
    assert len(throttle._failures) < 5_000
