"""Whoever goes away takes along what was worked on for him; who waits gets his answer."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from hosting.guard.leaving import GONE, until_left


def request(*received: dict[str, Any]) -> Request:
    said = iter(received)

    async def receive() -> Any:
        found = next(said, None)
        if found is None:
            await asyncio.Event().wait()
        return found

    return Request({"type": "http"}, receive)


def test_who_waits_gets_his_answer() -> None:
    async def answer() -> Response:
        return Response("whole")

    found = asyncio.run(until_left(request({"type": "http.request"}), answer()))
    assert found.body == b"whole"


def test_who_goes_away_takes_it_along() -> None:
    ended: list[str] = []

    async def answer() -> Response:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")
        raise AssertionError

    gone = request({"type": "http.request"}, {"type": "http.disconnect"})
    assert asyncio.run(until_left(gone, answer())).status_code == GONE
    assert ended == ["cancelled"]


def test_what_goes_wrong_is_raised() -> None:
    async def answer() -> Response:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        asyncio.run(until_left(request(), answer()))
