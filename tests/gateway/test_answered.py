"""An answer that stands behind a resumed session's messages is waited for; silence is not."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.connection import Client, answered


def client(*, reads: int = 0, is_full: bool = False) -> Any:
    return SimpleNamespace(reads=reads, inbox=SimpleNamespace(is_full=is_full))


def wait(of: Any, request: Any, *, within_s: float = 0.02) -> None:
    asyncio.run(answered(cast("Client", of), request, within_s=within_s))


def test_while_messages_come_the_answer_is_waited_for() -> None:
    busy = client()

    async def request() -> None:
        for _ in range(20):
            busy.reads += 1
            await asyncio.sleep(0.01)

    wait(busy, request())


def test_a_full_inbox_excuses_the_broker() -> None:
    async def request() -> None:
        await asyncio.sleep(0.1)

    wait(client(is_full=True), request())


def test_silence_is_an_end() -> None:
    with pytest.raises(TimeoutError):
        wait(client(), asyncio.sleep(60))


def test_a_refusal_is_passed_on() -> None:
    async def request() -> None:
        raise ConnectionError("no")

    with pytest.raises(ConnectionError, match="no"):
        wait(client(), request())
