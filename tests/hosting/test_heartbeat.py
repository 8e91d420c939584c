"""The gateway's heartbeat: it stops with the pipeline, and goes on while there is nothing to do."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hosting.heartbeat import Heartbeat, notify


class Work:
    is_busy = False
    passes = 0


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(str(path))
        found.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield found


def test_it_beats_while_idle_and_while_it_gets_on() -> None:
    work = Work()
    heart = Heartbeat(work)
    assert [heart._gets_on() for _ in range(3)] == [True, True, True]
    work.is_busy = True
    verdicts = []
    for passes in (1, 2, 2, 2, 3):
        work.passes = passes
        verdicts.append(heart._gets_on())
    assert verdicts == [True, True, False, False, True]


def test_what_is_notified_arrives_whole(listener: socket.socket) -> None:
    notify("WATCHDOG=1")
    assert listener.recv(100) == b"WATCHDOG=1"


def test_nobody_listening_and_no_socket_are_no_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("WATCHDOG=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify("WATCHDOG=1")


def test_a_listener_that_reads_nothing_holds_nobody_up(listener: socket.socket) -> None:
    for _ in range(10_000):
        notify("WATCHDOG=1")
    assert listener.recv(100) == b"WATCHDOG=1"
