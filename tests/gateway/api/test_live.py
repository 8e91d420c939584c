"""What machines tell, to who listens by HTTP."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Message

from contract.errors import Unavailable
from gateway.api.routes import live as route
from gateway.mqtt.live_feed import MOST_ALARMS, MOST_LISTENERS, LiveFeed
from tests.gateway.api.workshop import Serve, Workshop


def events_of(lines: list[str]) -> list[tuple[str, dict[str, Any]]]:
    kinds = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    bodies = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    return list(zip(kinds, bodies, strict=True))


def test_first_comes_the_state_then_what_changes(
    workshop: Workshop, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "KEEPALIVE_S", 0.1)  # no loop hears of this thread
    feed = workshop.live
    begun = threading.Event()

    def tell() -> None:
        assert begun.wait(30)
        feed.tell("diagnosis", "fan-01", b'{"fault":"normal"}')
        feed.tell("alarm", "fan-01", b'{"device":"fan-01"}')
        feed.tell("state", "fan-02", b'{"device":"fan-02"}')
        time.sleep(0.3)
        feed.close()

    workshop.add("fan-02")
    teller = threading.Thread(target=tell)
    teller.start()
    lines = []
    query = {"devices": "fan-01", "for_s": "10"}
    with serve(workshop).stream("GET", "/live", params=query) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            lines.append(line)
            if line.startswith("data:"):
                begun.set()
    teller.join()
    kinds = [kind for kind, _ in events_of(lines)]
    assert kinds[0] == "state"
    assert sorted(kinds[1:]) == ["alarm", "diagnosis"]
    assert events_of(lines)[0][1]["values"]["rpm"]


def test_where_nothing_comes_the_connection_is_kept(
    workshop: Workshop, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "KEEPALIVE_S", 0.05)
    answer = serve(workshop).get("/live", params={"kind": "alarm", "for_s": 0.5})
    assert answer.text.count(": ping") >= 2


@pytest.mark.parametrize(
    ("query", "status"), [({"devices": "fan-77"}, 404), ({"kind": "ack"}, 422), ({"for_s": 0}, 422)]
)
def test_what_cannot_be_listened_to_is_named(
    client: httpx.Client, query: dict[str, Any], status: int
) -> None:
    assert client.get("/live", params=query).status_code == status


def test_no_more_listen_than_there_is_room_for(workshop: Workshop, serve: Serve) -> None:
    for _ in range(MOST_LISTENERS):
        workshop.live.listen()
    answer = serve(workshop).get("/live")
    assert answer.status_code == 503
    assert "broker" in answer.json()["detail"]


def test_who_reads_slowly_gets_the_newest_and_is_told_what_was_missed() -> None:
    async def story() -> None:
        feed = LiveFeed()
        listener = feed.listen()
        for number in range(MOST_ALARMS + 5):
            feed.tell("state", "fan-01", b"%d" % number)
            feed.tell("alarm", "fan-01", b"%d" % number)
        told = await listener.next(1.0)
        alarms = [int(payload) for kind, payload in told if kind == "alarm"]
        assert alarms == list(range(MOST_ALARMS))
        assert listener.missed == 5
        states = [int(payload) for kind, payload in told if kind == "state"]
        assert states == [MOST_ALARMS + 4]
        assert await listener.next(0.01) == []

    asyncio.run(story())


def test_who_left_takes_no_room() -> None:
    feed = LiveFeed()
    listeners = [feed.listen() for _ in range(MOST_LISTENERS)]
    with pytest.raises(Unavailable):
        feed.listen()
    feed.leave(listeners[0])
    feed.listen()


def test_who_has_gone_before_the_first_event_takes_no_room() -> None:
    async def events() -> AsyncIterator[bytes]:
        yield b""

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        pass

    async def story() -> None:
        feed = LiveFeed()
        for _ in range(MOST_LISTENERS + 1):
            answer = route.Listening(feed, feed.listen(), events())
            await answer({"type": "http"}, gone, send)

    asyncio.run(story())
