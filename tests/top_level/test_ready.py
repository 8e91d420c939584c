"""Readiness: only a process that really answers counts as up."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scripts import ready
from scripts.settings import load
from tests.mosquitto import Mosquitto, free_port


class Answers(BaseHTTPRequestHandler):
    """/health is well, /devices wants the token `t`, anything else is broken."""

    def do_GET(self) -> None:
        body, status = b"[]", 500
        if self.path == "/health":
            status = 200
        elif self.path == "/devices":
            status = 200 if self.headers["Authorization"] == "Bearer t" else 401
            body = b'[{"status":"offline"},{"status":"online"}]'
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keeps the test's output clean."""


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of this test may be slow; whoever says nothing is waited for as ever."""
    monkeypatch.setattr(ready, "_TIMEOUT_S", 60.0)


@contextmanager
def serving() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.usefixtures("patient")
def test_a_good_answer_is_ready_and_a_bad_one_says_what_came() -> None:
    with serving() as port:
        assert ready.http("127.0.0.1", port, "/health") == b"[]"
        with pytest.raises(ready.NotReady, match=f"/x on port {port} answers 500"):
            ready.http("127.0.0.1", port, "/x")


@pytest.mark.usefixtures("patient")
def test_devices_are_asked_for_with_the_token() -> None:
    with serving() as port:
        environ = {"EDGETWIN_GATEWAY_PORT": str(port), "EDGETWIN_API_TOKEN": "t"}
        ready.devices(load(env_file=Path("/nonexistent"), environ=environ))
        without = load(env_file=Path("/nonexistent"), environ=environ | {"EDGETWIN_API_TOKEN": ""})
        with pytest.raises(ready.NotReady, match="401"):
            ready.devices(without)


@pytest.mark.slow
def test_a_port_that_takes_connections_and_says_nothing_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = load(env_file=Path("/nonexistent"), environ={"EDGETWIN_BROKER_PORT": str(port)})
        for probe in (lambda: ready.broker(settings), lambda: ready.http("127.0.0.1", port, "/")):
            with pytest.raises(ready.NotReady, match=f"no answer on port {port}"):
                probe()


def test_a_port_without_a_server_is_not_ready() -> None:
    port = free_port()
    with pytest.raises(ready.NotReady, match=f"no answer on port {port}"):
        ready.http("127.0.0.1", port, "/")


@pytest.mark.broker
@pytest.mark.usefixtures("patient")
def test_a_broker_that_lets_a_stranger_in_is_not_ours(mosquitto: Mosquitto) -> None:
    environ = {"EDGETWIN_BROKER_PORT": str(mosquitto.port)}
    with pytest.raises(ready.NotReady, match=f"on port {mosquitto.port} answers 20020000"):
        ready.broker(load(env_file=Path("/nonexistent"), environ=environ))
