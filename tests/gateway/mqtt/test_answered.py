"""An answer that stands behind a resumed session's messages is waited for; silence is not."""

import asyncio
import contextlib
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.mqtt.connection import LOST, Client, answered, release
from gateway.mqtt.inbox import Inbox

LOOKS = 20


class Connection:
    """A client that is looked at; ``is_busy`` if something came before each look."""

    def __init__(self, *, is_busy: bool = False, is_full: bool = False) -> None:
        self.inbox = SimpleNamespace(is_full=is_full)
        self.was_watched = asyncio.Event()  # for a while
        self._is_busy = is_busy
        self._looks = 0

    @property
    def reads(self) -> int:
        self._looks += 1
        if self._looks >= LOOKS:
            self.was_watched.set()
        return self._looks if self._is_busy else 0


def wait(of: Connection, request: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(answered(cast("Client", of), request, within_s=0.01))


def test_while_messages_come_the_answer_is_waited_for() -> None:
    busy = Connection(is_busy=True)
    wait(busy, busy.was_watched.wait())


def test_a_full_inbox_excuses_the_broker() -> None:
    full = Connection(is_full=True)
    wait(full, full.was_watched.wait())


def test_silence_is_an_end() -> None:
    with pytest.raises(TimeoutError):
        wait(Connection(), asyncio.Event().wait())


def test_a_refusal_is_passed_on() -> None:
    async def request() -> None:
        raise ConnectionError("no")

    with pytest.raises(ConnectionError, match="no"):
        wait(Connection(), request())


def test_who_tries_again_and_again_keeps_no_buffer_of_the_clients_before() -> None:
    async def story() -> int:
        client = Client(Inbox(asyncio.Event()), hostname="127.0.0.1", port=1)
        assert len(client._buffer_in.buffer) > 2**20
        with contextlib.suppress(*LOST):
            await client.__aenter__()
        release(client)
        return len(client._buffer_in.buffer) + len(client._buffer_in.view)

    assert asyncio.run(story()) == 0
