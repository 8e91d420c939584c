"""A real server on a free port over a real journal."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from gateway.api import create_app
from hosting.guard.server import configured
from tests.gateway.api.workshop import ACCEPTED, Serve, Workshop, furnish


@pytest.fixture(scope="session")
def noon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """One furnished workshop for all tests that change nothing in its journal."""
    with Workshop(tmp_path_factory.mktemp("noon")) as made:
        furnish(made)
        yield made


@pytest.fixture(scope="session")
def _noon_client(noon: Workshop) -> Iterator[httpx.Client]:
    with _served(noon) as client:
        yield client


@pytest.fixture
def client(noon: Workshop, _noon_client: httpx.Client) -> httpx.Client:
    """A client of ``noon``; no command has been sent."""
    noon.commands.clear()
    noon.answer = ACCEPTED
    return _noon_client


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """A furnished workshop of the test's own."""
    with Workshop(tmp_path) as made:
        furnish(made)
        yield made


@pytest.fixture
def empty_workshop(tmp_path: Path) -> Iterator[Workshop]:
    with Workshop(tmp_path) as made:
        yield made


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a workshop; returns a client of the server."""
    with contextlib.ExitStack() as running:
        yield lambda workshop: running.enter_context(_served(workshop))


@contextlib.contextmanager
def _served(workshop: Workshop) -> Iterator[httpx.Client]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = configured(create_app(workshop.services()), log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    # The client gives an idle connection up long before the server may close it under a request.
    limits = httpx.Limits(keepalive_expiry=1.0)
    with httpx.Client(base_url=url, timeout=60.0, limits=limits, trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join()
