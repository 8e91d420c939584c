"""Ports: a busy one is named with its setting and, where the kernel tells, its holder."""

import os
import socket
from pathlib import Path

import pytest

from scripts.ports import busy, holder, is_free
from scripts.settings import load
from tests.mosquitto import free_port


@pytest.fixture
def taken() -> socket.socket:
    return socket.create_server(("127.0.0.1", free_port()))


def test_a_busy_port_is_named_with_its_setting_and_its_holder(taken: socket.socket) -> None:
    with taken:
        port = taken.getsockname()[1]
        environ = {"EDGETWIN_GATEWAY_PORT": str(port)}
        settings = load(env_file=Path("/nonexistent"), environ=environ)
        (sentence,) = busy(settings, ["gateway"])
    assert f"Port {port} of the gateway is taken by " in sentence
    assert f"(pid {os.getpid()})" in sentence
    assert "EDGETWIN_GATEWAY_PORT" in sentence


def test_a_port_is_free_again_when_its_holder_closes(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    assert not is_free("127.0.0.1", port)
    taken.close()
    assert is_free("127.0.0.1", port)
    assert holder(port) is None
