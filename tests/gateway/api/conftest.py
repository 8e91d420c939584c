"""A real server on a free port over a real journal."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from gateway.api import create_app
from tests.gateway.api.workshop import Serve, Workshop, furnish, without_environment


@pytest.fixture(autouse=True, scope="session")
def _clean_environment() -> None:
    without_environment()


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
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
    running: list[tuple[uvicorn.Server, threading.Thread, httpx.Client]] = []

    def start(workshop: Workshop) -> httpx.Client:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        app = create_app(workshop.services())
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30.0, trust_env=False)
        running.append((server, thread, client))
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        return client

    yield start
    for server, thread, client in running:
        client.close()
        server.should_exit = True
        thread.join()


@pytest.fixture
def client(workshop: Workshop, serve: Serve) -> httpx.Client:
    return serve(workshop)
